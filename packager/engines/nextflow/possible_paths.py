"""The files that a path may name if a run sets the parameters in it differently."""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from packager.engines.nextflow.evaluation import Environment, evaluate
from packager.engines.nextflow.settings import Settings
from packager.engines.nextflow.sources import PROJECT_DIR, PipelineSources
from packager.engines.nextflow.syntax import Binary, Expression, GString, Index, Literal, Name, Property, Ternary
from packager.engines.nextflow.values import to_text
from packager.source import normalise

_MAX_DEPTH = 12
_MAX_FILES = 500


def deciding_parameters(names: Iterable[str], settings: Settings) -> tuple[str, ...]:
    """The parameters that decide on these: instead of one whose default is computed from others, those others."""
    deciding: set[str] = set()
    seen: set[str] = set()
    pending = list(names)
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        setting = settings.param_settings.get(name)
        used: set[str] = set()
        if setting is not None and isinstance(setting.value, GString | Property | Binary):
            environment = settings.environment(path=setting.path)
            evaluate(setting.value, environment)
            used = environment.used
        if used:
            pending += used
        else:
            deciding.add(name)
    return tuple(sorted(deciding))


def matching_files(
    expression: Expression,
    environment: Environment,
    settings: Settings,
    sources: PipelineSources,
    home: str,
    suffix: str,
) -> tuple[str, ...]:
    """The files with a suffix whose paths have the known beginning and end of a path in the file of `environment`; () if it is known."""
    if isinstance(expression, Ternary):
        chosen = (expression.then, expression.otherwise)
        return tuple(
            path for branch in chosen for path in matching_files(branch, environment, settings, sources, home, suffix)
        )
    pieces = list(_pieces(expression, environment, settings, 0))
    if None not in pieces:
        return ()
    first, last = pieces.index(None), len(pieces) - 1 - pieces[::-1].index(None)
    head = "".join(piece or "" for piece in pieces[:first])
    tail = "".join(piece or "" for piece in pieces[last + 1 :])
    if not head.strip("./") and not tail:
        value = evaluate(expression, environment)  # the files next to the default
        head = posixpath.dirname(value) + "/" if isinstance(value, str) and "/" in value else ""
        if not head:
            return ()
    if head.startswith(PROJECT_DIR):
        head = posixpath.join(home, head.removeprefix(PROJECT_DIR).lstrip("/"))
    elif head.startswith(("/", "$")) or "://" in head:
        return ()
    else:
        head = posixpath.join(posixpath.dirname(environment.path), head)
    folder, _, start = head.rpartition("/")
    inside = normalise(folder) if folder else ""
    if inside is None:
        return ()
    prefix = f"{inside}/" if inside not in ("", ".") else ""
    ends = (tail,) if tail.endswith(suffix) else (f"{tail}{suffix}", f"{tail}/main{suffix}")
    beginning = prefix + start.lstrip(".")
    paths = sources.paths
    found: list[str] = []
    for index in range(bisect_left(paths, beginning), len(paths)):
        path = paths[index]
        if not path.startswith(beginning) or len(found) >= _MAX_FILES or not environment.budget.spend(1):
            break
        if path.endswith(ends):
            found.append(path)
    return tuple(found)


def kind_of_beginning(expression: Expression, environment: Environment, settings: Settings) -> str:
    """Where the known beginning of an unknown path leads: `remote`, `absolute`, or `unknown` if it may be a file of the pipeline."""
    head = ""
    for piece in _pieces(expression, environment, settings, 0):
        if piece is None:
            break
        head += piece
    if "://" in head:
        return "remote"
    return "absolute" if head.startswith("/") else "unknown"


def _pieces(expression: Expression, environment: Environment, settings: Settings, depth: int) -> Iterator[str | None]:
    """The parts of a path in order; None for one that a run may set."""
    if depth > _MAX_DEPTH:
        yield None
        return
    match expression:
        case GString():
            for part in expression.parts:
                if isinstance(part, str):
                    yield part
                else:
                    yield from _pieces(part, environment, settings, depth + 1)
        case Binary(operator="+"):
            yield from _pieces(expression.left, environment, settings, depth + 1)
            yield from _pieces(expression.right, environment, settings, depth + 1)
        case (
            Property(target=Name(name="params"), name=name)
            | Index(target=Name(name="params"), items=(Literal(value=str(name)),))
        ):
            setting = settings.param_settings.get(name)
            if setting is not None and isinstance(setting.value, GString | Property | Binary):
                inner = settings.environment(path=setting.path)
                yield from _pieces(setting.value, inner, settings, depth + 1)
            else:
                yield None
        case _:
            inner = environment.unused()
            value = evaluate(expression, inner)
            yield to_text(value) if isinstance(value, str) and not inner.used else None
