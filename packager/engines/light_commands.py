"""Whether a command only handles files, such as `cp` and `echo` do: the smallest machine is enough for it."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Their memory does not grow with their input, and they compute nothing.
_PROGRAMS = frozenset(
    {
        ":", "[", "[[", "basename", "bgzip", "cat", "cd", "chmod", "cp", "curl", "cut", "date", "df", "dirname", "du", "echo",
        "egrep", "exit", "export", "false", "find", "fold", "grep", "gunzip", "gzip", "head", "hostname", "ln", "local", "ls",
        "md5sum", "mkdir", "mv", "nl", "paste", "printf", "pwd", "read", "readlink", "realpath", "return", "rev", "rm", "rmdir",
        "sed", "seq", "set", "sha1sum", "sha256sum", "shift", "shopt", "sleep", "split", "stat", "tabix", "tail", "tar", "tee",
        "test", "touch", "tr", "true", "trap", "uniq", "unset", "unzip", "wc", "wget", "zcat", "zip",
    }
)  # fmt: skip
# Of programs that can do more, what only reads or copies a file from its start to its end.
_SUBCOMMANDS = {
    "samtools": frozenset({"dict", "faidx", "flagstat", "head", "idxstats", "index", "quickcheck", "reheader"}),
    "bcftools": frozenset({"head", "index", "reheader"}),
}
_BEFORE_COMMAND = frozenset({"!", "do", "elif", "else", "if", "then", "until", "while", "{", "}", "done", "fi", "esac"})
_WHOLE_PART = frozenset({"case", "for"})  # names and values up to the end of the line
_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
_ARITHMETIC = re.compile(r"\$\(\([^()]*\)\)")
_SUBSTITUTION = re.compile(r"\$\(([^()`'\"]*)\)")
# A quote that is not closed is matched up to the end, so that what follows it is not searched again from each of its characters.
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*+(?:\"|(?P<unclosed>))", re.DOTALL)
_REDIRECTION = re.compile(r"\d?>&\d?|&>")
_PARTS = re.compile(r"[\n;|&]")
_ASSIGNMENT = re.compile(r"\w+\+?=")
_MOST_CHARACTERS = 20_000
_VALUE = "value"  # instead of what is only known in a run, and of what is quoted


def is_light(script: str) -> bool:
    """Whether all programs of a shell script only handle files; False if it is not certain."""
    if len(script) > _MOST_CHARACTERS:
        return False
    text = _ARITHMETIC.sub(_VALUE, _COMMENT.sub("", script.replace("\\\n", " ")))
    inner = _SUBSTITUTION.findall(text)
    text = _QUOTED.sub(_unquoted, _SUBSTITUTION.sub(_VALUE, text))
    if any(mark in text for mark in ("'", '"', "`", "$(")):
        return False
    parts = _PARTS.split(_REDIRECTION.sub(" ", "\n".join([text, *inner])))
    return all(_is_light_part(part.replace("(", " ").split()) for part in parts)


def _unquoted(quoted: re.Match[str]) -> str:
    return _VALUE if quoted["unclosed"] is None else '"'


def _is_light_part(words: list[str]) -> bool:
    for at, word in enumerate(words):
        if word in _WHOLE_PART:
            return True
        if word not in _BEFORE_COMMAND and not _ASSIGNMENT.match(word) and not word.endswith(")"):
            return is_light_command(words[at : at + 2])
    return True


def is_light_command(words: Sequence[str]) -> bool:
    """Whether a program, the first of some words, only handles files; its subcommand may be the second one."""
    program = words[0].rpartition("/")[2] if words else ""
    return program in _PROGRAMS or any(word in _SUBCOMMANDS.get(program, ()) for word in words[1:2])
