"""The command line: click commands over the use cases of `packager.app`, with one error boundary."""

from __future__ import annotations

import gc
import sys

from packager._version import __version__

_GC_THRESHOLDS = (100_000, 20, 20)


def main(argv: list[str] | None = None) -> int:
    """Run a command line and return its exit code; see `packager --help` for the codes."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments == ["--version"]:
        sys.stdout.write(f"packager {__version__}\n")
        return 0
    # A short process that builds large trees gains a tenth when cycles are looked for less often; memory stays the same.
    gc.set_threshold(*_GC_THRESHOLDS)
    from packager.cli.error_boundary import EXIT_INTERRUPTED, run  # noqa: PLC0415 - the version needs no click
    from packager.cli.signals import ignore  # noqa: PLC0415 - as above

    if argv is not None:
        return run(arguments)
    try:  # a process of our own: once it is interrupted, nothing may come between that and its end
        code = run(arguments)
        if code == EXIT_INTERRUPTED:
            ignore()
    except KeyboardInterrupt:
        ignore()
        code = EXIT_INTERRUPTED
    return code
