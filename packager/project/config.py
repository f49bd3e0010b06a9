"""`packager.toml`: found in a folder or above it, read with line numbers; an unknown key is an error.

Files and folders in it are relative to the folder of the file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from packager.confinement import may_use
from packager.errors import PackagerError, cannot
from packager.files import MIB, TooLargeError, is_folder, real_path, relative_path, text_of
from packager.findings.diagnostic import Place, Severity
from packager.findings.overrides import Policy
from packager.project.keys import KEYS, NAMED, REPOSITORY, Key
from packager.source import NO_OVERLAY, Overlay
from packager.source.boundaries import CONFIGURATION, boundary, is_above, is_in_git_folder, is_inside, is_too_high
from packager.text import listed, nearest_name

FILE_NAME = CONFIGURATION
_MAX_BYTES = MIB
_TABLE = re.compile(r"\s*+\[++([^\]]+)\]")
_ASSIGNED = re.compile(r"""\s*+((?:"[^"]*"|'[^']*'|[\w.-])++)\s*+=""")
_KEY_PART = re.compile(r""""[^"]*"|'[^']*'|[^.\s]+""")
_MOST_GLOBS = 1000  # each is compared with the path of every finding
_MOST_PARTS = 100  # of a dotted key
_PART = r"""(?:[\w-]++|"[^"]*+"|'[^']*+')"""
_LONG_KEY = re.compile(rf"(?<![\w-]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{_MOST_PARTS}}}")
_TOMLLIB_PLACE = re.compile(r"\(at line (\d{1,9}), column (\d{1,9})\)$")  # of tomllib, whose errors have no other place
_DEEPEST = 4  # how many names the path of a key has at most


@dataclass(frozen=True, slots=True)
class Setting:
    """A value with its line in the file."""

    value: object
    line: int


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration file. `folder` is the one that it is in; settings have the names of `KEYS`."""

    path: str
    folder: Path
    lint: dict[str, Setting] = field(default_factory=dict)
    workflows: dict[str, dict[str, Setting]] = field(default_factory=dict)
    targets: dict[str, dict[str, Setting]] = field(default_factory=dict)

    def workflow_path(self, name: str) -> Path:
        """The path of a workflow, relative to the current folder."""
        setting = self.workflows[name].get("path")
        return Path(str(setting.value)) if setting else _shown(self.folder)

    def place(self, setting: Setting) -> str:
        """The place of a setting: the file, and the line if it is known."""
        return f"{self.path}:{setting.line}" if setting.line else self.path

    @property
    def policy(self) -> Policy:
        """The severities and the per-path ignores."""
        severities = {code: str(severity) for code, severity in self._lint_table("severity").items()}
        ignores = {
            glob: codes for glob, codes in self._lint_table("per-path-ignores").items() if isinstance(codes, tuple)
        }
        return Policy.of(severities, ignores)

    def _lint_table(self, key: str) -> dict[str, object]:
        value = self.lint[key].value if key in self.lint else {}
        return value if isinstance(value, dict) else {}


class ConfigError(PackagerError):
    """The configuration is invalid. Exit code 2. `fact` is the message without its place, which is `place`."""

    def __init__(self, message: str, hint: str = "", *, place: Place, fact: str) -> None:
        super().__init__(message, hint)
        self.place = place
        self.fact = fact


def find(start: Path, overlay: Overlay = NO_OVERLAY) -> Path | None:
    """The `packager.toml` of a folder or of one above it, up to the root of the repository (where `.git` is)."""
    folder = real_path(start)
    if folder is None:
        return None
    folder = folder if is_folder(folder) else folder.parent
    for candidate in (folder, *folder.parents):
        if not may_use(candidate):
            return None
        path = candidate / FILE_NAME
        if overlay.is_file(path):
            return path
        if os.path.lexists(candidate / ".git"):
            return None
    return None


def load(path: Path, overlay: Overlay = NO_OVERLAY) -> Config:
    """The content of a configuration file.

    Raises:
        ConfigError: it cannot be read, is not TOML, or has an unknown key or value. The message names file and line.
    """
    import tomllib  # noqa: PLC0415 - only for a configuration file

    shown = str(_shown(path))
    try:
        text = text_of(overlay.read(path, _MAX_BYTES), "utf-8-sig")
        _refuse_long_keys(shown, text)
        value = tomllib.loads(text)
    except TooLargeError as error:
        raise _of_file(shown, f"`{shown}` is too large for a configuration") from error
    except OSError as error:
        raise _of_file(shown, cannot("read", f"`{shown}`", error).message) from error
    except (ValueError, RecursionError) as error:  # also for bytes that are not UTF-8, and for endless numbers
        found = _TOMLLIB_PLACE.search(str(error))
        place = Place(shown, int(found[1]), int(found[2])) if found else Place(shown)
        where = f"{shown}:{place.line}:{place.column}" if found else shown
        raise ConfigError(f"`{where}` is not valid TOML", place=place, fact="not valid TOML") from error
    reader = _Reader(shown, path.parent.resolve(), text)  # a link belongs to the folder that it is in
    return reader.config(value)


def _refuse_long_keys(shown: str, text: str) -> None:
    """Raise where a key has so many parts that tomllib, whose memory grows with their square, would need gigabytes."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") >= _MOST_PARTS and _LONG_KEY.search(line):
            raise _at(Place(shown, number), f"a key has more than {_MOST_PARTS} parts")


