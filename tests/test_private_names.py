"""Private names of miniwdl, lark and cwltool that we use: each has a fallback, which costs speed, not results.

If this turns red with a new version, adapt the module that it names before `pyproject.toml` allows that version.
"""

from __future__ import annotations

import inspect
from pathlib import Path

import lark
from cwltool import workflow
from WDL import Lint, _grammar, _parser

from packager.cache import NO_CACHE, Cache
from packager.engines.cwl.repeated_tools import loaded_once
from packager.engines.wdl import fast_grammars, fast_miniwdl, grammar, walks


def test_grammars_can_be_kept() -> None:
    """`packager/engines/wdl/grammar.py`."""
    assert isinstance(_parser._lark_cache, dict)
    assert isinstance(_parser._lark_comments_buffer, list)
    assert callable(lark.Lark._load_from_dict)
    assert callable(lark.Lark.memo_serialize)
    for version in ("draft-2", "1.0", "1.1", "1.2"):
        assert isinstance(_grammar.get(version)[0], str)


def test_a_kept_grammar_gives_the_same_tree(tmp_path: Path) -> None:
    text = "version 1.0\n# note\ntask t { input { Int n = 1 } command <<< echo ~{n} >>> }\n"
    before = dict(_parser._lark_cache)
    try:
        trees = []
        for cache in (Cache(None), Cache(tmp_path), Cache(tmp_path)):
            _parser._lark_cache.clear()
            grammar.prepare("1.0", cache)
            assert _parser._lark_cache
            document = _parser.parse_document(text)
            trees.append(
                (str(document.tasks[0].command), document.tasks[0].pos, [c for c in document.source_comments if c])
            )
        assert trees[0] == trees[1] == trees[2]
    finally:
        _parser._lark_cache.update(before)


def test_our_parser_can_use_the_tables_of_lark() -> None:
    """`packager/engines/wdl/fast_grammars.py`, `parse_tables.py` and `fast_parser.py`."""
    for version in ("draft-2", "1.0", "1.1", "1.2", "development"):
        assert fast_grammars.fast_grammar(version, NO_CACHE) is not None
    assert _parser._DocTransformer.call.visit_wrapper
    assert _parser._DocTransformer._sp is _parser._ExprTransformer._sp


def test_miniwdl_is_the_one_that_was_sped_up() -> None:
    """`packager/engines/wdl/fast_miniwdl.py` and `walks.py`."""
    assert fast_miniwdl.expected()
    assert walks.expected()
    assert isinstance(Lint._all_linters, list)


def test_cwltool_loads_the_tools_of_steps_by_a_name_that_can_be_replaced() -> None:
    """`packager/engines/cwl/repeated_tools.py`."""
    assert list(inspect.signature(workflow.load_tool).parameters) == ["argsworkflow", "loadingContext"]
    assert "load_tool(" in inspect.getsource(workflow.WorkflowStep.__init__)
    before = workflow.load_tool
    with loaded_once():
        assert workflow.load_tool is not before
    assert workflow.load_tool is before
