"""The only place where errors become exit codes and messages."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import platform
import sys
import tempfile
import traceback
from itertools import pairwise

import click

from packager._version import __version__
from packager.cli import EXIT_INTERRUPTED
from packager.cli.group import InterruptedCommandError, cli
from packager.cli.signals import ending_as_interruption
from packager.cli.streams import ReaderGoneError, drop_output, width, write_stderr, write_stdout
from packager.errors import PackagerError
from packager.render.wrapping import wrapped
from packager.text import safe

EXIT_BUG = 70
_SHORTEST_CREDENTIAL = 8  # characters; a shorter value may occur in any text
# The errors of writing to a full or broken device.
_OUTPUT_ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG)


def run(arguments: list[str]) -> int:
    """The exit code of a command line; every error in it ends here."""
    # A stream that the caller has closed is None; output to it is dropped.
    sys.stdout = sys.stdout or io.StringIO()
    sys.stderr = sys.stderr or io.StringIO()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")  # type: ignore[union-attr]  # a replaced stream may lack it
    try:
        with ending_as_interruption():
            result = cli.main(arguments, prog_name="packager", standalone_mode=False)
            sys.stdout.flush()
    except (click.exceptions.Abort, KeyboardInterrupt, InterruptedCommandError):
        return _interrupted()
    except click.ClickException as error:
        _show_usage_error(error)
        _annotate(arguments, safe(error.format_message()))
        return error.exit_code
    except PackagerError as error:
        _show_error(error)
        _annotate(arguments, error.message, error.hint)
        return error.exit_code
    except (BrokenPipeError, ReaderGoneError):
        drop_output()  # the reader has seen enough
        return 0
    except OSError as error:
        if error.errno not in _OUTPUT_ERRORS:
            return _bug(error, arguments)
        drop_output()
        _show_error(PackagerError(f"cannot write the output: {(error.strerror or str(error)).lower()}"))
        return PackagerError.exit_code
    except Exception as error:  # noqa: BLE001 - an internal error must not show a traceback
        return _bug(error, arguments)
    return result if isinstance(result, int) else 0


def _show_error(error: PackagerError) -> None:
    text = f"error: {error.message}" + (f"\nhint: {error.hint}" if error.hint else "")
    _print("\n".join(part for line in text.split("\n") for part in wrapped(line, width(sys.stderr))))


def _annotate(arguments: list[str], message: str, hint: str = "") -> None:
    """Print the error as an annotation, too, if that is the format of the output: GitHub shows nothing else of a failed step."""
    if "--format=github" not in arguments and ("--format", "github") not in pairwise(arguments):
        return
    from packager.render.github import error_text  # noqa: PLC0415 - only for this format

    with contextlib.suppress(ReaderGoneError, OSError):
        write_stdout(error_text(message, hint or ""), commands=True)


def _show_usage_error(error: click.ClickException) -> None:
    """Print what click shows, which repeats words of the command line and of the environment."""
    shown = io.StringIO()
    error.show(shown)
    message, text = error.format_message(), shown.getvalue().removesuffix("\n")
    if not isinstance(error, click.MissingParameter):  # which repeats nothing, and lists choices on separate lines
        text = text.replace(message, safe(message))
    _print(text)


def _print(text: str) -> None:
    """Print a message, in which foreign text is safe already."""
    write_stderr(f"{text}\n")


def _interrupted() -> int:
    _print("interrupted")
    return EXIT_INTERRUPTED


def _without_secrets(text: str) -> str:
    """The text without credentials: an error may quote a value of the workflow or of the environment."""
    from packager.findings.redaction import redacted  # noqa: PLC0415 - only for internal errors

    for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        value = os.environ.get(name, "")
        text = text.replace(value, f"<{name}>") if len(value) >= _SHORTEST_CREDENTIAL else text
    return redacted(text)


def _bug(error: Exception, arguments: list[str]) -> int:
    details: dict[str, object] = {
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
    _print(f"internal error: {type(error).__name__}: {safe(_without_secrets(str(error)))[:300]}")
    _print(f"this is a bug in packager; {safe(where)}; please report it")
    _annotate(arguments, "internal error of packager; see the log of the step")
    return EXIT_BUG
