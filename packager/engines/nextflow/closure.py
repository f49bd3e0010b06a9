"""The files of a pipeline that a package needs, each with the reason.

Scripts that main includes, configs that are read, files that Nextflow finds by their folder (`bin/`, `lib/`, `templates/`, a module's
`resources/`), and files that the code names. For a computed name, the files of its folder are included as a guess.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from packager.engines.nextflow.evaluation import Environment, evaluate
from packager.engines.nextflow.graph import Graph
from packager.engines.nextflow.harvest import harvest
from packager.engines.nextflow.lexing import GSTRING_TEXT, STRING, lex
from packager.engines.nextflow.pipeline import Pipeline
from packager.engines.nextflow.schema import SCHEMA_NAME, SchemaFacts
from packager.engines.nextflow.settings import Settings
from packager.engines.nextflow.sources import PROJECT_DIR, PipelineSources, base_names
from packager.engines.nextflow.syntax import Expression, GString, Literal, Name, Property
from packager.engines.nextflow.values import UNKNOWN
from packager.model.facts import ClosureFile, Role
from packager.source import SourceTree, normalise

_SIDE_FOLDERS = frozenset({"test", "tests", "docs", "doc", ".github", ".gitlab", ".circleci", ".devcontainer"})
_SIDE_FILES = frozenset(
    {
        "README.md", "CHANGELOG.md", "CITATIONS.md", "CITATION.cff", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "LICENSE",
        "LICENSE.md", "LICENSE.txt", "nf-test.config", "tower.yml", "ro-crate-metadata.json", "modules.json",
        "container-registry-map.json", "parameter-template.json", "packager.toml", "Dockerfile", "Makefile",
    }
)  # fmt: skip
_SIDE_SUFFIXES = (".nf.test", ".nf.test.snap", ".ipynb")


def left_out(path: str) -> str:
    """Why a run of the pipeline does not need a file; empty if it may need it."""
    *folders, name = path.split("/")
    if side := next((folder for folder in folders if folder in _SIDE_FOLDERS), None):
        return f"`{side}/` is only for people, tests or CI"
    if folders and any(folder.startswith(".") for folder in folders):
        return "hidden folders are not part of a pipeline"
    if name.startswith("."):
        return "hidden files are not part of a pipeline"
    if not folders and name in _SIDE_FILES:
        return "a run does not need it"
    if name.endswith(_SIDE_SUFFIXES):
        return "it is a test or a notebook"
    return ""


def collect_tree(tree: SourceTree, main: str) -> tuple[ClosureFile, ...]:
    """All files except those for people, tests and CI: for a pipeline that could not be read completely."""
    home = posixpath.dirname(main)
    files = []
    for path in tree.files:
        inside = path.removeprefix(f"{home}/") if home and path.startswith(f"{home}/") else path
        if path == main or not left_out(inside):
            role = _role(path, main)
            files.append(
                ClosureFile(
                    path,
                    role,
                    "the main file" if path == main else "part of the pipeline's tree",
                    role is not Role.MAIN,
                )
            )
    return tuple(files)


def collect_files(pipeline: Pipeline, schema: SchemaFacts) -> tuple[ClosureFile, ...]:
    """The files that a run of the pipeline may need, sorted."""
    sources, graph, settings, main = pipeline.sources, pipeline.graph, pipeline.settings, pipeline.main
    collector = _Collector(sources, graph.home, main)
    collector.add(main, "the main file")
    _add_definitions(collector, graph, settings)
    collector.add_standard_folders(graph)
    for path in (*graph.harvests, *graph.possible):
        script = sources.script(path)
        if script is not None:
            content = graph.harvests.get(path) or harvest(script.definitions)
            collector.add_templates(path, content.templates)
            collector.add_strings(path, content.strings)
    for path in (*settings.files, *settings.possible):
        config = sources.config(path)
        if config is not None:
            collector.add_strings(path, harvest(config.statements).strings)
    schema_path = posixpath.join(graph.home, SCHEMA_NAME)
    if sources.tree.lookup(schema_path):
        collector.add(schema_path, "the pipeline's schema")
        for text in schema.paths:
            collector.add_named(text, schema_path, f"named in `{SCHEMA_NAME}`")
    collector.add_groovy_names()
    return tuple(collector.files[path] for path in sorted(collector.files))


def _add_definitions(collector: _Collector, graph: Graph, settings: Settings) -> None:
    """Add the scripts and configs, and as a guess those that a run needs only if it sets other parameters."""
    for use in graph.uses:
        if use.kind == "local":
            collector.add(use.target, f"`include` in `{collector.show_place(use.path, use.include.start)}`")
            for name in ("meta.yml", ".module-info") if use.module else ():
                described = posixpath.join(posixpath.dirname(use.target), name)
                collector.add(described, f"describes the module `{use.module}`")
    for path in settings.files[:1]:
        collector.add(path, "the pipeline's config")
    for include in settings.includes:
        if include.kind == "included":
            profile = f", profile `{include.profile}`" if include.profile else ""
            place = collector.show_place(include.path, include.start)
            collector.add(include.target, f"`includeConfig` in `{place}`{profile}")
    for word, possible in (("includeConfig", settings.possible), ("include", graph.possible)):
        for path, (importer, start) in possible.items():
            reason = f"`{word}` in `{collector.show_place(importer, start)}`, for other parameters"
            collector.add(path, reason, guess=True)


class _Collector:
    """Collects files, the first reason for each."""

    def __init__(self, sources: PipelineSources, home: str, main: str) -> None:
        self.sources = sources
        self.tree = sources.tree
        self.home = home
        self.main = main
        self.files: dict[str, ClosureFile] = {}
        self.folders: dict[str, list[str]] = {}
        for path in self.tree.files:
            folder = posixpath.dirname(path)
            while True:
                self.folders.setdefault(folder, []).append(path)
                if not folder:
                    break
                folder = posixpath.dirname(folder)

    def show_place(self, path: str, offset: int) -> str:
        """A path with a line, to be shown in a reason."""
        return f"{path}:{self.sources.place(path, offset, offset).line}"

    def add(self, path: str, reason: str, *, guess: bool = False) -> None:
        """Add a file of the tree; a certain reason replaces a guess."""
        before = self.files.get(path)
        if before is not None and (guess or not before.guess):
            return
        if self.tree.lookup(path) is not None:
            self.files[path] = ClosureFile(path, _role(path, self.main), reason, guess)

    def add_folder(self, folder: str, reason: str, *, guess: bool = False) -> bool:
        """Add every file below a folder; returns whether there is any."""
        paths = self.folders.get(folder, [])
        for path in paths:
            self.add(path, reason, guess=guess)
        return bool(paths)

    def add_standard_folders(self, graph: Graph) -> None:
        """Add the files that Nextflow finds by their folder."""
        self.add_folder(posixpath.join(self.home, "bin"), "`bin/` is on the path of every task")
        self.add_folder(posixpath.join(self.home, "lib"), "`lib/` contains classes that scripts use")
        for path in graph.harvests:
            module = posixpath.dirname(path)
            self.add_folder(posixpath.join(module, "resources"), f"the resources of the module `{path}`")

    def add_templates(self, path: str, arguments: list[Literal | GString]) -> None:
        """Add the files that `template` names, in the `templates/` of the module or of the project."""
        folders = [posixpath.join(posixpath.dirname(path), "templates"), posixpath.join(self.home, "templates")]
        for argument in arguments:
            reason = f"`template` in `{self.show_place(path, argument.start)}`"
            name = evaluate(argument, self.environment(path))
            for folder in folders:
                if isinstance(name, str):
                    if target := normalise(posixpath.join(folder, name)):
                        self.add(target, reason)
                else:
                    self.add_folder(folder, reason, guess=True)

    def environment(self, path: str) -> Environment:
        """The environment for paths in a script. Parameters are unknown: a run may set them."""
        names = base_names(path)
        return Environment({}, {**names, "workflow": {"projectDir": PROJECT_DIR, "": UNKNOWN}})

    def add_strings(self, path: str, strings: list[Literal | GString]) -> None:
        """Add files that strings of a script or config name."""
        environment = self.environment(path)
        for text in strings:
            if isinstance(text, Literal):
                if "/" in str(text.value):
                    self.add_named(
                        str(text.value), path, f"named in `{self.show_place(path, text.start)}`", relative=True
                    )
                continue
            for mention in _mentions(text):
                reason = f"named in `{self.show_place(path, mention.start)}`"
                value = evaluate(mention, environment)
                if isinstance(value, str):
                    self.add_named(value, path, reason)
                else:
                    self.add_computed(mention, path, reason, environment)

    def add_named(self, text: str, path: str, reason: str, *, relative: bool = False) -> None:
        """Add a file or folder by its path; a `relative` path is a guess."""
        inside = text.startswith((PROJECT_DIR, "$projectDir", "${baseDir}", "$baseDir"))
        rest = _PROJECT.sub("", text).lstrip("/") if inside else text
        if not inside and (text.startswith(("/", "~", "$")) or "://" in text):
            return
        target = normalise(posixpath.join(self.home, rest))
        if target is None or target == self.home or (relative and left_out(target)):
            return
        guess = relative and not inside
        if self.tree.lookup(target) is not None:
            self.add(target, reason, guess=guess)
        elif inside and target not in self.broad_folders():
            self.add_folder(target, reason, guess=guess)

    def broad_folders(self) -> set[str]:
        """Folders that are not included as a whole when a string names them."""
        return {
            self.home,
            *(posixpath.join(self.home, name) for name in ("modules", "subworkflows", "workflows", "conf")),
        }

    def add_computed(self, text: GString, path: str, reason: str, environment: Environment) -> None:
        """Add the files that match the known beginning and end of a path with an unknown part."""
        known: list[str] = []
        for part in text.parts:
            value = part if isinstance(part, str) else evaluate(part, environment)
            if not isinstance(value, str):
                break
            known.append(value)
        head = "".join(known)
        if not head.startswith(PROJECT_DIR) or "/" not in head.removeprefix(PROJECT_DIR).lstrip("/"):
            return
        last = text.parts[-1]
        tail = last.rpartition("/")[2] if isinstance(last, str) else ""
        folder, _, start = head.removeprefix(PROJECT_DIR).lstrip("/").rpartition("/")
        target = normalise(posixpath.join(self.home, folder))
        if target is None or target in self.broad_folders():
            return
        for candidate in self.folders.get(target, []):
            inside = candidate[len(target) + 1 :]
            if inside.startswith(start) and candidate.endswith(tail):
                self.add(candidate, f"{reason}, by a computed path", guess=True)

    def add_groovy_names(self) -> None:
        """Add files that the classes of `lib/` name."""
        for path in self.folders.get(posixpath.join(self.home, "lib"), []):
            if not path.endswith(".groovy") or (content := self.sources.text(path)) is None:
                continue
            texts = list(_texts_of(content))
            for text in texts:
                if match := _IN_TREE.match(text):
                    self.add_named(f"{PROJECT_DIR}/{match.group(1)}", path, f"named in `{path}`")
                elif match := _IN_COMPUTED.match(text):
                    self.add_completed(match.group(1), texts, path)

    def add_completed(self, head: str, texts: list[str], path: str) -> None:
        """Add the files of a class's computed path that begins with `head`: those whose rest it names, else all."""
        beginning = posixpath.join(self.home, head)
        matching = [file for file in self.folders.get(posixpath.dirname(beginning), []) if file.startswith(beginning)]
        rests = set(texts)
        named = [file for file in matching if file.removeprefix(beginning) in rests]
        for file in named or matching:
            self.add(file, f"named in `{path}`, by a computed path", guess=True)


