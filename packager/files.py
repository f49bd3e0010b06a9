"""Files on disk: open or read a discovered file, read a file that the user named, replace a file atomically.

A file whose path comes from a source, from a repository, or from the name of a neighbour can be anything: a FIFO that blocks, an endless
device, a link to a private file, a sparse file of many gigabytes. Such a file is opened here and nowhere else.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from packager.confinement import may_use
from packager.errors import cannot

MIB = 1024 * 1024
# What an impossible path may raise: it is too long, loops, is forbidden, or holds a NUL character or a lone surrogate.
IMPOSSIBLE = (OSError, ValueError, RuntimeError)
_CHUNK_BYTES = MIB
HAS_MODES = os.name != "nt"
_ATTEMPTS = 100  # to find an unused name for a temporary file
# Windows has neither of the first three, and only Windows has the last.
_SAFE = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"))
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
# A folder on the way to a file; where there is `O_PATH`, it need not be readable.
_FOLDER = getattr(os, "O_PATH", os.O_RDONLY) | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0) | _NO_FOLLOW
_STEP_BY_STEP = bool(_NO_FOLLOW) and os.open in os.supports_dir_fd and os.stat in os.supports_dir_fd


class NotRegularError(OSError):
    """The path is a device, a FIFO or a socket."""

    def __init__(self) -> None:
        super().__init__(errno.EINVAL, "not a regular file")


class OutsideError(OSError):
    """The path leads out of the folder that it must stay in."""

    def __init__(self) -> None:
        super().__init__(errno.EINVAL, "the link leaves the folder")


class ForbiddenError(OSError):
    """The path leads to a place that this process may not use (see `confinement`)."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "outside of the folders that may be used")


class TooLargeError(OSError):
    """The file has more bytes than are read."""

    def __init__(self, limit: int) -> None:
        super().__init__(errno.EINVAL, f"larger than {size_text(limit)}")


