"""Our words for miniwdl's: its operators, and its sentences that have no other mark."""

from __future__ import annotations

import re

# Operators are functions in miniwdl's tree.
OPERATORS = {
    "_add": "+",
    "_interpolation_add": "+",
    "_sub": "-",
    "_mul": "*",
    "_div": "/",
    "_rem": "%",
    "_pow": "**",
    "_eqeq": "==",
    "_neq": "!=",
    "_lt": "<",
    "_lte": "<=",
    "_gt": ">",
    "_gte": ">=",
    "_land": "&&",
    "_lor": "||",
    "_negate": "!",
}
# What miniwdl writes where an error has neither a node nor an attribute that distinguishes it: read from miniwdl 1.16.0.
# `test_wdl_messages` provokes each, so that it fails when a release writes something else.
WORDS: tuple[tuple[str, str], ...] = (
    # syntax errors that the grammar does not report
    (r"unexpected keyword (\S+)", r"`\1` is a keyword and cannot be a name"),
    (r"WDL 1\.1 calls require input: keyword", "expected `input:` before the inputs of a call in WDL 1.1"),
    (r"call\? is only supported with version development", "`call?` needs `version development`"),
    (r"declare an import namespace .*", "the import needs `as NAME`, because its file name is a keyword or not a valid name"),
    (r"Bad escape sequence in string literal", "a string has an invalid escape sequence"),
    # types as they are written
    (r"Array must have one type parameter", "expected one type parameter, as in `Array[File]`"),
    (r"(Map|Pair) must have two type parameters", r"expected two type parameters, as in `\1[String, File]`"),
    (r"(\S+) type doesn't accept parameters", r"the type `\1` has no parameters"),
    (r"Unexpected type parameter\(s\)", "only `Array`, `Map` and `Pair` have type parameters"),
    (r"invalid type quantifier\(s\) for (\S+)", r"the type `\1` cannot have a `+`"),
    (r"Unknown type (\S+)", r"the type `\1` is not defined"),
    (r"(.+) may not be used in input/output (\S+) because .*", r"`\2` is `\1`, whose keys cannot be written as JSON"),
    # sections, members and options
    (r"unknown placeholder option", "expected `sep`, `default`, `true` or `false` as the option of a placeholder"),
    (r"duplicate options in expression placeholder", "a placeholder has the same option twice"),
    (r"duplicate keys in meta object", "a meta section has the same key twice"),
    (r"duplicate keys in requirements section", "a `requirements` section has the same key twice"),
    (r"redundant requirements/runtime sections in task", "a task has more than one `requirements` or `runtime` section"),
    (r"redundant (input|output)s sections in task", r"a task has more than one `\1` section"),
    (r"redundant (\w+) sections in task", r"a task has more than one `\1` section"),
    (r"redundant (workflow|struct) (\w+) sections", r"a \1 has more than one `\2` section"),
    (r"duplicate call input '(.+)'", r"a call has the input `\1` twice"),
    (r"duplicate struct member '(.+)'", r"a struct has the member `\1` twice"),
    (r"duplicate keys (.+)", r"an object has the member `\1` twice"),
    # names that are defined twice
    (r"Document has multiple workflows", "the document has more than one workflow"),
    (r"multiple structs named (.+)", r"more than one struct has the name `\1`"),
    (r"Multiple tasks named (.+)", r"more than one task has the name `\1`"),
    (r"Multiple declarations of (.+)", r"`\1` is declared more than once"),
    (r"multiple workflow outputs named (.+)", r"more than one output has the name `\1`"),
    (r"Multiple imports with namespace (.+)", r"more than one import has the name `\1`"),
    (r"Value/call name collision on (.+)", r"a call and a declaration have the same name `\1`"),
    (r"Workflow has multiple calls named (\S+); .*", r"more than one call has the name `\1`; use `call ... as NAME`"),
    (r"Call's name may not equal the containing workflow's", "the call has the name of its workflow; use `call ... as NAME`"),
    (r"Workflow name collides with a task also named (.+)", r"the workflow and a task have the same name `\1`"),
    (r"Name collision for scatter variable (.+)", r"the scatter variable `\1` has the name of a declaration"),
    (r"Call name collision for scatter variable (.+)", r"the scatter variable `\1` has the name of a call"),
    (r"struct type alias (\S+) collides .*", r"the alias `\1` of an imported struct is already the name of a struct"),
    (r"imported struct (\S+) must be aliased .*", r"the imported struct `\1` differs from another struct `\1`; use `alias \1 as NAME`"),
    # expressions
    (r"unable to unify array item types", "the items of an array have no common type"),
    (r"unable to unify map key types", "the keys of a map have no common type"),
    (r"unable to unify map value types", "the values of a map have no common type"),
    (r"can't infer item type of empty array", "the type of an empty array is unknown here"),
    (r"can't infer type of select_first default value", "the type of the default of `select_first()` is unknown"),
    (r"Cannot acess empty array", "an empty array has no items"),
    (r"No (\S+) in namespace (\S+)", r"`\2` has no output or member `\1`"),
    (r"unbound non-optional declaration (.+) (\S+) outside (task|workflow) input\{\} section",
     r"`\2` is declared outside the input section and has no value"),
    (r"unbound non-optional declaration (.+) (\S+) inside .*", r"`\2` is declared inside `scatter` or `if` and has no value"),
)  # fmt: skip
# The same for what miniwdl adds to an error about types, where that is the actual problem. `{expected}` and `{actual}` are the types.
TYPE_WORDS: tuple[tuple[str, str], ...] = (
    (r"\(unable to unify consequent & alternative types\)", "`then` and `else` have different types: `{expected}` and `{actual}`"),
    (r"command placeholder has 'sep' option .*", "expected an array for the placeholder option `sep`, got `{actual}`"),
    (r"command placeholder 'true' and 'false' .*", "expected `Boolean` for the placeholder options `true` and `false`, got `{actual}`"),
    (r"command placeholder with only one of .*", "the placeholder options `true` and `false` need each other"),
    (r"no such member '(.+)' in struct '(.+)'", r"the struct `\2` has no member `\1`"),
    (r"missing non-optional member\(s\) in struct '(\S+)': '(\S+)'", r"the struct `\1` needs the member `\2`"),
    (r"missing non-optional member\(s\) in struct '(\S+)': (.+)", r"the struct `\1` needs the members \2"),
    (r"type mismatch using '(.+)' to initialize '(.+)' member '(.+)' of struct '(.+)'",
     r"expected `\2` for the member `\3` of the struct `\4`, got `\1`"),
    (r"cannot initialize struct '(.+)' from struct with .*", "the structs `{expected}` and `{actual}` have different members"),
    (r"in if condition", "expected `Boolean` as the condition of `if`, got `{actual}`"),
    (r"Array index", "expected `{expected}` as the index of an array, got `{actual}`"),
    (r"Map key", "expected `{expected}` as the key of a map, got `{actual}`"),
    (r"(\w+\(\)) (?:requires|argument is a compound type|argument #\d expects) .*", r"`\1` does not accept `{actual}`"),
    (r"(\w+)\(.*\) requires literal true", r"argument 2 of `\1()` must be `true`"),
    (r"(keys\(\)) does not accept Struct or Object in .*", r"`\1` accepts a struct only from WDL 1.2"),
)  # fmt: skip


def worded(table: tuple[tuple[str, str], ...], text: str) -> str:
    """Our sentence for a sentence of miniwdl, or ''."""
    line = " ".join(text.split())
    for pattern, template in table if line else ():
        match = re.fullmatch(pattern, line)
        if match:
            return match.expand(template)
    return ""
