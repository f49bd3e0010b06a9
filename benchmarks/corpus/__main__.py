"""Judge every workflow below a folder of checkouts, and show what a change of packager does to them.

    python -m benchmarks.corpus DIR                        findings, crashes, the slowest
    python -m benchmarks.corpus DIR --base main            what differs from another revision
    python -m benchmarks.corpus DIR --peers                verdicts against miniwdl and cwltool
    python -m benchmarks.corpus DIR --parser 'strict {}' --parser 'groovy {}'
    python -m benchmarks.corpus DIR --expected tests/corpus.toml [--update]

A parser of Nextflow is a command (`{}` is the folder) that prints one JSON object per line: `file`, and `errors`, which is empty if
it accepts the file. With more than one, an error is what all of them refuse.

Results are kept in `--results`, by revision: an interrupted run goes on where it was, and the code in the working tree is judged
anew when it changed. Runs on POSIX systems, because each entry has a forked process.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.corpus.compare import Results, changes, counts, failures, verdicts
from benchmarks.corpus.entries import Entry, checkouts, commit_of, entries, repository_name, sampled
from benchmarks.corpus.expected import day_of, differences, updated
from benchmarks.corpus.nextflow_parsers import compared, refused_files
from benchmarks.corpus.report import of_changes, of_verdicts, overview
from benchmarks.corpus.run import PEERS, Bounds, Judge, judge_all
from benchmarks.run import ROOT


def code_digest(root: Path) -> str:
    """A digest of the code below `root`, which names its results."""
    content = hashlib.sha256()
    for file in sorted((root / "packager").rglob("*.py")):
        content.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return content.hexdigest()[:16]


@contextmanager
def revision(name: str) -> Iterator[Path]:
    """A folder with the code of a Git revision."""
    archive = subprocess.run(
        ["git", "archive", name, "packager", "schemas"], cwd=ROOT, stdout=subprocess.PIPE, check=True
    ).stdout
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(folder, filter="data")
        yield Path(folder)


def arguments() -> argparse.Namespace:
    """The parsed command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path, help="a folder of checkouts")
    parser.add_argument("--base", metavar="REV", help="compare with this Git revision")
    parser.add_argument("--peers", action="store_true", help="compare verdicts with miniwdl and cwltool")
    parser.add_argument("--parser", action="append", default=[], metavar="COMMAND", help="a parser of Nextflow")
    parser.add_argument("--expected", type=Path, metavar="FILE", help="compare the counts of codes with FILE")
    parser.add_argument("--update", action="store_true", help="write the counts into the file of --expected")
    parser.add_argument(
        "--as-of", default="", metavar="DATE", help="for what depends on a day; with --expected the day of that file"
    )
    parser.add_argument("--sample", type=int, metavar="N", help="at most N entries of each language")
    parser.add_argument("--results", type=Path, default=ROOT / ".corpus", help="the folder of kept results")
    parser.add_argument("--jobs", type=int, default=Bounds().jobs)
    parser.add_argument("--seconds", type=float, default=Bounds().seconds, help="of one entry")
    parser.add_argument("--memory", type=int, default=Bounds().megabytes, help="of one entry, in MiB")
    parser.add_argument("-o", "--output", type=Path, help="write the report to this file")
    return parser.parse_args()


def main() -> int:
    """Judge, compare and print; 1 after a crash, an entry beyond the bounds, or a count that is not expected."""
    options = arguments()
    folders = checkouts(options.corpus)
    found = entries(folders, ROOT)
    if options.sample:
        found = sampled(found, options.sample)
    if not found:
        sys.exit(f"{options.corpus} has no workflows")
    options.results.mkdir(exist_ok=True)
    bounds = Bounds(options.seconds, options.memory, options.jobs)
    day = day_of(options.expected, options.as_of)
    head = _judged(options.results, ROOT, found, bounds, day)
    lines = list(overview(found, head))
    if options.base:
        with revision(options.base) as root:
            lines += of_changes(changes(_judged(options.results, root, found, bounds, day), head))
    if options.peers:
        peers = judge_all(Judge(PEERS, ROOT, options.results / "peers.jsonl"), found, bounds)
        lines += of_verdicts(verdicts(found, head, peers))
    if options.parser:
        refused = refused_files(options.parser, found, options.results / "parsers")
        lines += of_verdicts([compared(found, head, refused)])
    unexpected = _expected(options, folders, found, head) if options.expected else []
    lines += ["\n# Counts that are not expected\n", *(f"- {line}" for line in unexpected)] if unexpected else []
    _write("\n".join(lines) + "\n", options.output)
    return int(bool(failures(head) or unexpected))


def _judged(results: Path, root: Path, found: list[Entry], bounds: Bounds, day: str) -> Results:
    name = f"{code_digest(root)}-{day}"
    return judge_all(Judge(f"packager {name}", root, results / f"{name}.jsonl", day), found, bounds)


def _expected(options: argparse.Namespace, folders: list[Path], found: list[Entry], head: Results) -> list[str]:
    commits = {repository_name(folder): commit_of(folder) for folder in folders}
    by_repository = counts(found, head)
    if not options.update:
        return differences(options.expected, commits, by_repository)
    options.expected.write_text(updated(options.expected, options.as_of, commits, by_repository), encoding="utf-8")
    return []


def _write(report: str, file: Path | None) -> None:
    if file is None:
        print(report, end="")
    else:
        file.write_text(report, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