def _mentions(text: GString) -> Iterator[GString]:
    """The parts of a string that begin with a folder of the project and end at white space or a quote."""
    for index, part in enumerate(text.parts):
        if isinstance(part, str) or not _is_folder(part):
            continue
        pieces: list[str | Expression] = [part]
        for following in text.parts[index + 1 :]:
            if not isinstance(following, str):
                pieces.append(following)
                continue
            match = _PATH_TEXT.match(following)
            pieces.append(match.group() if match else "")
            if match is None or match.end() < len(following):
                break
        yield GString(tuple(pieces), part.start, text.end)


def _is_folder(part: Expression) -> bool:
    if isinstance(part, Property) and isinstance(part.target, Name):
        return part.target.name == "workflow" and part.name == "projectDir"
    return isinstance(part, Name) and part.name in _FOLDERS


_PATH_TEXT = re.compile(r"[^\s'\"`;|<>()\[\]{},:]*")
_FOLDERS = frozenset({"projectDir", "baseDir", "moduleDir"})
_PROJECT = re.compile(r"^\$\{?(?:projectDir|baseDir)\}?")
_IN_TREE = re.compile(r"/?((?:assets|conf|data|docs|bin|templates)/[\w./-]*[\w.-])$")
_IN_COMPUTED = re.compile(r"/((?:assets|conf|data|docs|bin|templates)/(?:[\w.-]++/)*+)$")


def _texts_of(groovy: str) -> Iterator[str]:
    """The strings in Groovy code, including the literal parts of interpolated strings."""
    tokens = lex(groovy)
    for kind, value in zip(tokens.kinds, tokens.values, strict=True):
        if kind is STRING or kind is GSTRING_TEXT:
            yield value


def _role(path: str, main: str) -> Role:
    if path == main:
        return Role.MAIN
    if path.endswith(".nf"):
        return Role.DEFINITION
    if path.endswith(".config"):
        return Role.CONFIG
    return Role.DATA
