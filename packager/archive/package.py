"""The package: which files and why, the content digest that identifies it, and a reproducible zip."""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import posixpath
import unicodedata
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from packager.errors import PackagerError, cannot
from packager.files import MIB, read_regular, replacing, size_text
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, in_order
from packager.jsondoc import jsontext
from packager.model.facts import Engine, Entry, Role, TemplateParameter, Workflow, template_body
from packager.parameters.template import FILE_NAME as TEMPLATE_NAME
from packager.source import MAX_FILE_BYTES, Problems, SourceTree, TreeFile, UnreadableError, never_counts

_T = TypeVar("_T", str, int)
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold
_LEVEL = 6
SIDECAR_VERSION = "1"
_SEPARATE_PROBLEMS = 5
_MAX_EFFORT = 20_000_000  # patterns that are compared with paths: about a minute
_LONGEST_PATTERN = 4096  # as paths are
_MAX_SIDECAR_BYTES = 16 * MIB  # it has a template and a README, both of which the service limits


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes into the package, sorted by path, why each file is in, and why others are not."""

    entries: tuple[Entry, ...]
    reasons: tuple[tuple[str, str], ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def content_digest(self) -> str:
        """SHA-256 over the sorted lines `mode sha256 path`: identifies the content whatever the compression."""
        return content_digest(self.entries)

    @property
    def size(self) -> int:
        """The bytes of all files together, uncompressed."""
        return sum(entry.size for entry in self.entries)


@dataclass(frozen=True, slots=True)
class Package:
    """A zip that was written: its size in bytes and its hashes in hex."""

    size: int
    sha256: str
    content_digest: str


def content_digest(entries: Iterable[Entry]) -> str:
    """The identity of a package: SHA-256, in hex, over `mode sha256 path` of each entry, sorted by path."""
    lines = sorted((entry.path, f"{entry.mode:04o} {entry.sha256} {entry.path}\n") for entry in entries)
    return hashlib.sha256("".join(line for _, line in lines).encode("utf-8", "surrogatepass")).hexdigest()


def same_content(tree: SourceTree, entries: Iterable[Entry]) -> bool:
    """Whether a tree has exactly these files. Modes count unless the tree knows of no executable file at all.

    Raises:
        UnreadableError: a file of the tree cannot be read.
    """
    wanted = {entry.path: entry for entry in entries}
    if wanted.keys() != tree.files.keys():
        return False
    if any(tree.sha256(path) != entry.sha256 for path, entry in wanted.items()):
        return False
    executable = {path for path, file in tree.files.items() if file.executable}
    return not executable or executable == {path for path, entry in wanted.items() if entry.mode & 0o100}


def plan(
    tree: SourceTree,
    workflow: Workflow,
    *,
    include: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
) -> Plan:
    """The files of a package: the closure of main, what `include` patterns add, less what `exclude` patterns match.

    A zip as source is taken as it is, all of it. Patterns are globs over whole paths (`docs/*`), names (`*.md`) or folders (`docs`).

    Raises:
        PackagerError: a pattern matches nothing (`include`), or `exclude` matches the main file.
    """
    chosen = _chosen(tree, workflow, include, exclude)
    entries = []
    found = []
    # A missing import is the adapter's finding.
    files = [file for path in sorted(chosen) if (file := tree.lookup(path)) is not None]
    unread, excess = _excess(files)
    for file in files:
        path = file.path
        if path in unread:
            continue
        try:
            digest = tree.sha256(path)
        except UnreadableError as error:
            found.append(finding("ZIP010", f"cannot be read: {error}", path=path))
            continue
        entries.append(Entry(path, file.size, digest, 0o755 if file.executable else 0o644, chosen[path][0]))
    found += [*excess, *_case_collisions(entries)]
    return Plan(
        tuple(entries),
        tuple((path, reason) for path, (_, reason) in sorted(chosen.items())),
        in_order(found),
    )


def _excess(files: list[TreeFile]) -> tuple[frozenset[str], list[Diagnostic]]:
    """The largest files, those with which a package has more bytes than are read, and what is reported about them."""
    total = 0
    unread = []
    for file in sorted(files, key=lambda file: (file.size, file.path)):
        total += file.size
        if total > MAX_FILE_BYTES >= file.size:  # what is too large by itself is not read either, and reported as such
            unread.append(file.path)
    problems = Problems(_SEPARATE_PROBLEMS)
    for path in sorted(unread):
        problems.add("ZIP010", f"not read: the files of the package have more than {size_text(MAX_FILE_BYTES)}", path)
    return frozenset(unread), problems.findings()


def _chosen(
    tree: SourceTree, workflow: Workflow, include: tuple[str, ...], exclude: tuple[str, ...]
) -> dict[str, tuple[Role, str]]:
    """The paths of a package, each with its role and what put it there."""
    chosen = {
        file.path: (file.role, "the main file" if file.role is Role.MAIN else file.reason) for file in workflow.files
    }
    if tree.kind == "zip":
        for path in tree.files:
            chosen.setdefault(path, (_role_of_extra(path), "in the zip that was given"))
    _check_effort((*include, *exclude), len(chosen) + len(tree.files) if include else len(chosen))
    for pattern in dict.fromkeys(include):
        matched = [path for path in tree.files if _matches(path, pattern)]
        if not matched and (single := tree.lookup(pattern)) and not never_counts(single.path):
            matched = [single.path]
        if not matched:
            raise PackagerError(f"`--include {pattern}` matches no file of `{tree.name}`")
        for path in matched:
            chosen.setdefault(path, (_role_of_extra(path), f"`--include {pattern}`"))
    for pattern in dict.fromkeys(exclude):
        if _matches(workflow.main, pattern):
            raise PackagerError(f"`--exclude {pattern}` matches the main file `{workflow.main}`")
        for path in [path for path in chosen if _matches(path, pattern)]:
            del chosen[path]
    return chosen


def _check_effort(patterns: tuple[str, ...], files: int) -> None:
    """A repository can have as many files and patterns as it likes."""
    if any(len(pattern) > _LONGEST_PATTERN for pattern in patterns):
        raise PackagerError("a pattern of `--include` or `--exclude` is longer than any path", "write a shorter one")
    if len(set(patterns)) * files > _MAX_EFFORT:
        raise PackagerError(
            f"{len(set(patterns)):,} patterns of `--include` and `--exclude` are too many for {files:,} files",
            "name folders instead of files",
        )


def explain(plan: Plan, tree: SourceTree, workflow: Workflow, path: str, exclude: tuple[str, ...] = ()) -> str:
    """Why a file is in the package or not, in one line."""
    reason = dict(plan.reasons).get(path)
    if reason is not None:
        return f"in: {reason}"
    if tree.lookup(path) is None:
        return "out: no such file in the source"
    if pattern := next((pattern for pattern in exclude if _matches(path, pattern)), None):
        return f"out: `--exclude {pattern}`"
    if never_counts(path):
        return "out: version control, caches and editors' files never count"
    if path not in tree.files and tree.kind == "directory":
        return "out: hidden by `.gitignore` or `.packagerignore`"
    if workflow.engine is Engine.NEXTFLOW:
        from packager.engines.nextflow.closure import left_out  # noqa: PLC0415 - only for Nextflow

        if reason := left_out(path):
            return f"out: nothing refers to it, and {reason}; `--include {path}` adds it"
    return f"out: nothing that `{workflow.main}` reaches refers to it; `--include {path}` adds it"


def _role_of_extra(path: str) -> Role:
    name = posixpath.basename(path)
    if name == TEMPLATE_NAME:
        return Role.TEMPLATE
    if name.lower() in ("readme.md", "readme"):
        return Role.README
    return Role.OTHER


def _matches(path: str, pattern: str) -> bool:
    pattern = pattern.removeprefix("./").rstrip("/")
    if fnmatch.fnmatchcase(path, pattern) or path.startswith(f"{pattern}/"):
        return True
    return "/" not in pattern and any(fnmatch.fnmatchcase(part, pattern) for part in path.split("/"))


def _case_collisions(entries: list[Entry]) -> list[Diagnostic]:
    seen: dict[str, str] = {}
    found = []
    for entry in entries:
        other = seen.setdefault(_folded(entry.path), entry.path)
        if other != entry.path:
            forms = (unicodedata.normalize("NFC", path) for path in (entry.path, other))
            how = "how its characters are encoded" if len(set(forms)) == 1 else "case"
            found.append(finding("ZIP017", f"differs from `{other}` only in {how}", path=entry.path))
    return found


def _folded(path: str) -> str:
    """A path as a file system compares it that ignores case and how a letter with an accent is encoded."""
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path.casefold())


def write_zip(tree: SourceTree, entries: tuple[Entry, ...], file: IO[bytes]) -> Package:
    """Write the entries as a zip: the same bytes for the same content, for one zlib build.

    Every header field is fixed: order by path, 1980-01-01, Unix, the entry's mode, no extra field, deflate level 6.

    Raises:
        PackagerError: a file changed or became unreadable since it was planned, or its name is not UTF-8.
    """
    for entry in entries:
        if jsontext.has_half_character(entry.path):
            raise PackagerError(f"`{entry.path}` cannot be packaged: its name is not UTF-8", "rename the file")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for entry in sorted(entries, key=lambda one: one.path):
            info = zipfile.ZipInfo(entry.path, _EPOCH)
            info.create_system = 3
            info.external_attr = (0o100000 | entry.mode) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            info.file_size = entry.size
            _write_entry(tree, entry, archive, info)
    file.seek(0, os.SEEK_END)
    size = file.tell()
    file.seek(0)
    return Package(size, digest_file(file), content_digest(entries))


def digest_file(file: IO[bytes]) -> str:
    """The SHA-256 in hex of what is left to read of a file."""
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # any binary file will do


def _write_entry(tree: SourceTree, entry: Entry, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    digest = hashlib.sha256()
    try:
        with archive.open(info, "w") as target:
            for chunk in tree.chunks(entry.path):
                digest.update(chunk)
                target.write(chunk)
    except UnreadableError as error:
        raise PackagerError(f"`{entry.path}` cannot be read any more: {error}") from error
    if digest.hexdigest() != entry.sha256:
        raise PackagerError(f"`{entry.path}` changed while it was packaged", "run it again")


def save_zip(tree: SourceTree, entries: tuple[Entry, ...], path: Path, *, derived: bool = False) -> Package:
    """`write_zip` to a file, which appears only when it is complete; `derived` as for `files.replacing`.

    Raises:
        PackagerError: the file cannot be written.
    """
    with replacing(path, derived=derived) as file:
        return write_zip(tree, entries, file)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What `FILE.zip.json` says of a package: nothing of an account, all that a request needs beside the zip."""

    content_digest: str
    engine: str
    main: str
    parameter_template: tuple[tuple[str, TemplateParameter], ...]
    readme: str | None = None
    storage_type: str | None = None
    storage_capacity: int | None = None


