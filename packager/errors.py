"""Errors that stop a command. A mistake in the user's workflow is a `Diagnostic` instead."""

from __future__ import annotations

from packager.text import safe


class PackagerError(Exception):
    """The command cannot go on: bad usage, an unreadable source, nothing to check. Exit code 2. Message and hint are `safe` to print."""

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        self.message, self.hint = safe(message), safe(hint)
        super().__init__(self.message)


def cannot(what: str, name: str, error: OSError | RuntimeError | ValueError) -> PackagerError:
    """The error for a file that cannot be read or written: "cannot read `x`: no such file or directory"."""
    reason = getattr(error, "strerror", None) or str(error)
    return PackagerError(f"cannot {what} {name}: {reason[:1].lower()}{reason[1:]}")


class ServiceError(PackagerError):
    """AWS refused a call or could not be reached, or a workflow became FAILED. Exit code 3."""

    exit_code = 3


class StillCreatingError(PackagerError):
    """The workflow was still CREATING at the timeout. Exit code 4."""

    exit_code = 4
