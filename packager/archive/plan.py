"""The files of a package: why each is in it, and why others are not."""

from __future__ import annotations

import posixpath
import unicodedata
from dataclasses import dataclass

from packager.archive.content_digest import content_digest
from packager.errors import PackagerError
from packager.files import size_text
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, in_order
from packager.model.facts import Engine, Entry, Role, Workflow
from packager.parameters.template import FILE_NAME as TEMPLATE_NAME
from packager.patterns.globs import matches_package_glob
from packager.source import (
    MAX_FILE_BYTES,
    OversizedError,
    Problems,
    SourceTree,
    TreeFile,
    UnreadableError,
    never_counts,
    unreadable_file,
)
from packager.text import count

_SEPARATE_PROBLEMS = 5
_MAX_EFFORT = 20_000_000  # comparisons of patterns with paths: about a minute
_LONGEST_PATTERN = 4096  # as paths are


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes into the package, sorted by path, why each file is in, and why others are not."""

    entries: tuple[Entry, ...]
    reasons: tuple[tuple[str, str], ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def content_digest(self) -> str:
        """What identifies the package; see `packager.archive.content_digest`."""
        return content_digest(self.entries)

    @property
    def size(self) -> int:
        """The bytes of all files together, uncompressed."""
        return sum(entry.size for entry in self.entries)


def plan(
    tree: SourceTree,
    workflow: Workflow,
    *,
    include: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
) -> Plan:
    """The files of a package: the closure of main, what `include` patterns add, less what `exclude` patterns match.

    All files of a zip are packaged, as they are. Patterns are globs (see `packager.patterns.globs`).

    Raises:
        PackagerError: a pattern matches nothing (`include`), or `exclude` matches the main file.
    """
    chosen = _chosen(tree, workflow, include, exclude)
    entries = []
    findings = []
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
            data = isinstance(error, OversizedError)  # for a definition, its reader reports the size
            findings.append(
                finding("ZIP010", f"cannot read the file: {error}", path=path) if data else unreadable_file(path, error)
            )
            continue
        entries.append(Entry(path, file.size, digest, 0o755 if file.executable else 0o644, chosen[path][0]))
    findings += [*excess, *_case_collisions(entries)]
    return Plan(
        tuple(entries),
        tuple((path, reason) for path, (_, reason) in sorted(chosen.items())),
        in_order(findings),
    )


def _excess(files: list[TreeFile]) -> tuple[frozenset[str], list[Diagnostic]]:
    """The largest files, which make a package larger than is read, and what is reported about them."""
    total = 0
    unread = []
    for file in sorted(files, key=lambda file: (file.size, file.path)):
        total += file.size
        if total > MAX_FILE_BYTES >= file.size:  # a single file that is too large is reported when it is read
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
            chosen.setdefault(path, (_role_of_extra(path), "in the source zip"))
    _check_effort((*include, *exclude), len(chosen) + len(tree.files) if include else len(chosen))
    for pattern in dict.fromkeys(include):
        matched = [path for path in tree.files if matches_package_glob(pattern, path)]
        if not matched and (single := tree.lookup(pattern)) and not never_counts(single.path):
            matched = [single.path]
        if not matched:
            raise PackagerError(f"`--include {pattern}` matches no file of `{tree.name}`")
        for path in matched:
            chosen.setdefault(path, (_role_of_extra(path), f"`--include {pattern}`"))
    for pattern in dict.fromkeys(exclude):
        if matches_package_glob(pattern, workflow.main):
            raise PackagerError(f"`--exclude {pattern}` matches the main file `{workflow.main}`")
        for path in [path for path in chosen if matches_package_glob(pattern, path)]:
            del chosen[path]
    return chosen


def _check_effort(patterns: tuple[str, ...], files: int) -> None:
    """A repository can have any number of files and patterns."""
    if any(len(pattern) > _LONGEST_PATTERN for pattern in patterns):
        raise PackagerError(
            "a pattern of `--include` or `--exclude` is longer than any path", "write a shorter pattern"
        )
    if len(set(patterns)) * files > _MAX_EFFORT:
        raise PackagerError(
            f"{count(len(set(patterns)), 'pattern')} of `--include` and `--exclude` are too many for {count(files, 'file')}",
            "use folders instead of single files",
        )


def explain(plan: Plan, tree: SourceTree, workflow: Workflow, path: str, exclude: tuple[str, ...] = ()) -> str:
    """Why a file is in the package or not, in one line."""
    reason = dict(plan.reasons).get(path)
    if reason is not None:
        return f"in: {reason}"
    if tree.lookup(path) is None:
        return "not included: no such file in the source"
    if pattern := next((pattern for pattern in exclude if matches_package_glob(pattern, path)), None):
        return f"not included: `--exclude {pattern}`"
    if never_counts(path):
        return "not included: files of version control, caches and editors are never packaged"
    if path not in tree.files and tree.kind == "directory":
        return "not included: hidden by `.gitignore` or `.packagerignore`"
    if workflow.engine is Engine.NEXTFLOW:
        from packager.engines.nextflow.closure import left_out  # noqa: PLC0415 - other engines need no Nextflow parser

        if reason := left_out(path):
            return f"not included: nothing refers to it, and {reason}; `--include {path}` adds it"
    return f"not included: nothing that `{workflow.main}` uses refers to it; `--include {path}` adds it"


def _role_of_extra(path: str) -> Role:
    name = posixpath.basename(path)
    if name == TEMPLATE_NAME:
        return Role.TEMPLATE
    if name.lower() in ("readme.md", "readme"):
        return Role.README
    return Role.OTHER


def _case_collisions(entries: list[Entry]) -> list[Diagnostic]:
    seen: dict[str, str] = {}
    findings = []
    for entry in entries:
        other = seen.setdefault(_folded(entry.path), entry.path)
        if other != entry.path:
            forms = (unicodedata.normalize("NFC", path) for path in (entry.path, other))
            how = "Unicode normalization" if len(set(forms)) == 1 else "case"
            findings.append(finding("ZIP017", f"differs from `{other}` only in {how}", path=entry.path))
    return findings


def _folded(path: str) -> str:
    """A path as a file system compares it that ignores case and how a letter with an accent is encoded."""
    return path.lower() if path.isascii() else unicodedata.normalize("NFC", path.casefold())
