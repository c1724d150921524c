"""Where results go: looked at before long work begins, written aside, then renamed, so that they are whole or absent."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from morelli.errors import MorelliError

Kind = type[MorelliError]
_STALE_SECONDS = 60.0
_KEPT = 40  # characters of a target's name in that of what is written aside: names may have 255 bytes
_WAY_OUT = "free space or choose another place"


def check_file_place(target: Path, *, error: Kind = MorelliError, read: Iterable[Path | None] = ()) -> None:
    """Raise `error` unless a file can be written here: a free place or a file that may be replaced, in a folder that takes files.

    read: what the command reads, which is never replaced. Folders that are missing on the way are no fault; they are made when the
    file is written.
    """
    for one in read:
        with suppress(OSError):  # one of the two is not there
            if one is not None and target.samefile(one):
                raise error(f"{target}: is {one}, which is read; choose another name")
    mode = _mode(target, error)
    if mode is not None and stat.S_ISDIR(mode):
        raise error(f"{target}: is a folder; name a file in it")
    if mode is not None and not stat.S_ISREG(mode):
        raise error(f"{target}: is a pipe, socket or device; name a file")
    if mode is not None and not os.access(target, os.W_OK):
        raise error(f"{target}: is write-protected; choose another place")
    _try_folder(target, _followed(target).parent, error)


def check_unicode_place(target: Path, *, error: Kind = MorelliError) -> None:
    """Raise `error` for a path that is not valid Unicode: Python can write there, DuckDB cannot."""
    try:
        str(target.absolute()).encode()
    except UnicodeEncodeError as err:
        raise error(f"{target}: this path is not valid Unicode, where no table can be written; choose another") from err


def check_folder_place(target: Path, *, error: Kind = MorelliError) -> None:
    """Raise `error` unless files can be written into this folder, which need not be there yet."""
    mode = _mode(target, error)
    if mode is not None and not stat.S_ISDIR(mode):
        raise error(f"{target}: is a file, not a folder; choose another place")
    _try_folder(target, _followed(target), error)


def check_new_folder_place(target: Path, *, error: Kind = MorelliError) -> None:
    """Raise `error` unless a new folder can be made here: the place is free or an empty folder."""
    mode = _mode(target, error)
    try:
        taken = mode is not None and (not stat.S_ISDIR(mode) or any(target.iterdir()))
    except OSError as err:
        raise error(f"{target}: cannot be looked into ({err.strerror}); choose another place") from err
    if taken:
        raise error(f"{target}: is taken; choose another place, or an empty folder")
    _try_folder(target, _followed(target).parent, error)


def check_replaced_folder_place(target: Path, *, error: Kind = MorelliError) -> None:
    """Raise `error` unless a folder can be put here in the place of an older one, which is for the caller to look at, or of none."""
    mode = _mode(target, error)
    if mode is not None and not stat.S_ISDIR(mode):
        raise error(f"{target}: is a file, not a folder; choose another place")
    _try_folder(target, _followed(target).parent, error)


@contextmanager
def writing_file(target: Path, *, error: Kind = MorelliError, way_out: str = _WAY_OUT) -> Iterator[Path]:
    """Give the path of a file beside `target` to write; when all went well it takes the target's place, else nothing is left.

    A link stays a link: the file that it leads to is written. An older file's permissions are kept. Of several writers the last
    one's file stands, whole. An OSError becomes `error`, with the way out in words.
    """
    mode = _mode(target, error)
    place = _followed(target)
    aside = _aside(place, "part")
    with _failing_as(error, target, aside, way_out), _parents_of(place):
        remove_stale(place.parent, f"{place.name[:_KEPT]}.")
        handle = os.open(aside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666)
        try:
            try:
                lock(handle)
                yield aside
                os.fsync(handle)
            finally:
                os.close(handle)
            if mode is not None:
                aside.chmod(stat.S_IMODE(mode))
            aside.replace(place)
        finally:
            aside.unlink(missing_ok=True)


def check_paths(given: Iterable[Path | str], *, what: str) -> list[Path]:
    """Return a list of files as paths. what: the list is called, for errors. Raises TypeError for what is no list of paths."""
    if isinstance(given, (str, bytes, os.PathLike)):
        raise TypeError(f"{what} {str(given)!r}: give a list of files, also of one")
    try:
        found = list(given)
    except TypeError as err:
        raise TypeError(f"{what} {given!r}: give a list of files") from err
    for number, one in enumerate(found):
        if not isinstance(one, (str, os.PathLike)):
            raise TypeError(f"{what}: number {number} is {one!r}; give a file by its path")
    return [Path(one) for one in found]


def write_file(target: Path, content: bytes | str, *, error: Kind = MorelliError) -> None:
    """Write a whole file, text as UTF-8, or leave what was there."""
    data = content.encode() if isinstance(content, str) else content
    with writing_file(target, error=error) as aside:
        aside.write_bytes(data)


@contextmanager
def writing_folder(target: Path, *, replace: bool = False, error: Kind = MorelliError) -> Iterator[Path]:
    """Give a new folder beside `target` to fill; when all went well it takes the target's place, else nothing is left.

    The place must be free or an empty folder; with `replace` a folder that stands there, which is for the caller to have looked at,
    is exchanged as a whole. Raises `error`.
    """
    if not replace:
        check_new_folder_place(target, error=error)
    place = _followed(target)
    aside, former = _aside(place, "part"), _aside(place, "old")
    with _failing_as(error, target, aside, _WAY_OUT), _parents_of(place):
        remove_stale(place.parent, f"{place.name[:_KEPT]}.")
        try:
            aside.mkdir()
            with _locked_folder(aside):
                yield aside
            if not (replace and place.exists()):
                with suppress(OSError):
                    place.rmdir()  # where it is an empty folder; a full one stays, and cannot be renamed to
                aside.rename(place)
            else:
                place.rename(former)
                try:
                    aside.rename(place)
                except BaseException:
                    former.rename(place)
                    raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
            if place.exists():
                shutil.rmtree(former, ignore_errors=True)


@contextmanager
def filling_folder(target: Path, *, error: Kind = MorelliError) -> Iterator[None]:
    """Make a new folder, or take an empty one, to be filled in place; what was put into it is removed again unless all went well."""
    check_new_folder_place(target, error=error)
    with _failing_as(error, target, target, _WAY_OUT), _parents_of(target / "x"):
        try:
            yield
        except BaseException:
            for entry in target.iterdir():
                shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink()
            raise


def nearest_folder(place: Path) -> Path:
    """Return the place itself where something is there, else the nearest folder above it that is."""
    return next(here for here in (place, *place.absolute().parents) if here.exists())


def lock(handle: int) -> bool | None:
    """Lock an open file or folder for as long as it is open; False where another holds it, None where files cannot be locked."""
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):  # ImportError: Windows, where files of dead writers are left alone
        return None
    return True


def remove_stale(folder: Path, beginning: str) -> None:
    """Remove what killed writers left of targets whose names begin so; their locks are gone. Young files stay, about to be locked."""
    name = "".join(f"[{c}]" if c in "*?[" else c for c in beginning)
    for path in folder.glob(f".{name}*.part"):
        with suppress(OSError):
            if time.time() - path.lstat().st_mtime < _STALE_SECONDS:
                continue
            handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
            try:
                if lock(handle):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            finally:
                os.close(handle)


def _aside(place: Path, ending: str) -> Path:
    """Return a name beside a place that no one else has; short, for a file's name has an end."""
    return place.with_name(f".{place.name[:_KEPT]}.{secrets.token_hex(4)}.{ending}")


