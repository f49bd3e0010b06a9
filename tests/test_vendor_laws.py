"""`packager vendor` of any web of documents: no remote reference is left, every other byte stays, and a second run changes nothing."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from conftest import Cli
from https_support import Web

HOSTS = ("files.example.org", "cdn.example.org")
NAMES = ("a", "b/c", "e")
ALLOWED = ("--allow-host", HOSTS[0], "--allow-host", HOSTS[1])
URL = re.compile(rb"""(?<=['"])https://([^'"]+)(?=['"])""")
QUOTED = re.compile(rb"""(?<=['"])[^'"\n]+(?=['"])""")


def wdl(names: list[str], quote: str) -> list[str]:
    lines = ["version 1.0", "# https://files.example.org/a.wdl is not imported"]
    return lines + [f"import  {quote}{name}{quote}\tas x{number} # {name}" for number, name in enumerate(names)]


def cwl(names: list[str], quote: str) -> list[str]:
    lines = ["cwlVersion: v1.2", "class: Workflow", "doc: https://files.example.org/a.cwl", "inputs: []", "outputs: []"]
    lines += [f"$schemas: [ {quote}https://cdn.example.org/s.owl{quote} ]", "steps:" if names else "steps: []"]
    for number, name in enumerate(names):
        text = f"{quote}{name}{quote}"
        run = f"run: {text}  # {name}" if number % 2 else f"run: {{$import: {text} }}"
        lines += [f"- id: s{number}", "  in: []", "  out: []", f"  {run}"]
    return lines


def document(rng: random.Random, ending: str) -> bytes:
    """A document with up to three references to documents of the web."""
    names = [f"https://{rng.choice(HOSTS)}/{rng.choice(NAMES)}.{ending}" for _ in range(rng.randint(0, 3))]
    lines = {"wdl": wdl, "cwl": cwl}[ending](names, rng.choice("'\""))
    line_end = rng.choice(["\n", "\r\n"])
    return (line_end.join(lines) + line_end + rng.choice(["", "\n", "# \u00e9\U0001f40d\n", "\n\n\t\n"])).encode()


def content(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("ending", ["wdl", "cwl"])
def test_the_laws_of_vendoring(seed: int, ending: str, cli: Cli, web: Web, tmp_path: Path) -> None:
    rng = random.Random(seed)
    web.serve("https://cdn.example.org/s.owl", b"<rdf/>")
    for url in [f"https://{host}/{name}.{ending}" for host in HOSTS for name in NAMES]:
        web.serve(url, document(rng, ending))
    own = {f"main.{ending}": document(rng, ending), f"lib/other.{ending}": document(rng, ending)}
    (tmp_path / "packager.toml").touch()
    (tmp_path / "lib").mkdir()
    for path, written in own.items():
        (tmp_path / path).write_bytes(written)
    arguments = ("vendor", tmp_path, "--ca-file", web.ca_file, *ALLOWED)
    result = cli(*arguments)
    assert result.code == 0, result.err
    after = content(tmp_path)
    for path, written in own.items():
        assert after[path] == URL.sub(lambda match: _copy_from(path, match[1]), written)  # noqa: B023 - called at once
    copies = {path: after[path] for path in after if path.startswith("vendor/")}
    for path, copy in copies.items():
        sent = web.answers[f"https://{path.removeprefix('vendor/')}"].content
        assert URL.search(copy) is None
        assert QUOTED.sub(b"X", copy) == QUOTED.sub(b"X", sent)
        for named in QUOTED.findall(copy) if path.endswith(ending) else ():
            assert (tmp_path / path).parent.joinpath(named.decode()).is_file()
    assert cli(*arguments).out.startswith(f"nothing to do: {len(copies)} file")
    assert cli("vendor", tmp_path, "--locked").code == 0
    assert content(tmp_path) == after


def _copy_from(path: str, place: bytes) -> bytes:
    return b"../" * path.count("/") + b"vendor/" + place
