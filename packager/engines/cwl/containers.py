"""Our nodes as the round-trip containers of ruamel.yaml that cwltool uses, and a cheaper way to copy those.

cwltool copies every document for each version step and each tool. The containers' own deep copy copies the places of
a list once per item, and each place's numbers one by one; places are never modified, so the copy may share them.
What is copied, and that an empty list keeps no place, is as in ruamel.yaml itself.
"""

from __future__ import annotations

import contextlib
import copy
import functools
from collections import OrderedDict
from collections.abc import Iterator
from typing import TextIO

from ruamel.yaml.comments import CommentedMap, CommentedSeq, LineCol
from ruamel.yaml.main import YAML
from schema_salad.exceptions import ValidationException

from packager.engines.cwl.nodes import MappingNode, Node, ScalarNode, YamlDocument, YamlProblem, parse
from packager.healthomics.limits import CWL_RETRY_CLASSES, CWL_RETRY_FIELD


class UnreadException(ValidationException):  # type: ignore[misc] # the base is untyped here
    """A document cannot be read, or is outside of the source; `read` has reported it.

    It is a schema-salad exception, because the libraries catch these, and pass them on as children and causes of others.
    """


_VENDORS = ("sbg:", "sd:")  # prefixes of fields of platforms, which cwltool allows, but in which it looks for files
_ATOMS = frozenset({str, int, float, bool, type(None)})
_PLACES = LineCol.attrib
_MOST_KEPT = 50_000  # characters of a document whose nodes are kept; they take some fifty times as many bytes


@contextlib.contextmanager
def own_yaml() -> Iterator[None]:
    """Let schema-salad read YAML through our own bounded, faster reader instead of pure-Python ruamel.yaml.

    It gets the same round-trip containers. A duplicate key is not refused here: `read` reports it.
    """
    changes = (
        (YAML, "load", lambda _self, stream: _document(stream)),
        (YAML, "load_all", lambda _self, stream: iter((_document(stream),))),
        (CommentedMap, "__deepcopy__", _copied_map),
        (CommentedSeq, "__deepcopy__", _copied_sequence),
        (CommentedSeq, "__iter__", list.__iter__),  # its own, of an abstract class, asks for one index after the other
    )
    before = [(owner, name, getattr(owner, name)) for owner, name, _new in changes]
    try:
        for owner, name, new in changes:
            setattr(owner, name, new)
        yield
    finally:
        for owner, name, old in before:
            setattr(owner, name, old)


def parsed(text: str) -> YamlDocument | YamlProblem:
    """The nodes of a document, which nobody may change; their places have no path.

    This process may be asked about the document again, when another file of its workflow has changed.
    """
    return _parsed_once(text) if len(text) <= _MOST_KEPT else parse("", text)


@functools.lru_cache(maxsize=128)
def _parsed_once(text: str) -> YamlDocument | YamlProblem:
    return parse("", text)


def _document(stream: str | TextIO) -> object:
    text = stream if isinstance(stream, str) else stream.read()
    read = parsed(text)
    if isinstance(read, YamlProblem):
        raise UnreadException(f"packager could not read the document: {read.message}")
    return commented(read.root, {})


def commented(node: Node, made: dict[int, CommentedMap | CommentedSeq], field: str = "") -> object:
    """A node as round-trip containers, with line and column of every member; `made` keeps aliases one object.

    `field` is the key of the node.
    """
    if isinstance(node, ScalarNode):
        return node.value
    if id(node) in made:
        return made[id(node)]
    result: CommentedMap | CommentedSeq
    places: dict[str | int, list[int]] = {}
    if isinstance(node, MappingNode):
        result = CommentedMap()
        for key, value in node.entries.items():
            if _is_services_own(key, value) or (key.startswith(_VENDORS) and field != "requirements"):
                continue
            name = node.keys[key]
            result[key] = commented(value, made, key)
            places[key] = [name.line - 1, name.column - 1, value.line - 1, value.column - 1]
    else:
        result = CommentedSeq()
        items = [item for item in node.items if not _is_services_own("", item)]
        for index, item in enumerate(items):
            result.append(commented(item, made))
            places[index] = [item.line - 1, item.column - 1]
    result.lc.line, result.lc.col = node.line - 1, node.column - 1
    result.lc.data = places
    made[id(node)] = result
    return result


def _is_services_own(key: str, value: Node) -> bool:
    """Whether a member is documented by the service and refused by cwltool: cwltool does not get it."""
    if isinstance(value, MappingNode) and value.string("class") in CWL_RETRY_CLASSES:
        return True
    return key == CWL_RETRY_FIELD or key in CWL_RETRY_CLASSES


def _copied_map(original: CommentedMap, memo: dict[int, object]) -> CommentedMap:
    result = original.__class__()
    memo[id(original)] = result
    for key in original:
        value = original[key]
        OrderedDict.__setitem__(result, key, value if type(value) in _ATOMS else copy.deepcopy(value, memo))
        result._ok.add(key)  # the record of its own keys, as __setitem__ keeps it
    _copy_places(original, result)
    return result


def _copied_sequence(original: CommentedSeq, memo: dict[int, object]) -> CommentedSeq:
    result = original.__class__()
    memo[id(original)] = result
    for value in original:
        list.append(result, value if type(value) in _ATOMS else copy.deepcopy(value, memo))
    if len(original):
        _copy_places(original, result)
    return result


def _copy_places(original: CommentedMap | CommentedSeq, result: CommentedMap | CommentedSeq) -> None:
    """The attributes of a container: its places shared entry by entry, anything else as the library copies it."""
    attributes = vars(original)
    if attributes.keys() - {_PLACES}:
        original.copy_attributes(result, memo={})
    elif (places := attributes.get(_PLACES)) is not None:
        fresh = LineCol()
        vars(fresh).update(vars(places))
        if places.data is not None:
            fresh.data = dict(places.data)
        setattr(result, _PLACES, fresh)
