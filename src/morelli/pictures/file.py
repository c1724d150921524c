"""Read a file that may be anything: a folder, a pipe, a circle of links; never hang, always name it."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from morelli.errors import PictureError


def read_regular_file(source: Path | str, *, at_most: int) -> bytes:
    """Return the bytes of a regular file of at most this many bytes. Raises PictureError, naming the file and the
    reason.
    """
    if not isinstance(source, (str, os.PathLike)):
        raise PictureError(f"{source!r}: give a picture file by its path")
    if not str(source):
        raise PictureError("'': no file's name; give a picture file by its path")
    try:
        # Before opening: to open a pipe or a device can block or have effects.
        _check_regular(Path(source).stat().st_mode, name=str(source))
        descriptor = os.open(source, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(file.fileno())  # of what was opened: the name may lead elsewhere by now
            _check_regular(status.st_mode, name=str(source))
            if status.st_size > at_most:
                raise PictureError(f"{source}: {status.st_size:,} bytes; files over {at_most:,} bytes are refused")
            data = file.read(at_most + 1)
    except OSError as err:
        raise PictureError(f"{source}: {_reason(err)}") from err
    except ValueError as err:  # a NUL in the name
        raise PictureError(f"{str(source)!r}: not a file name ({err})") from err
    if len(data) > at_most:
        raise PictureError(f"{source}: files over {at_most:,} bytes are refused")
    return data


def _check_regular(mode: int, *, name: str) -> None:
    if stat.S_ISREG(mode):
        return
    if stat.S_ISDIR(mode):
        raise PictureError(f"{name}: a folder, not a picture; name a file in it")
    raise PictureError(f"{name}: a pipe, socket or device, not a picture file")


def _reason(err: OSError) -> str:
    if isinstance(err, FileNotFoundError):
        return "no such file"
    if isinstance(err, PermissionError):
        return "no permission to read it"
    if isinstance(err, NotADirectoryError):
        return "no such file (a part of its path is not a folder)"
    if err.errno == errno.ELOOP:
        return "its symbolic links lead in a circle"
    return f"cannot be read ({err.strerror or err})"