def _mode(target: Path, error: Kind) -> int | None:
    """Return the mode of what stands at a place, links followed; None where nothing does."""
    try:
        return target.stat().st_mode
    except FileNotFoundError:
        return None
    except NotADirectoryError as err:
        raise error(f"{target}: cannot be written (a part of its path is a file); choose another place") from err
    except (OSError, ValueError) as err:  # a circle of links, a name too long, a NUL in it
        reason = err.strerror if isinstance(err, OSError) else str(err)
        raise error(f"{str(target)[:200]!r}: cannot be written ({reason}); choose another place") from err


def _followed(target: Path) -> Path:
    return Path(os.path.realpath(target))


def _try_folder(target: Path, folder: Path, error: Kind) -> None:
    """Raise unless a file can be made in a folder, or in the nearest one above it that is there: by making one."""
    folder = nearest_folder(folder)
    if not folder.is_dir():
        raise error(f"{target}: cannot be written ({folder} is a file); choose another place")
    trial = _aside(folder / "trial", "part")
    try:
        trial.touch(exist_ok=False)
    except OSError as err:
        raise error(f"{target}: cannot be written ({err.strerror}: {folder}); choose another place") from err
    finally:
        with suppress(OSError):
            trial.unlink()


@contextmanager
def _failing_as(error: Kind, target: Path, aside: Path, way_out: str) -> Iterator[None]:
    try:
        yield
    except OSError as err:
        other = "" if err.filename is None or str(err.filename).startswith(str(aside)) else f": {err.filename}"
        raise error(f"{target}: cannot be written ({err.strerror or err}{other}); {way_out}") from err


@contextmanager
def _parents_of(place: Path) -> Iterator[None]:
    """Make the folders that lead to a place; those that were missing are removed again where nothing came of it."""
    missing = [folder for folder in place.parents if not folder.exists()]
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        with suppress(OSError):  # someone else has put something there
            for folder in missing:
                folder.rmdir()
        raise


@contextmanager
def _locked_folder(folder: Path) -> Iterator[None]:
    if not hasattr(os, "O_DIRECTORY"):  # Windows
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        lock(handle)
        yield
    finally:
        os.close(handle)
