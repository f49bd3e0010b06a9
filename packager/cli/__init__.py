"""The command line: click commands over the use cases of `packager.app`, with one error boundary."""

from __future__ import annotations

import sys

from packager._version import __version__
from packager.interpreter import collect_garbage_rarely

EXIT_INTERRUPTED = 130


def main(argv: list[str] | None = None) -> int:
    """The exit code of a command line, after running it; see `packager --help` for the codes."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments == ["--version"]:
        sys.stdout.write(f"packager {__version__}\n")
        return 0
    if sorted(arguments) == ["--verbose", "--version"]:
        from packager.cli.versions import version_lines  # noqa: PLC0415 - the version alone needs no table of sources

        sys.stdout.write("\n".join(version_lines()) + "\n")
        return 0
    collect_garbage_rarely()
    if argv is not None:
        return _run(arguments)
    try:  # this process belongs to the command: after an interruption, nothing may prevent its end
        code = _run(arguments)
    except KeyboardInterrupt:  # also while the modules of the command are imported
        code = EXIT_INTERRUPTED
    if code == EXIT_INTERRUPTED:
        from packager.cli.signals import ignore  # noqa: PLC0415 - the version needs no signals

        ignore()
    return code


def _run(arguments: list[str]) -> int:
    from packager.cli.error_boundary import run  # noqa: PLC0415 - the version needs no click

    return run(arguments)
