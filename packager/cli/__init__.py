"""The command line: click commands over the use cases of `packager.app`, with one error boundary."""

from __future__ import annotations

import sys

from packager._version import __version__
from packager.interpreter import collect_garbage_rarely


def main(argv: list[str] | None = None) -> int:
    """The exit code of a command line, after running it; see `packager --help` for the codes."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments == ["--version"]:
        sys.stdout.write(f"packager {__version__}\n")
        return 0
    collect_garbage_rarely()
    from packager.cli.error_boundary import EXIT_INTERRUPTED, run  # noqa: PLC0415 - the version needs no click
    from packager.cli.signals import ignore  # noqa: PLC0415 - as above

    if argv is not None:
        return run(arguments)
    try:  # this process belongs to the command: after an interruption, nothing may prevent its end
        code = run(arguments)
        if code == EXIT_INTERRUPTED:
            ignore()
    except KeyboardInterrupt:
        ignore()
        code = EXIT_INTERRUPTED
    return code
