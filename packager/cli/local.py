"""Where the embedded emulator keeps its state."""

from __future__ import annotations

from pathlib import Path

from packager.diagnostics import PackagerError


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
