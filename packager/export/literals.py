"""Literals that YAML and HCL share, and documents of plain values in YAML.

Every string is on its line as an escaped literal, so that nothing in it can be read as another value, a comment or a command.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from packager.text import inert

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*", re.ASCII)
# What YAML 1.1 reads as something other than a string.
_RESERVED = frozenset({"y", "n", "yes", "no", "true", "false", "on", "off", "null"})
_COMMAND = re.compile(r"##(?=[A-Za-z]*\[)")
_LAST_OF_FOUR_DIGITS = 0xFFFF


def quoted(text: str) -> str:
    """A string in double quotes, with escapes that JSON, YAML and HCL have in common."""
    escaped = "".join(_escape(char) for char in json.dumps(text, ensure_ascii=False))
    return _COMMAND.sub(r"#\\u0023", escaped)


def _escape(char: str) -> str:
    if inert(char) == char and char != "\t":
        return char
    number = ord(char)
    return f"\\u{number:04x}" if number <= _LAST_OF_FOUR_DIGITS else f"\\U{number:08x}"


def yaml_document(value: dict[str, object]) -> str:
    """An object as a YAML document in block style."""
    return "\n".join(_yaml_members(value, "")) + "\n"


def _yaml_members(value: dict[str, object], indent: str) -> Iterator[str]:
    for key, inner in value.items():
        yield from _yaml_value(f"{indent}{_yaml_key(key)}:", inner, indent)


def _yaml_value(start: str, value: object, indent: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield start
        yield from _yaml_members(value, f"{indent}  ")
    elif isinstance(value, list) and value:
        yield start
        for item in value:
            yield from _yaml_item(item, f"{indent}  ")
    elif isinstance(value, str) and (lines := _literal_lines(value)):
        yield f"{start} {'|' if value.endswith(chr(10)) else '|-'}"
        yield from (f"{indent}  {line}" if line else "" for line in lines)
    else:
        yield f"{start} {_yaml_scalar(value)}"


def _yaml_item(item: object, indent: str) -> Iterator[str]:
    if not isinstance(item, dict) or not item:
        yield f"{indent}- {_yaml_scalar(item)}"
        return
    first = True
    for line in _yaml_members(item, f"{indent}  "):
        yield f"{indent}- {line[len(indent) + 2 :]}" if first else line
        first = False


def _literal_lines(text: str) -> list[str]:
    """The lines of a string that a YAML block can hold as they are; empty if escapes are needed."""
    lines = text.removesuffix("\n").split("\n")
    ordinary = len(lines) > 1 and lines[0] and lines[-1] and not lines[0].startswith(" ")
    if not ordinary or any("\t" in line or line.rstrip() != line or inert(line) != line for line in lines):
        return []
    return lines


def _yaml_key(key: str) -> str:
    return key if _is_plain(key) or re.fullmatch(r"Fn::[A-Za-z]+", key) else quoted(key)


def _yaml_scalar(value: object) -> str:
    if isinstance(value, str):
        return value if _is_plain(value) else quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_yaml_flow, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quoted(key)}: {_yaml_flow(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value)


def _yaml_flow(value: object) -> str:
    """A value inside of brackets, where each string is in quotes."""
    return quoted(value) if isinstance(value, str) else _yaml_scalar(value)


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text)) and text.lower() not in _RESERVED


def hcl_value(value: object, indent: str = "") -> str:
    """A value as an HCL expression. `${` and `%{` in strings are escaped: they would start a template."""
    inner = f"{indent}  "
    if isinstance(value, dict):
        if not value:
            return "{}"
        lines = [f"{inner}{hcl_key(key)} = {hcl_value(item, inner)}" for key, item in value.items()]
        return "\n".join(["{", *lines, f"{indent}}}"])
    if isinstance(value, list):
        if not value:
            return "[]"
        lines = [f"{inner}{hcl_value(item, inner)}," for item in value]
        return "\n".join(["[", *lines, f"{indent}]"])
    return quoted(without_templates(value)) if isinstance(value, str) else json.dumps(value)


def hcl_key(key: str) -> str:
    """A key of an object: a name as it is, any other string as a literal."""
    return key if re.fullmatch(r"[a-z_][a-z0-9_]*", key) else quoted(without_templates(key))


def without_templates(text: str) -> str:
    """A string that Terraform reads as itself, not as a template."""
    return text.replace("${", "$${").replace("%{", "%%{")
