"""A scripted editing session on a real repository: after each step, what the editor shows must equal `packager lint`.

python -m benchmarks.editor_session FOLDER FILE [FILE ...] [--edits 2000]

The first FILE is edited: typed character by character while it is broken, saved, closed. The other files are renamed and back. A
`packager.toml` appears, changes and disappears. Everything happens in a copy. Then come many edits, with the memory of the server.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from benchmarks.run import ROOT

sys.path.insert(0, str(ROOT / "tests"))

if TYPE_CHECKING:
    from lsp_support import Editor

# What somebody types, by the suffix of the file; most of its beginnings are broken.
TYPED = {
    ".wdl": '\ntask typed {\n  input { String who = "~{x" }\n  command <<< echo ~{who} >>>\n  runtime { docker: "ubuntu" cpu: }\n}\n',
    ".nf": "\nprocess TYPED {\n    container \"quay.io/lab/${x}\"\n    cpus 2\n    script:\n    '''\n    echo\n    '''\n}\n",
    ".config": "\nprocess { withName: 'X.*' { cpus = 2 } }\n",
    ".cwl": "\nhints:\n  - class: ResourceRequirement\n    coresMin: [1\n",
}
TYPED_CHARACTERS = 60
QUESTIONS = 12
PATIENCE = 1800.0  # seconds, of a large repository on a busy machine
SAMPLES = 4


class Session:
    """An editor in a copy of a repository."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        from lsp_support import Editor  # noqa: PLC0415 - needs the path above

        self.folder = scratch / "work"
        shutil.copytree(folder, self.folder, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        (self.folder / ".git").mkdir()
        self.cache = scratch / "lint-cache"
        self.editor: Editor = Editor(self.folder, scratch / "cache", patience=PATIENCE)
        self.failures = 0
        self.random = Random(str(folder.name))  # noqa: S311 - not for secrets

    def linted(self) -> dict[str, list[str]]:
        """What `packager lint` reports, with a cache of its own."""
        command = [sys.executable, "-m", "packager", "lint", "--format", "json", "--fail-on", "never"]
        environment = {
            **os.environ,
            "PACKAGER_CACHE_DIR": str(self.cache),
            "PYTHONPATH": str(ROOT),
            "PACKAGER_AS_OF": "2026-11-26",
        }
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        shown: dict[str, list[str]] = {}
        for found in json.loads(done.stdout)["diagnostics"]:
            path = self.folder / found["path"]
            if found["path"] and not path.is_dir():
                shown.setdefault(found["path"], []).append(f"{max(found['line'], 1)} {found['code']}")
        return {path: sorted(found) for path, found in sorted(shown.items())}

    def compare(self, step: str, expected: dict[str, list[str]] | None = None) -> None:
        """Print a step, and what differs."""
        shown = {path: sorted(found) for path, found in self.editor.check().items()}
        linted = self.linted() if expected is None else expected
        differing = [path for path in sorted({*shown, *linted}) if shown.get(path) != linted.get(path)]
        self.failures += bool(differing)
        count = sum(map(len, linted.values()))
        print(f"{'DIFFERS' if differing else 'equal':8} {step}: {count} findings in {len(linted)} files", flush=True)
        for path in differing[:5]:
            more, fewer = (
                sorted(set(a.get(path, ())) - set(b.get(path, ()))) for a, b in ((shown, linted), (linted, shown))
            )
            print(f"         {path}: only in the editor {more[:5]}, only in lint {fewer[:5]}", flush=True)

    def ask(self, path: str, text: str) -> None:
        """Ask about random places; an error of the server ends the session."""
        from lsprotocol import types  # noqa: PLC0415 - an extra

        document = types.TextDocumentIdentifier(self.editor.uri(path))
        lines = text.split("\n")
        client = self.editor.client
        for _ in range(QUESTIONS // 3):
            line = self.random.randrange(len(lines))
            place = types.Position(line, self.random.randrange(len(lines[line]) + 1))
            self.editor.run(client.text_document_hover_async(types.HoverParams(document, place)))
            self.editor.run(client.text_document_completion_async(types.CompletionParams(document, place)))
            self.editor.run(client.text_document_definition_async(types.DefinitionParams(document, place)))
        self.editor.run(client.text_document_document_symbol_async(types.DocumentSymbolParams(document)))
        self.editor.run(client.text_document_document_link_async(types.DocumentLinkParams(document)))

    def type(self, path: str, text: str) -> None:
        """Type a text, and write it to the disk as another program would, for lint."""
        self.editor.type(path, text)
        (self.folder / path).write_text(text, encoding="utf-8", newline="")

    def memory(self) -> int:
        """The resident memory of the server in MiB."""
        server: Any = self.editor.client._server
        status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) // 1024


def inserted(text: str, suffix: str) -> Iterator[str]:
    """A text while somebody types more of it, character by character, before a line in the middle that is not indented."""
    outer = re.compile(r"^\w", re.MULTILINE).search(text, len(text) // 2)
    middle = outer.start() if outer else text.find("\n", len(text) // 2) + 1
    for length in range(1, min(len(TYPED[suffix]), TYPED_CHARACTERS) + 1):
        yield text[:middle] + TYPED[suffix][:length] + text[middle:]


def run_steps(session: Session, edited: str, others: list[str]) -> None:
    """The steps of the session, each compared with lint."""
    editor, path = session.editor, session.folder / edited
    original = path.read_bytes().decode()
    editor.open(edited)
    session.compare("open")
    final = original
    for number, text in enumerate(inserted(original, path.suffix)):
        session.type(edited, text)
        final = text
        if number % 10 == 0:
            session.ask(edited, text)
    session.compare("typed")
    editor.save(edited, final)
    session.compare("saved")
    session.type(edited, original)
    editor.save(edited, original)
    session.compare("restored")
    for other in others:
        moved = f"{other}.moved"
        for step, (before, after) in {"renamed": (other, moved), "renamed back": (moved, other)}.items():
            (session.folder / before).rename(session.folder / after)
            editor.tell(other, moved)
            session.compare(f"{step}: {other}")
    settings = session.folder / "packager.toml"
    for step, text in {
        "configured": '[lint]\nignore = ["IMG"]\n',
        "configured again": '[lint.severity]\nWDL = "info"\n',
    }.items():
        settings.write_text(text, encoding="utf-8")
        editor.tell("packager.toml")
        session.compare(step)
    settings.unlink()
    editor.tell("packager.toml")
    session.compare("not configured")


def measure(session: Session, edited: str, edits: int) -> None:
    """Many edits, with the memory of the server."""
    from lsp_support import edited as edited_text  # noqa: PLC0415 - needs the path above

    original = text = (session.folder / edited).read_bytes().decode()
    every = max(edits // SAMPLES, 1)
    print(f"         memory before {edits:,} edits: {session.memory()} MiB", flush=True)
    for number in range(1, edits + 1):
        text = original if number % 10 == 0 else edited_text(text, session.random)
        session.editor.type(edited, text)
        if number % 25 == 0:
            session.editor.check()
            session.ask(edited, text)
        if number % every == 0:
            print(f"         memory after {number:,} edits: {session.memory()} MiB", flush=True)
    session.type(edited, original)
    session.compare(f"after {edits:,} edits")
    session.editor.close(edited)
    session.compare("closed", {})


def main() -> int:
    """Run a session; 1 if a step differs or the server reports a problem."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--edits", type=int, default=2000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        session = Session(options.folder.resolve(), Path(scratch))
        run_steps(session, options.files[0], options.files[1:])
        measure(session, options.files[0], options.edits)
        log = session.editor.quit()
    print(log or "nothing in the log of the server")
    return int(bool(log or session.failures))


if __name__ == "__main__":
    raise SystemExit(main())
