"""Where the embedded emulator keeps its state, and what is said of an emulator on the command line."""

from __future__ import annotations

from pathlib import Path

from packager.errors import PackagerError


def emulator_database() -> Path:
    """Where the embedded emulator keeps its state: the user's data folder.

    Raises:
        PackagerError: the folder cannot be made.
    """
    import platformdirs  # noqa: PLC0415 - only for the emulator

    folder = Path(platformdirs.user_data_dir("omics-packager", appauthor=False))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PackagerError(
            f"cannot make the folder `{folder}`: {(error.strerror or str(error)).lower()}",
            "name a file with `--db`",
        ) from error
    return folder / "emulator.sqlite"


def read_repository(word: str) -> tuple[str, Path]:
    """`owner/name=folder`.

    Raises:
        PackagerError: it is something else.
    """
    name, found, folder = word.partition("=")
    if not (name and found and folder):
        raise PackagerError(f"`{word}` is no repository with its folder", "as in `--repository owner/name=folder`")
    return name, Path(folder)


def read_fault(word: str) -> dict[str, object]:
    """`kind=number` or `kind=number:operation`, in the form in which the emulator takes it.

    Raises:
        PackagerError: it is something else.
    """
    kind, _, rest = word.partition("=")
    number, _, operation = rest.partition(":")
    if not kind or not number.isascii() or not number.isdigit() or len(number) > 9:
        raise PackagerError(f"`{word}` is no fault with its number", "as in `--fault throttle=2:CreateWorkflow`")
    return {"kind": kind, "count": int(number), "operation": operation}