def _of_file(shown: str, message: str) -> ConfigError:
    """An error about the whole file, which the message names."""
    return ConfigError(message, place=Place(shown), fact=message)


def _at(place: Place, fact: str, hint: str = "") -> ConfigError:
    """An error with its place."""
    line = f":{place.line}" if place.line else ""
    return ConfigError(f"{place.path}{line}: {fact}", hint, place=place, fact=fact)


def _shown(path: Path) -> Path:
    """A path relative to the current folder."""
    return Path(relative_path(path))


class _Reader:
    """Turns the tables of one file into settings; errors have their place."""

    def __init__(self, path: str, folder: Path, text: str) -> None:
        self.path = path
        self.folder = folder
        self.places = _places(text.split("\n"))

    def config(self, value: dict[str, object]) -> Config:
        for section in value:
            if section not in KEYS:
                raise self._unknown((), section, KEYS)
        tables: dict[str, dict[str, dict[str, Setting]]] = {section: {} for section in NAMED}
        for section in NAMED:
            for name, table in self._table((section,), value.get(section, {})).items():
                if not name:
                    raise self._error((section, name), f"`[{section}.NAME]` needs a name")
                if "\0" in name:
                    raise self._error((section, name), f"the name in `[{section}.NAME]` contains a NUL character")
                tables[section][name] = self._settings(section, (section, name), table)
        lint = self._settings("lint", ("lint",), value.get("lint", {}))
        return Config(self.path, self.folder, lint, tables["workflow"], tables["target"])

    def _settings(self, section: str, parts: tuple[str, ...], table: object) -> dict[str, Setting]:
        settings = {}
        for name, value in self._table(parts, table).items():
            key = KEYS[section].get(name)
            if key is None:
                raise self._unknown(parts, name, KEYS[section])
            settings[name] = Setting(self._value(key, (*parts, name), value), self._line((*parts, name)))
        return settings

    def _table(self, parts: tuple[str, ...], value: object) -> dict[str, object]:
        if not isinstance(value, dict):
            raise self._error(parts, f"`{'.'.join(parts)}` must be a table")
        return value

    def _value(self, key: Key, parts: tuple[str, ...], value: object) -> object:
        match key.kind:
            case "number":
                if not isinstance(value, int) or isinstance(value, bool):
                    raise self._error(parts, f"`{parts[-1]}` must be an integer")
                return value
            case "strings" | "codes":
                return self._strings(parts, value)
            case "tags":
                return {name: self._string(parts, text) for name, text in self._table(parts, value).items()}
            case "repository":
                return self._repository(parts, value)
            case "severities":
                severities = self._table(parts, value)
                return {code: self._choice(parts, severity, tuple(Severity)) for code, severity in severities.items()}
            case "globs":
                if len(self._table(parts, value)) > _MOST_GLOBS:
                    raise self._error(parts, f"`{parts[-1]}` has more than {_MOST_GLOBS:,} patterns")
                return {glob: self._strings(parts, codes) for glob, codes in self._table(parts, value).items()}
            case "file":
                text = self._string(parts, value).removeprefix("file://")
                if parts[0] == "workflow" and parts[-1] == "path":
                    self._check_not_above(parts, text)
                else:
                    self._check_inside(parts, text)
                return str(_shown(self.folder / text))
        text = self._string(parts, value)
        if parts[-1] == "readme-markdown" and text.startswith("file://"):
            self._check_inside(parts, text.removeprefix("file://"))
            return f"file://{_shown(self.folder / text.removeprefix('file://'))}"
        return self._choice(parts, text, key.choices) if key.choices else text

    def _check_inside(self, parts: tuple[str, ...], text: str) -> None:
        """Refuse a file outside of the project: the author of the project could choose what is read, sent or overwritten."""
        top, file = boundary(self.folder), self.folder / text
        if not is_inside(file, top):
            raise self._error(
                parts,
                f"`{parts[-1]}` is `{text}`, which is outside of the project's folder `{_shown(top)}`",
                f"copy the file into the project, or pass `--{parts[-1]}` on the command line",
            )
        if is_in_git_folder(file, top):
            raise self._error(parts, f"`{parts[-1]}` is `{text}`, which is in `.git`", "name a file of the project")

    def _check_not_above(self, parts: tuple[str, ...], text: str) -> None:
        """Refuse a folder that contains more than the project: the author of the project could choose what else is packaged.

        A folder next to the project is accepted: it contains no definition of the project.
        """
        top, real = boundary(self.folder), real_path(self.folder / text)
        if real is None or real.is_relative_to(top) or not is_folder(real):
            return
        if is_above(real, self.folder) or is_too_high(real):
            raise self._error(
                parts,
                f"`path` is `{text}`, a folder above the project folder `{_shown(top)}`",
                f"move `{FILE_NAME}` there, or pass the folder on the command line",
            )

    def _repository(self, parts: tuple[str, ...], value: object) -> dict[str, object]:
        """The members of a repository by their API names."""
        members: dict[str, object] = {}
        for name, member in self._table(parts, value).items():
            if name not in REPOSITORY:
                raise self._unknown(parts, name, REPOSITORY)
            place = (*parts, name)
            if name == "exclude-file-patterns":
                members[REPOSITORY[name]] = list(self._strings(place, member))
            elif name == "source-reference":
                reference = {key: self._string(place, text) for key, text in self._table(place, member).items()}
                if reference.keys() != {"type", "value"}:
                    raise self._error(place, f"`{name}` must have a `type` and a `value`")
                members[REPOSITORY[name]] = reference
            else:
                members[REPOSITORY[name]] = self._string(place, member)
        for name in ("connection-arn", "full-repository-id"):
            if REPOSITORY[name] not in members:
                raise self._error(parts, f"`{parts[-1]}` needs a `{name}`")
        return members

    def _string(self, parts: tuple[str, ...], value: object) -> str:
        if not isinstance(value, str):
            raise self._error(parts, f"`{parts[-1]}` must be a string")
        if "\0" in value:
            raise self._error(parts, f"`{parts[-1]}` contains a NUL character")
        return value

    def _strings(self, parts: tuple[str, ...], value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise self._error(parts, f"`{parts[-1]}` must be a list of strings")
        return tuple(self._string(parts, text) for text in value)

    def _choice(self, parts: tuple[str, ...], value: object, choices: tuple[str, ...]) -> str:
        if value not in choices:
            raise self._error(parts, f"`{parts[-1]}` is `{value}`, expected {', '.join(choices)}")
        return str(value)

    def _unknown(self, parts: tuple[str, ...], name: str, known: Iterable[str]) -> ConfigError:
        where = f"in `[{'.'.join(parts)}]`" if parts else "at the top level"
        keys = sorted(known)
        near = nearest_name(name, keys)
        hint = f"did you mean `{near}`?" if near else f"known keys: {listed(keys, len(keys))}"
        return self._error((*parts, name), f"unknown key `{name}` {where}", hint)

    def _error(self, parts: tuple[str, ...], message: str, hint: str = "") -> ConfigError:
        return _at(Place(self.path, self._line(parts)), message, hint)

    def _line(self, parts: tuple[str, ...]) -> int:
        """The line of a key or table, 0 if unknown: it is looked up in the text, because the TOML parser reports no places."""
        return self.places.get(parts, 0)


def _places(lines: list[str]) -> dict[tuple[str, ...], int]:
    """The lines where tables and keys occur first."""
    header: tuple[str, ...] = ()
    places: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(lines, 1):
        table = _TABLE.match(line)
        assigned = _ASSIGNED.match(line)
        if table:
            header = _dotted(table[1])[:_DEEPEST]
        elif not assigned:
            continue
        parts = header if table else (*header, *_dotted(assigned[1] if assigned else ""))
        for depth in range(1, min(len(parts), _DEEPEST) + 1):
            places.setdefault(parts[:depth], number)
    return places


def _dotted(text: str) -> tuple[str, ...]:
    """The parts of a dotted key."""
    return tuple(part.strip("\"'") for part in _KEY_PART.findall(text))