def size_text(size: int) -> str:
    """A limit in the largest unit that leaves an integer, such as `32 MiB`."""
    for unit, name in ((MIB * 1024, "GiB"), (MIB, "MiB"), (1024, "KiB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size:,} bytes"


def exists(path: Path) -> bool:
    """Whether a path exists; never raises, as `Path.exists` does for a link to a name that is too long or forbidden."""
    return os.path.exists(path)  # noqa: PTH110 - as above


def is_file(path: Path) -> bool:
    """Whether a path is a regular file, links followed; never raises."""
    return os.path.isfile(path)  # noqa: PTH113 - `Path.is_file` raises, as above


def is_folder(path: Path) -> bool:
    """Whether a path is a folder, links followed; never raises."""
    return os.path.isdir(path)  # noqa: PTH112 - `Path.is_dir` raises, as above


def real_path(path: Path) -> Path | None:
    """The path without links and `..`, whether or not it exists; None for an impossible path."""
    try:
        return Path(os.path.realpath(path))
    except IMPOSSIBLE:
        return None


def relative_path(path: Path | str, start: Path | str = os.curdir) -> str:
    """A path from a folder, with `/`; the absolute path if no path leads there, because it is on another disk of Windows."""
    try:
        written = os.path.relpath(path, start)
    except ValueError:
        written = os.path.abspath(path)  # noqa: PTH100 - links are kept as they are
    return written.replace(os.sep, "/")


def native_path(path: str, separator: str = os.sep) -> str:
    """A path with the separator of the system, as `os.path.realpath` returns it."""
    return path if separator == "/" else path.replace("/", separator)


def is_executable(path: Path | str, status: os.stat_result) -> bool:
    """Whether a file is a program. Windows has no mode for that: there, a file that begins with `#!` is one."""
    if HAS_MODES:
        return bool(status.st_mode & stat.S_IXUSR)
    try:
        with open_regular(path) as file:
            return file.read(2) == b"#!"
    except OSError:
        return False


def ignores_case(folder: Path) -> bool:
    """Whether a file system finds a folder by another spelling of its name, as those of Windows and macOS do."""
    other = folder.name.swapcase()
    if other == folder.name:
        return sys.platform in ("darwin", "win32")
    try:
        return os.path.samefile(folder, folder.with_name(other))  # noqa: PTH121 - as `is_file`
    except IMPOSSIBLE:
        return False


def is_special(path: Path) -> bool:
    """Whether a path is a device, FIFO or socket, links followed; never raises."""
    return exists(path) and not is_file(path) and not is_folder(path)


def open_regular(path: Path | str, *, root: Path | None = None, follow: bool = True) -> io.BufferedReader:
    """Open a discovered file for reading; never blocks.

    Links are followed; with `root` (a path without links) only to places below it, even if a folder becomes a link in the meantime. Without
    `follow` a link is not a regular file, and with `root` no folder below it may be a link.

    Raises:
        OSError: it cannot be read, is not a regular file, or is outside of `root`.
    """
    try:
        target = os.fspath(path)
        require_allowed(target)
        if root is None:
            descriptor = _opened(target, follow=follow)
        else:
            target = os.path.realpath(target) if follow else native_path(target)
            below = os.path.join(root, "")  # noqa: PTH118 - `Path` is slow, and every file comes here
            if not target.startswith(below):
                raise OutsideError
            if follow:
                os.stat(target)  # noqa: PTH116 - as above; a path that still has a link loops, and the error shows that
            descriptor = _opened_below(below, target.removeprefix(below))
    except (ValueError, RuntimeError) as error:  # a NUL character, or links that loop
        raise OSError(errno.EINVAL, "not a valid path") from error
    try:
        _require_regular(os.fstat(descriptor))
        return io.BufferedReader(io.FileIO(descriptor, "rb"))
    except BaseException:
        os.close(descriptor)
        raise


def _opened(path: str, *, follow: bool, folder: int | None = None) -> int:
    """The descriptor of a file, checked before it is opened: opening a device can have an effect."""
    _require_regular(os.stat(path, dir_fd=folder, follow_symlinks=follow))
    return os.open(path, os.O_RDONLY | _SAFE | (0 if follow else _NO_FOLLOW), dir_fd=folder)


def _opened_below(root: str, path: str) -> int:
    """The descriptor of a file below a folder by a path without links, folder by folder, so that no folder is a link when it is passed."""
    if not _STEP_BY_STEP:
        return _opened(root + path, follow=False)
    *folders, name = path.split("/")
    folder = os.open(root, _FOLDER & ~_NO_FOLLOW)
    try:
        for part in folders:
            below = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = below
        return _opened(name, follow=False, folder=folder)
    finally:
        os.close(folder)


def require_allowed(path: str | Path) -> None:
    """Check that this process may use a path.

    Raises:
        ForbiddenError: it may not (see `confinement`).
    """
    if not may_use(path):
        raise ForbiddenError


def _require_regular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(status.st_mode):
        raise NotRegularError


def read_regular(path: Path, limit: int, *, root: Path | None = None) -> bytes:
    """The bytes of a discovered file.

    Raises:
        OSError: as `open_regular`, or it has more than `limit` bytes.
    """
    with open_regular(path, root=root) as file:
        return _read(file, limit)


def read_start(path: Path, limit: int, *, root: Path | None = None) -> bytes:
    """The first `limit` bytes of a discovered file.

    Raises:
        OSError: as `open_regular`.
    """
    with open_regular(path, root=root) as file:
        return file.read(limit)


def read_named(path: Path, limit: int) -> bytes:
    """The bytes of a file that the user named, which may be a pipe such as `/dev/stdin`.

    Raises:
        OSError: it cannot be read, or has more than `limit` bytes.
    """
    try:
        require_allowed(path)
        with path.open("rb") as file:
            return _read(file, limit)
    except ValueError as error:
        raise OSError(errno.EINVAL, "not a valid path") from error


def read_file(path: Path, limit: int) -> bytes:
    """The bytes of a file that the user named (see `read_named`), for a command that cannot go on without it.

    Raises:
        PackagerError: it cannot be read, or has more than `limit` bytes.
    """
    try:
        return read_named(path, limit)
    except OSError as error:
        raise cannot("read", f"`{path}`", error) from error


def read_stream(stream: IO[bytes], limit: int) -> bytes:
    """The rest of a stream.

    Raises:
        OSError: it cannot be read, or has more than `limit` bytes.
    """
    return b"".join(_pieces(stream, limit, _CHUNK_BYTES))


def _read(file: io.BufferedReader, limit: int) -> bytes:
    size = os.fstat(file.fileno()).st_size
    if size > limit:
        raise TooLargeError(limit)
    return b"".join(_pieces(file, limit, size + 1))


def _pieces(stream: IO[bytes], limit: int, step: int) -> Iterator[bytes]:
    """The stream in pieces. A pipe has no size, and a file can grow while it is read: only what arrives counts."""
    left = limit + 1
    while piece := stream.read(min(step, left)):
        left -= len(piece)
        if not left:
            raise TooLargeError(limit)
        yield piece
        step = _CHUNK_BYTES


def text_of(content: bytes, encoding: str = "utf-8") -> str:
    """Bytes as text with the line ends of Unix.

    Raises:
        UnicodeDecodeError: they are not in that encoding.
    """
    return content.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")


def write(path: Path, content: bytes) -> None:
    """Write a file, which appears only when it is complete (see `replacing`).

    Raises:
        PackagerError: the file cannot be written.
    """
    with replacing(path) as file:
        file.write(content)


@contextlib.contextmanager
def replacing(path: Path, *, derived: bool = False, private: bool = False) -> Iterator[IO[bytes]]:
    """A new file that replaces `path` when the block succeeds, and leaves nothing behind if it fails.

    An existing file keeps its permissions; a new file gets those that the umask leaves, and with `private` only its owner can use it. A
    link stays, and its target is replaced; a device or pipe (`/dev/stdout`) is written to. With `derived` the user did not name the
    path: the link itself is replaced, and a device or pipe is refused.

    Raises:
        PackagerError: the file cannot be written.
    """
    temporary = None
    try:
        target = path if derived else path.resolve()
        require_allowed(target.parent)
        status = _status(target)
        if status is not None and not (stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode)):
            if derived:
                _require_regular(status)
            with target.open("wb", buffering=0) as device, tempfile.TemporaryFile() as whole:
                yield whole
                whole.seek(0)
                shutil.copyfileobj(whole, device)
            return
        kept = stat.S_IMODE(status.st_mode) & 0o777 if status is not None and stat.S_ISREG(status.st_mode) else None
        # The kernel applies the umask: to read it here would change it for other threads.
        descriptor, temporary = _new_file(target.parent, 0o666 if kept is None and not private else 0o600)
        with os.fdopen(descriptor, "w+b") as file:
            yield file
        if kept is not None and not private and kept != 0o600:
            temporary.chmod(kept)
        temporary.replace(target)
        temporary = None
    except (OSError, RuntimeError) as error:
        raise cannot("write", f"`{path}`", error) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


def _new_file(folder: Path, mode: int) -> tuple[int, Path]:
    """A new, empty file of a random name, open for reading and writing."""
    for _ in range(_ATTEMPTS):
        path = folder / f".packager-{secrets.token_hex(6)}"
        with contextlib.suppress(FileExistsError):
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _SAFE, mode), path
    raise FileExistsError(errno.EEXIST, "no unused name for a temporary file")
