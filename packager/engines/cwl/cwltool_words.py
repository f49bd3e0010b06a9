"""Our sentences for the sentences of cwltool and schema-salad, which have no other mark.

One message of theirs can consist of multiple sentences: it has more than one cause at one place, lists the types that are allowed,
or adds a condition. `own_message` splits it, and returns nothing if it does not know one of the sentences.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from urllib.parse import unquote

from packager.engines.cwl.salad import ADDRESS
from packager.text import joined, listed

_MOST_FACTS = 3  # in a message
_MAX_TEXT = 20_000  # characters: a longer message has too many parts to help
_AT = rf"(?:{ADDRESS})?([^\s'\"`,;)\]]*)"  # an address in the definition, or another one
_RANDOM = re.compile(
    r"/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?=/|$)"
)  # of a tool without an ID: another one in each run
_QUOTED_LIST = r"('[^']*'(?:, '[^']*')*)"
_TYPES = {
    "string": "a string",
    "Expression": "an expression",
    "expression": "an expression",
    "list": "a list",
    "boolean": "a boolean",
    "null": "",
    "int": "an integer",
    "long": "an integer",
    "float": "a number",
    "double": "a number",
}
_COLLECTIONS = {"array": "a list", "list": "a list", "map": "a mapping"}
_VALUES = {
    "CommentedMap": "a mapping",
    "CommentedSeq": "a list",
    "NoneType": "nothing",
    "bool": "a boolean",
    "str": "a string",
    "int": "an integer",
    "float": "a number",
    "ScalarFloat": "a number",
}
_REFERENCES = {
    "class": "`{name}` is not a class of this CWL version",
    "type": "the type `{name}` is not defined",
    "source": "the source `{name}` does not exist",
    "outputSource": "the source `{name}` does not exist",
    "scatter": "`scatter` names `{name}`, which is not an input of the step",
}
_RENAMED = {"inputs": "in", "outputs": "out", "description": "doc"}  # names of drafts of CWL
_ENUMS = ("scatterMethod", "linkMerge", "pickValue", "loadListing")


@dataclass(frozen=True, slots=True)
class _Clause:
    """One sentence: a `fact`, or `missing` fields, `expected` types, an `addition` to the fact before, or a `heading`.

    `nested` is the text of a fact about a source that becomes an item of a list; `optional`: that source has the type that is expected,
    or is null.
    """

    kind: str
    text: str
    field: str = ""
    actual: str = ""
    nested: str = ""
    optional: bool = False


Build = Callable[[re.Match[str]], _Clause]


def names() -> list[str]:
    """The names of all sentences that are known."""
    return [name for name, _pattern, _build in _CLAUSES]


def kinds_of(text: str) -> frozenset[str]:
    """The names of the sentences in a message of cwltool; empty if a part of it is not known."""
    return frozenset(name for name, _clause in clauses_of(text))


def may_only_be_null(text: str) -> bool:
    """Whether a message of cwltool is only about sources whose values fit, except that they may be null."""
    clauses = clauses_of(text)
    return bool(clauses) and all(clause.optional for _name, clause in clauses)


def is_empty(text: str) -> bool:
    """Whether a message of cwltool has no fact: it begins another one, or adds to one that is not printed."""
    clauses = clauses_of(text)
    return bool(clauses) and all(clause.kind in ("heading", "addition") for _name, clause in clauses)


def own_message(text: str) -> str:
    """Our sentence for a message of cwltool, or '' if a part of it is not known, or if it has no fact."""
    clauses = [clause for _name, clause in clauses_of(text)]
    is_nested = any(clause.text == _NESTED for clause in clauses)
    facts: list[str] = []
    for clause in _merged(clauses):
        if clause.kind == "addition" and facts:
            facts[-1] = _with_addition(facts[-1], clause.text)
        elif clause.kind != "heading":
            facts.append(clause.nested if is_nested and clause.nested else clause.text)
    facts = list(dict.fromkeys(facts))
    if not facts:
        return ""
    more = len(facts) - _MOST_FACTS
    return "; ".join([*facts[:_MOST_FACTS], *([f"and {more} more"] if more > 0 else [])])


def _with_addition(fact: str, addition: str) -> str:
    if addition in fact:
        return fact
    if not addition.startswith("with "):
        return f"{fact}; {addition}"
    return f"{fact} and {addition.removeprefix('with ')}" if ", with " in fact else f"{fact}, {addition}"


def clauses_of(text: str) -> list[tuple[str, _Clause]]:
    """The sentences of a message with the names of their patterns; empty if a part of it is not known."""
    rest = " ".join(text.split()) if len(text) <= _MAX_TEXT else ""
    clauses: list[tuple[str, _Clause]] = []
    field = ""  # that the sentences are in
    while rest:
        for name, pattern, build in _CLAUSES:
            match = re.match(rf"(?:Warning: )?(?:in `(?P<field>[^`]*)`: )?{pattern}", rest)
            if match:
                clause = build(match)
                field = (clause.field or field) if clause.kind == "heading" else field
                inside = clause.kind in ("missing", "expected") and not clause.field
                clauses.append((name, replace(clause, field=field) if inside else clause))
                rest = rest[match.end() :].lstrip("; ")
                break
        else:
            return []
    return clauses


def _merged(clauses: list[_Clause]) -> list[_Clause]:
    """The clauses, with those about one field in one: what is missing there, and the types that it may have."""
    merged: list[_Clause] = []
    groups: dict[tuple[str, str], list[_Clause]] = {}
    for clause in clauses:
        key = (clause.kind, clause.field)
        if clause.kind not in _GROUPED or key not in groups:
            merged.append(clause)
        groups.setdefault(key, []).append(clause)
    return [
        _of_group(groups[clause.kind, clause.field]) if clause.kind in _GROUPED else clause
        for clause in dict.fromkeys(merged)
    ]


def _of_group(group: list[_Clause]) -> _Clause:
    field = group[0].field
    names = list(dict.fromkeys(name for clause in group for name in clause.text.split("|") if name))
    if group[0].kind == "missing":
        noun, verb = ("field", "is") if len(names) == 1 else ("fields", "are")
        return _Clause("fact", f"the {noun} {joined(names)} {verb} missing{_inside(field)}")
    actual = next((clause.actual for clause in group if clause.actual), "")
    if group[0].kind == "output":
        noun = "output" if len(names) == 1 else "outputs"
        known = f"; its outputs are {listed(actual.split('|'))}" if actual else ""
        return _Clause("fact", f"the tool of the step has no {noun} {listed(names)}{known}")
    expected = " or ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names) or "nothing"
    return _Clause(
        "fact", f"expected {expected}{f' for `{field}`' if field else ''}{f', got {actual}' if actual else ''}"
    )


def _inside(field: str) -> str:
    return f" in `{field}`" if field else ""


def _fact(template: str) -> Build:
    """A fact from the groups of a match."""
    return lambda match: _Clause("fact", template.format(*match.groups()[1:]) + _inside(match["field"] or ""))


def _other(kind: str, template: str) -> Build:
    return lambda match: _Clause(kind, template.format(*match.groups()[1:]))


def _missing(match: re.Match[str]) -> _Clause:
    return _Clause("missing", match[2], match["field"] or "")


def _expected(names: Callable[[re.Match[str]], list[str]], actual: int = 0) -> Build:
    """Types that a field may have; group `actual` is the value that it has."""

    def build(match: re.Match[str]) -> _Clause:
        value = _VALUES.get(match[actual], f"`{match[actual]}`") if actual else ""
        return _Clause("expected", "|".join(names(match)), match["field"] or "", value)

    return build


def _types(match: re.Match[str]) -> list[str]:
    """The types in the last group, as words."""
    names = re.findall(
        r"(?:array|list|map) of (?:<[^>]*>|[^ ]+)|[^ ]+", match[match.lastindex or 0].replace(" or ", " ")
    )
    return [_TYPES.get(name, _COLLECTIONS.get(name.partition(" of ")[0], f"`{name}`")) for name in names]


def _symbols(match: re.Match[str]) -> list[str]:
    return [f"`{name}`" for name in _names(match[match.lastindex or 0])]


def _names(text: str) -> list[str]:
    return re.findall(r"'([^']*)'", text)


def _field_type(match: re.Match[str]) -> _Clause:
    return _Clause("expected", "a string|a list|a mapping", match[2], _VALUES.get(match[3], f"`{match[3]}`"))


def _invalid_field(match: re.Match[str]) -> _Clause:
    allowed = _names(match[3])
    renamed = [name for name in (_RENAMED.get(match[2]),) if name in allowed]
    close = renamed or get_close_matches(match[2], allowed, n=1, cutoff=0.8)
    where = _inside(match["field"] or "") or " here"
    return _Clause(
        "fact", f"the field `{match[2]}` is not allowed{where}" + (f"; did you mean `{close[0]}`?" if close else "")
    )


def _reference(match: re.Match[str]) -> _Clause:
    field, name = match[2], unquote(match[3]).removesuffix("/")
    if field in _ENUMS or field == "class":
        name = name.rpartition("/")[2]
    template = "`{name}` is not a valid `{field}`" if field in _ENUMS else _REFERENCES.get(field, "")
    return _Clause(
        "fact", (template or "`{field}` refers to `{name}`, which does not exist").format(field=field, name=name)
    )


def _identifier(match: re.Match[str]) -> _Clause:
    template = _REFERENCES.get(match[2], "`{field}` refers to `{name}`, which does not exist")
    name = re.sub(rf"{ADDRESS}[^#]*#?", "", match[3] or match[4])
    return _Clause("fact", template.format(field=match[2], name=unquote(name)))


def _heading(match: re.Match[str]) -> _Clause:
    return _Clause("heading", "", match[2] if match.re.groups > 1 else "")


def _link(match: re.Match[str]) -> _Clause:
    source, sink = match[2], match[5]
    actual, expected = _type(match[3]), _type(match[6])
    nested = f"`{sink}` expects `{expected}`, but gets a list of its source `{source}` (`{actual}`)"
    if actual == expected:
        verb = "does not accept" if match[4] == "is" else "may not accept"
        return _Clause("fact", f"`{sink}` {verb} its source `{source}` (`{actual}`)", nested=nested)
    message = f"`{sink}` expects `{expected}`, but its source `{source}` is `{actual}`"
    return _Clause("fact", message, nested=nested, optional=_is_optional(match[3], match[6]))


def _is_optional(actual: str, expected: str) -> bool:
    """Whether a type, written as JSON, is another one or null."""
    try:
        kinds, other = json.loads(actual), json.loads(expected)
    except ValueError:
        return False
    rest = [kind for kind in kinds if kind != "null"] if isinstance(kinds, list) else []
    accepted = other if isinstance(other, list) else [other]
    return "null" in kinds and bool(rest) and all(kind in accepted for kind in rest)


def _type(text: str) -> str:
    """A type that is written as JSON, as one would write it in CWL, between backticks."""
    try:
        kind = json.loads(text)
    except ValueError:
        return text
    alternatives = [each for each in kind if each != "null"] if isinstance(kind, list) else []
    if len(alternatives) < 2:
        return _shown(kind)
    return "` or `".join(_shown(each) for each in [*alternatives, "null"][: len(kind)])


def _shown(kind: object) -> str:
    if isinstance(kind, list):
        names = [name for name in map(_shown, kind) if name != "null"]
        if len(names) == 1 and len(kind) > 1 and " " not in names[0]:
            return f"{names[0]}?"
        return " or ".join([*names, "null"] if len(names) < len(kind) else names)
    if isinstance(kind, dict):
        if kind.get("type") == "array":
            items = _shown(kind.get("items"))
            return f"array of ({items})" if " " in items else f"{items}[]"
        return _shown(kind.get("type"))
    return unquote(str(kind)).rpartition("#")[2].rpartition("/")[2]


def _secondary_files(match: re.Match[str]) -> _Clause:
    try:
        patterns = [str(each) for each in ast.literal_eval(match[3])]
    except (ValueError, SyntaxError):
        patterns = []
    plain = [each for each in patterns if "\n" not in each and not each.startswith(("$", "{"))]
    noun = "the secondary file" if len(plain) == 1 else "the secondary files"
    what = f"{noun} {listed(plain)}" if plain and len(plain) == len(patterns) else "secondary files"
    return _Clause("fact", f"`{match[2]}` expects {what}, which its source `{match[4]}` does not have")


def _no_input(match: re.Match[str]) -> _Clause:
    path = unquote(match[3] or "")
    tool = f"`{path}`" if path and not path.startswith("_:") else "the tool of the step"
    return _Clause("fact", f"{tool} has no input `{match[2]}`")


def _no_output(match: re.Match[str]) -> _Clause:
    return _Clause("output", match[2], "", "|".join(name for name in _names(match[3]) if name))


def _required_inputs(match: re.Match[str]) -> _Clause:
    names = _names(match[2])
    return _Clause("fact", f"the step omits the required {'input' if len(names) == 1 else 'inputs'} {listed(names)}")


def _same_id(match: re.Match[str]) -> _Clause:
    return _Clause("fact", f"the ID `{_RANDOM.sub('', unquote(match[2]))}` is used more than once")


def _wrong_class(match: re.Match[str]) -> _Clause:
    return _Clause("fact", f"the class `{match[2]}` is not allowed{_inside(match['field'] or '') or ' here'}")


_GROUPED = ("missing", "expected", "output")  # kinds of clauses that become one fact
_NULL = "the step of the source is conditional and may produce null"
_NESTED = "with `linkMerge: merge_nested`"
_SECONDARY = (
    r"Parameter '([^']*)' requires secondaryFiles (\[%s\]) but source '([^']*)' does not provide those secondaryFiles\. "
    r"To resolve, add missing secondaryFiles patterns to definition of '[^']*' or "
    r"mark missing secondaryFiles in definition of '[^']*' as optional\.?"
)
_JSON = r"(\"[^\"]*\"|\[.*?\](?=$|;| [A-Za-z'])|\{.*?\}(?=$|;| [A-Za-z']))"
_LINK = rf"Source '([^']*)' of type (.+?) (may be|is) incompatible with sink '([^']*)' of type {_JSON}"
_NO_INPUT = (
    rf"'([^']*)' is not an input parameter of (?:\{{.*?\}}|{_AT}), "
    rf"expected(?: [^;'\"{{]*?)?(?=$|;| (?=Source|Parameter|Required|'))"
)
_IDENTIFIER = (
    r"Field '([^']*)' references unknown identifier (?:'([^']*)'|\"([^\"]*)\"), "
    rf"tried(?: {ADDRESS}[^;]*?(?=$|;| Field '))?"
)
_HINTED = r"When 'dockerOutputDirectory' is declared, DockerRequirement should go in the 'requirements' section, not 'hints'\."
# What cwltool 3.3.20260925135507 and schema-salad 8.10.20260825112551 write: a name, a pattern, and our sentence.
# `test_cwl_messages` provokes each, so that it fails when a release writes something else.
_CLAUSES: tuple[tuple[str, str, Build], ...] = (
    # links between steps
    ("same file", _LINK.replace("(.+?) (may be|is)", '("File") (may be)').replace(_JSON, '("File")'), _link),
    ("link", _LINK, _link),
    ("merged", r"source has linkMerge method (\w+)", _other("addition", "with `linkMerge: {}`")),
    ("picked", r"pickValue is: (\w+)", _other("addition", "with `pickValue: {}`")),
    ("single pick", r"pickValue is used but only a single input source is declared",
     _other("addition", "`pickValue` needs a list of sources")),
    ("null", r"Source is from conditional step and may produce `null`", _other("addition", _NULL)),
    ("secondary files", _SECONDARY % "[^$]*?", _secondary_files),
    ("secondary expressions", _SECONDARY % ".*?", _secondary_files),
    ("no input", _NO_INPUT, _no_input),
    ("no source", r"Required parameter '([^']*)' does not have source, default, or valueFrom expression",
     _fact("the required input `{}` has no value: expected `source`, `default` or `valueFrom`")),
    ("no output", r"Workflow step output '([^']*)' does not correspond to tool output \(expected ([^)]*)\)", _no_output),
    ("required inputs", rf"Step is missing required parameters? {_QUOTED_LIST}", _required_inputs),
    # references
    ("reference", rf"Field '([^']*)' contains undefined reference to '(?:{ADDRESS})?([^']*)'", _reference),
    ("identifier", _IDENTIFIER, _identifier),
    ("no address", r"Unsupported scheme '' in url: _:[^\s;]+", _heading),  # of a literal that has its content itself
    ("scheme", r"Unsupported scheme '([^']*)' in url: (.+?)(?=$|;)",
     _fact("the address `{1}` has the scheme `{0}`, which is not supported")),
    ("same ID", rf"object (?:id|name) '(?:{ADDRESS})?([^']*)' previously defined", _same_id),
    ("no part", r"Reference '#?([^']*)' not found in file '[^']*'\.", _fact("the document has no part `#{}` before this reference")),
    ("object", r"checking object '[^']*'", _heading),
    ("field", r"checking field '[^']*'", _heading),
    ("item", r"checking item", _heading),
    ("in field", r"the '([^']*)' field is not valid because", _heading),
    ("in item", r"item is invalid because", _heading),
    ("alternative", r"tried [^;]+? but(?= )", _heading),
    # fields and their types
    ("missing", r"missing required field '([^']*)'", _missing),
    ("no class", r"Missing '([^']*)' field", _missing),
    ("no type", r"Missing '(type)' in parameter '([^']*)'", lambda match: _Clause("missing", match[2], match[3])),
    ("no identifier", r"identifier field .* must be a string(?=$|;)", _fact("expected a string for `id`")),
    ("alternatives", r"Type property .*? not a valid Avro schema: .*already in Union\..*",
     _fact("a type has the same alternative twice")),
    ("type", r"Type property .*? not a valid Avro schema: .*", _fact("a type is not valid")),
    ("invalid field", rf"invalid field '([^']*)', expected one of: {_QUOTED_LIST}", _invalid_field),
    ("class", r"Expected class '\S+?' but this is '([^']*)'", _wrong_class),
    ("other type", r"value is an? (\w+)(?:,| but) expected (?:a )?([^;]+?)(?=; |$)", _expected(_types, 2)),
    ("not a type", r"the value is not (\w+)", _expected(_types)),
    ("not a number", r"the value '?(.*?)'? is not (long|float or double)(?=;|$)", _expected(_types, 2)),
    ("not an integer", r"[\"']+(.*?)[\"']+ is not (int)\b", _expected(_types, 2)),
    ("not a symbol", rf"the value '([^']*)' is not a valid \S+, expected (?:one of )?{_QUOTED_LIST}", _expected(_symbols, 2)),
    ("not a mapping", r"is not a dict\. Expected an? \w+ object\.", _expected(lambda _match: ["a mapping"])),
    ("not a list", r"the value '?(.+?)'? is not a (list), expected list of [^;]+", _expected(_types, 2)),
    ("no mapping", r"mapSubject '([^']*)' value .+? is not a dict and does not have a mapPredicate\.",
     _fact("expected a mapping for `{}`")),
    ("no expression", r"value '([^']*)' does not contain an (expression) in the form \$\(\) or \$\{\}", _expected(_types, 2)),
    ("version type", r"'cwlVersion' must be a string, got <class '[\w.]+'>", _fact("expected a string for `cwlVersion`")),
    ("namespaces", r"\$namespaces must be a dictionary", _fact("expected a mapping for `$namespaces`")),
    ("schemas", r"\$schemas must be a string or a list of string", _fact("expected a string or a list for `$schemas`")),
    ("only field", r"'(\$\w+)' must be the only field in .*", _fact("`{}` must be the only field of its mapping")),
    ("field type", r"'(\w+)' field is (\w+), expected string, list, or a dict\.", _field_type),
    ("section", r"\"(\w+)\" section is not valid\.", _fact("expected a list or a mapping for `{}`")),
    ("format", r"'format' is only valid for 'File' type parameters, but '([^']*)' is not a File; the 'format' field will be ignored\.",
     _fact("`format` has no effect on `{}`, which is not a File")),
    ("shortcut", r"Not allowed to specify (\w+) when using (\w+) shortcut\.", _fact("`{0}` is not allowed with the type `{1}`")),
    ("other field", r"Will ignore field '([^']*)' which is not valid in (\w+) inputBinding",
     _fact("the field `{0}` of `inputBinding` has no effect in a `{1}`")),
    # versions and requirements
    ("no version", r"No cwlVersion found\..*", _fact("the field `cwlVersion` is missing")),
    ("old version", r"The CWL reference runner no longer supports pre CWL v1\.0 documents\..*",
     _fact("expected `v1.0`, `v1.1` or `v1.2` as `cwlVersion`")),
    ("unstable version", r"Version '([^']*)' is a development or deprecated version\..*",
     _fact("`{}` is not a stable version of CWL; expected `v1.0`, `v1.1` or `v1.2`")),
    ("output directory", _HINTED,
     _fact("`DockerRequirement` with `dockerOutputDirectory` belongs in `requirements`, not in `hints`")),
    ("subworkflow", r"Workflow contains embedded workflow but SubworkflowFeatureRequirement not in requirements",
     _fact("a step that runs a workflow needs the requirement `SubworkflowFeatureRequirement`")),
    ("scatter", r"Workflow contains scatter but ScatterFeatureRequirement not in requirements",
     _fact("`scatter` needs the requirement `ScatterFeatureRequirement`")),
    ("scatter method", r"Must specify scatterMethod when scattering over multiple inputs",
     _fact("`scatter` over multiple inputs needs `scatterMethod`")),
    ("no document", r"Workflow must be a CommentedMap or CommentedSeq\.",
     _fact("the document is not a process: expected a mapping with a `class`")),
    ("mixin", r"Expected CommentedMap or string, got <class '[\w.]+'>: .*", _fact("expected a string or a mapping")),
    ("output", r"Output .+ is not a valid OutputParameter\.", _fact("expected a mapping for each item of `outputs`")),
    ("command", r"'baseCommand' is a single string containing whitespace: .*", _fact("`baseCommand` is one string with blanks")),
    ("not a process", r"workflowjobj must be a dict, got .*", _fact("the document is not a process: expected a mapping with a `class`")),
)  # fmt: skip