def sidecar_path(zip_path: Path) -> Path:
    """Where a zip's sidecar lies."""
    return zip_path.with_name(f"{zip_path.name}.json")


def sidecar_json(sidecar: Sidecar) -> str:
    """The sidecar as its file: `schemas/package.schema.json`."""
    members: dict[str, Any] = {
        "schemaVersion": SIDECAR_VERSION,
        "contentDigest": sidecar.content_digest,
        "engine": sidecar.engine,
        "main": sidecar.main,
        "parameterTemplate": template_body(sidecar.parameter_template),
    }
    if sidecar.readme is not None:
        members["readme"] = sidecar.readme
    if sidecar.storage_type is not None:
        members["storageType"] = sidecar.storage_type
    if sidecar.storage_capacity is not None:
        members["storageCapacity"] = sidecar.storage_capacity
    return json.dumps(members, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _optional(members: dict[str, Any], name: str, kind: type[_T]) -> _T | None:
    """A member that may be absent.

    Raises:
        TypeError: it is of another type.
    """
    value = members.get(name)
    if value is not None and type(value) is not kind:  # `True` is no number here
        raise TypeError(name)
    return value


def read_sidecar(zip_path: Path) -> Sidecar | None:
    """The sidecar beside a zip, or None when there is none.

    Raises:
        PackagerError: it is there but cannot be used.
    """
    path = sidecar_path(zip_path)
    try:
        content = read_regular(path, _MAX_SIDECAR_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise cannot("read", f"`{path}`", error) from error
    try:
        members = jsontext.value_of(content)
        template = tuple(
            sorted(
                (
                    name,
                    TemplateParameter(str(body.get("description", "")), body.get("optional") is True),
                )
                for name, body in members["parameterTemplate"].items()
            )
        )
        if members["schemaVersion"] != SIDECAR_VERSION:
            raise PackagerError(f"`{path}` has the unknown version {members['schemaVersion']!r}")
        return Sidecar(
            str(members["contentDigest"]),
            str(members["engine"]),
            str(members["main"]),
            template,
            _optional(members, "readme", str),
            _optional(members, "storageType", str),
            _optional(members, "storageCapacity", int),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PackagerError(
            f"`{path}` is not the description of a package",
            "write the package again with `packager package`",
        ) from error
