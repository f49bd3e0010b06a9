"""WDL: facts and verdict on miniwdl, the one parser, whose messages the service's own check shows.

Features (`model.Feature`), each at its place:

- `directory-type`: a `Directory` in a declaration or struct, text the declaration;
- `object-type`: an `Object` in a declaration or struct, text the declaration (an `object {...}` literal is how WDL 1.0
  writes a struct, and none);
- `draft-2-construct`: what makes a document without `version` really draft-2: an unbound declaration outside an input
  section, or a workflow output that only names a call's output, text the declaration or the name;
- `no-output-section`: the main workflow has none, text its name;
- `float-division`: a division that is surely of a Float, text the expression;
- `collect-by-key-of-float`: a call of that function on pairs that surely have Float keys, text the expression;
- `basename-empty-suffix`: `basename(x, "")`, text the expression;
- `absolute-output`: a literal in a task's output that names an absolute path, text the path as written;
- `file-default`: a file that a literal names and that a task gets unless a run sets that input of the main workflow, text
  the name, a blank and the literal; `file-nested-default`: the same of an input further down, which a run could set only
  by the call's name; `file-fixed`: the same where nothing can set it. With `-in-conditional` where every such call
  stands in an `if`;
- `fallback-in-scatter`: a call in a scatter of a task with `omicsResourceFallbackOrder`, text the task's name.

The use of a function and absolute outputs count only in tasks and workflows that the main workflow reaches.

A task's `attributes` are those of its `runtime` or `requirements` section; values are what defaults come to on the way
from the main workflow, None where something else decides.
"""

from __future__ import annotations

from packager.cache import Cache
from packager.engines.wdl import cached
from packager.model.facts import Verdict, Workflow
from packager.source import SourceTree


def read(tree: SourceTree, main: str, cache: Cache, *, profiles: tuple[str, ...] = ()) -> Workflow:
    """See `engines.Adapter.read`."""
    del profiles  # only Nextflow has them
    return cached.read(tree, main, cache)


def check(
    tree: SourceTree, workflow: Workflow, cache: Cache, *, lenient: bool = False, profiles: tuple[str, ...] = ()
) -> Verdict:
    """The verdict of miniwdl's type check and lint on a workflow that was read; never raises.

    `lenient`: missing `?` and the like pass, and types that do not match only warn, for the lenient engine converts some of them.
    """
    del profiles  # only Nextflow has them
    # Hashing alone on a warm run, miniwdl otherwise.
    from packager.engines.wdl.cached_verdict import verdict_of  # noqa: PLC0415

    return verdict_of(tree, workflow, cache, lenient)
