"""Mutations of bytes, of the tokens of a language, of JSON values and of zips. All of them depend on the generator alone."""

from __future__ import annotations

import copy
import io
import json
import re
import struct
import warnings
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

_TOKEN = re.compile(r"\w+|[ \t]+|\n|.", re.DOTALL)
_COMMON = [
    *"{}()[]'\"\\/$~#@!?:;,.=<>+-*%&|\n\t ",
    *(
        "\x00",
        "\x1b[31m",
        "\u2028",
        "\u202e",
        "\ufeff",
        "\r\n",
        "é",
        "😀",
        "\ud800",
        "9" * 400,
        "1e999",
        "-0",
        "0x" + "f" * 300,
    ),
    *(
        "true",
        "null",
        "../x",
        "/etc/passwd",
        "https://example.com/x",
        "(a+)+b",
        "# packager: allow IMG001 - x",
        "// packager: allow NXF001 - y",
    ),
]
WORDS = {
    "wdl": [
        *("version 1.0", "version 1.2", "version development", "import", "as", "task", "workflow", "call", "input", "output", "command <<<", ">>>"),
        *("runtime", "requirements", "hints", "meta", "parameter_meta", "scatter", "if", "then", "else", "struct", "Object", "Array[", "Map[String,"),
        *("Pair[Int,", "File", "Directory", "Int?", "Array[File]+", "~{", "${", "select_first([", "read_json(", "size(x, \"GB\")", "docker:", "memory:"),
    ],
    "nextflow": [
        *("process", "workflow", "include {", "} from", "params.", "script:", "shell:", "exec:", "stub:", "input:", "output:", "when:", "path(", "tuple"),
        *("val", "emit:", "take:", "main:", "publishDir", "container", "withName:", "withLabel:", "includeConfig", "profiles {", "manifest {", "def "),
        *("'''", '"""', "$/", "/$", "/*", "*/", "->", "?:", "?.", "==~", "**", "{ task.attempt * 2.GB }", "nextflow.enable.dsl=1", "Channel.of(", "|"),
    ],
    "cwl": [
        *("cwlVersion: v1.2", "class: Workflow", "class: CommandLineTool", "$graph:", "$import:", "$include:", "run:", "scatter:", "when:", "requirements:"),
        *("DockerRequirement", "ResourceRequirement:", "ramMin:", "InlineJavascriptRequirement: {}", "$(inputs.x)", "${return 1;}", "&a", "*a", "<<: *a"),
        *("- ", "  ", "? ", "| ", "> ", "!!python/object:x", "---", "...", "secondaryFiles:", "source:", "outputSource:", "type: File[]", "- 'null'"),
    ],
    "": ["true", "false", "[[", "]]", '"', "=", "1979-05-27", "inf"],
}  # fmt: skip
_SCALARS: list[Any] = [
    *(None, True, 0, -1, 1.5, 10**30, "", "a", "string", "object", "(a+)+b", "\ud800", "\x00", "😀", "../x", "/etc", "a/b", "#/x", "1.0"),
    *("s3://bucket/key", "quay.io/a/b:1", "111122223333.dkr.ecr.us-east-1.amazonaws.com/a", "\x1b[2J", "::error::x", "<script>", "x" * 3000),
]  # fmt: skip

Mutate = Callable[[Random, bytes], bytes]


def mutated_bytes(random: Random, content: bytes) -> bytes:
    """Flips, cuts, repeats and inserts bytes."""
    changed = bytearray(content)
    for _ in range(random.choice([1, 1, 2, 4, 16])):
        at = random.randrange(len(changed) + 1)
        kind = random.randrange(6)
        if kind == 0 and changed:
            changed[at % len(changed)] ^= 1 << random.randrange(8)
        elif kind == 1:
            changed[at:at] = random.randbytes(random.choice([1, 2, 8]))
        elif kind == 2:
            del changed[at : at + random.choice([1, 4, 64])]
        elif kind == 3:
            changed[at:at] = changed[at : at + random.choice([1, 16, 256])] * random.choice([1, 2, 50])
        elif kind == 4:
            del changed[at:]
        else:
            changed[at:at] = random.choice(
                [b"\xff", b"\xef\xbb\xbf", b"\xc0\x80", b"\r", b"\x00", b"[" * 300, b'{"a":' * 300, b"1e99999"]
            )
    return bytes(changed)


