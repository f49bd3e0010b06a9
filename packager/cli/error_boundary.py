"""The one place where errors become exit codes and words."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import platform
import sys
import tempfile
import traceback
from typing import Any

import click

from packager._version import __version__
from packager.cli.group import InterruptedCommandError, cli
from packager.cli.signals import ending_as_interruption
from packager.cli.streams import ReaderGoneError, drop_output, write_stderr
from packager.errors import PackagerError
from packager.text import safe

EXIT_BUG = 70
EXIT_INTERRUPTED = 130
_FEWEST_CHARACTERS = 8  # of a credential; fewer may stand anywhere
# What writing to a full or broken device gives.
_OUTPUT_ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG)


def run(arguments: list[str]) -> int:
    """Run the command line; every way out of it ends here."""
    # A stream that the caller has closed is None; what would go there is dropped.
    sys.stdout = sys.stdout or io.StringIO()
    sys.stderr = sys.stderr or io.StringIO()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]  # a replaced stream may lack it
    try:
        with ending_as_interruption():
            result = cli.main(arguments, prog_name="packager", standalone_mode=False)
            sys.stdout.flush()
    except (click.exceptions.Abort, KeyboardInterrupt, InterruptedCommandError):
        return _interrupted()
    except click.ClickException as error:
        _say_usage(error)
        return error.exit_code
    except PackagerError as error:
        _say(error)
        return error.exit_code
    except (BrokenPipeError, ReaderGoneError):
        drop_output()  # the reader has seen enough
        return 0
    except OSError as error:
        if error.errno not in _OUTPUT_ERRORS:
            return _bug(error, arguments)
        drop_output()
        _say(PackagerError(f"cannot write the output: {(error.strerror or str(error)).lower()}"))
        return PackagerError.exit_code
    except Exception as error:  # noqa: BLE001 - a bug of ours must not show a traceback
        return _bug(error, arguments)
    return result if isinstance(result, int) else 0


def _say(error: PackagerError) -> None:
    _tell(f"error: {error.message}")
    if error.hint:
        _tell(f"hint: {error.hint}")


def _say_usage(error: click.ClickException) -> None:
    """What click shows, which repeats words of the command line and of the environment."""
    shown = io.StringIO()
    error.show(shown)
    message, text = error.format_message(), shown.getvalue().removesuffix("\n")
    if not isinstance(error, click.MissingParameter):  # which repeats nothing, and lists choices on lines of their own
        text = text.replace(message, safe(message))
    _tell(text)


def _tell(text: str) -> None:
    """Lines of our own, with foreign text that is safe already."""
    write_stderr(f"{text}\n")


def _interrupted() -> int:
    _tell("interrupted")
    return EXIT_INTERRUPTED


def _without_secrets(text: str) -> str:
    """A text for others to read: what went wrong may quote a value of the workflow or of the environment."""
    from packager.findings.redaction import redacted  # noqa: PLC0415 - only where a bug is told

    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        value = os.environ.get(name, "")
        text = text.replace(value, f"<{name}>") if len(value) >= _FEWEST_CHARACTERS else text
    return redacted(text)


def _bug(error: Exception, arguments: list[str]) -> int:
    details: dict[str, Any] = {
        "packager": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "command": arguments[:1],
    }
    where = "its log could not be written"
    with contextlib.suppress(OSError):
        with tempfile.NamedTemporaryFile(
            "w", prefix="packager-bug-", suffix=".log", delete=False, encoding="utf-8"
        ) as log:
            log.write(f"{details}\n\n{_without_secrets(''.join(traceback.format_exception(error)))}")
        where = f"the log is `{log.name}`"
    _tell(f"internal error: {type(error).__name__}: {safe(_without_secrets(str(error)))[:300]}")
    _tell(f"this is a bug in packager; {safe(where)}; please report it")
    return EXIT_BUG
