"""What `packager lsp` takes from a keystroke to its diagnostics, and from a save to the verdict of all workflows: medians, wall time.

python -m benchmarks.editor                    our fixtures
python -m benchmarks.editor FOLDER MAIN        a repository, and a file in it that is edited (in a copy)
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.run import ROOT

sys.path.insert(0, str(ROOT / "tests"))

if TYPE_CHECKING:
    from lsp_support import Editor

KEYSTROKES = 20
SAVES = 5
BUDGETS = {"keystroke": 0.1, "save": 1.0}  # seconds, warm
FIXTURES = (
    (ROOT / "fixtures" / "workflows" / "wdl-variants", "main.wdl"),
    (ROOT / "fixtures" / "workflows" / "nextflow-modules", "main.nf"),
    (ROOT / "fixtures" / "workflows" / "cwl-records", "main.cwl"),
)
# How a comment begins, so that an edit changes nothing.
COMMENTS = {".wdl": "#", ".nf": "//", ".cwl": "#", ".config": "//"}


def keystroke(editor: Editor, path: str, text: str) -> float:
    """The seconds until the file has new diagnostics."""
    before = editor.shown.get(path)
    started = time.perf_counter()
    editor.type(path, text)
    while editor.shown.get(path) is before:
        editor.run(asyncio.sleep(0.002))
    return time.perf_counter() - started


def save(editor: Editor, path: str, text: str) -> float:
    """The seconds until everything is checked again."""
    started = time.perf_counter()
    editor.save(path, text)
    editor.check()
    return time.perf_counter() - started


def measured(folder: Path, path: str) -> dict[str, float]:
    """The medians of keystrokes and saves in a file of a folder, after everything was checked once."""
    from lsp_support import Editor  # noqa: PLC0415 - needs the path above

    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "work"
        shutil.copytree(folder, copy, symlinks=True)
        editor = Editor(copy, Path(scratch) / "cache")
        text = (copy / path).read_text(encoding="utf-8")
        editor.open(path, text)
        first = time.perf_counter()
        editor.check()
        first = time.perf_counter() - first
        comment = COMMENTS[Path(path).suffix]
        # Every other text is broken, because equal diagnostics are not sent again.
        keys = [keystroke(editor, path, f"{text}\n)\n" if number % 2 == 0 else text) for number in range(KEYSTROKES)]
        saves = []
        for number in range(SAVES):
            edited = f"{text}\n{comment} saved {number}\n"
            editor.type(path, edited)
            saves.append(save(editor, path, edited))
        editor.quit()
    return {"first check": first, "keystroke": statistics.median(keys), "save": statistics.median(saves)}


def main() -> int:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("main", nargs="?")
    options = parser.parse_args()
    if options.folder and not options.main:
        parser.error("name a file in the folder, too")
    chosen = [(options.folder.resolve(), options.main)] if options.folder else FIXTURES
    print("| workflow | work | s | budget |\n| --- | --- | ---: | --- |")
    for folder, path in chosen:
        for work, seconds in measured(folder, path).items():
            most = BUDGETS.get(work)
            verdict = "" if most is None else "ok" if seconds <= most else f"over {most} s"
            print(f"| {folder.name}/{path} | {work} | {seconds:.3f} | {verdict} |", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