def mutated_tokens(language: str) -> Mutate:
    """A function that deletes, repeats, swaps and inserts tokens of a language."""
    pool = [*_COMMON, *WORDS[language], *WORDS[language]]

    def mutate(random: Random, content: bytes) -> bytes:
        tokens = _TOKEN.findall(content.decode("utf-8", "replace")) or [""]
        for _ in range(random.choice([1, 1, 1, 2, 3, 8])):
            at = random.randrange(len(tokens) or 1)
            kind = random.randrange(7)
            if kind == 0:
                del tokens[at : at + 1]
            elif kind == 1:
                tokens[at:at] = tokens[at : at + random.choice([1, 5, 40])] * random.choice([1, 1, 2, 20])
            elif kind == 2:
                other = random.randrange(len(tokens) or 1)
                tokens[at : at + 1], tokens[other : other + 1] = tokens[other : other + 1], tokens[at : at + 1]
            elif kind == 3 and random.random() < 0.3:
                del tokens[at:]
            else:
                tokens.insert(at, random.choice(pool))
        text = "".join(tokens)
        return text.encode("utf-8", random.choice(["replace", "surrogatepass"]))

    return mutate


def mutated_json(random: Random, content: bytes) -> bytes:
    """Replaces, adds, wraps and renames values of a JSON document; sometimes its bytes."""
    if random.random() < 0.25:
        return mutated_bytes(random, content)
    try:
        document = copy.deepcopy(json.loads(content))
    except ValueError:
        return mutated_bytes(random, content)
    for _ in range(random.choice([1, 1, 2, 4])):
        document = _with_one_change(random, document)
    return json.dumps(document, ensure_ascii=random.random() < 0.5).encode("utf-8", "surrogatepass")


def _with_one_change(random: Random, document: Any) -> Any:
    places: list[tuple[Any, Any]] = []
    waiting = [document]
    while waiting:
        value = waiting.pop()
        keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        for key in keys:
            places.append((value, key))
            waiting.append(value[key])
    if not places:
        return random.choice(_SCALARS)
    holder, key = random.choice(places)
    kind = random.randrange(5)
    if kind == 0:
        holder[key] = random.choice([[holder[key]], {"a": holder[key]}, [], {}])
    elif kind == 1 and isinstance(holder, dict):
        holder[str(random.choice(_SCALARS))] = holder.pop(key)
    elif kind == 2:
        del holder[key]
    else:
        holder[key] = random.choice(_SCALARS)
    return document


def mutated_zip(random: Random, content: bytes) -> bytes:
    """Mutates the bytes of a zip, its headers, or writes it anew with other entries."""
    if random.random() < 0.4:
        return mutated_bytes(random, content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = [(info.filename, archive.read(info)) for info in archive.infolist()]
    for _ in range(random.choice([1, 2])):
        name, data = random.choice(entries)
        hostile = random.choice(
            [
                "../evil",
                "/abs",
                "a\\b",
                "C:x",
                "__MACOSX/x",
                "con",
                "a/./b",
                "x" * 300,
                "é",
                name,
                name.upper(),
                name + "/",
            ]
        )
        entries.append((hostile, random.choice([data, b"", b"\0" * 100_000, mutated_bytes(random, data)])))
    stream = io.BytesIO()
    with (
        warnings.catch_warnings(),
        zipfile.ZipFile(stream, "w", random.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])) as archive,
    ):
        warnings.simplefilter("ignore")  # zipfile warns of a name that is there twice
        for name, data in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = random.choice([0o644, 0o120777, 0o755, 0o40755, 0o10644]) << 16
            archive.writestr(info, data)
    return _with_flags(random, stream.getvalue())


def _with_flags(random: Random, content: bytes) -> bytes:
    """Sometimes changes the general flags, sizes or method in a header."""
    if random.random() < 0.6:
        return content
    changed = bytearray(content)
    headers = [found.start() for found in re.finditer(rb"PK\x01\x02|PK\x03\x04", content)]
    at = random.choice(headers) + random.choice([4, 6, 8, 10, 18, 20, 22, 24, 26, 28, 42])
    changed[at : at + 2] = struct.pack("<H", random.choice([0, 1, 8, 9, 12, 14, 99, 0xFFFF, 0x800]))
    return bytes(changed)
