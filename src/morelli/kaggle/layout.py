"""The test pictures of the competition's folder, and the whole copies that take the place of broken ones."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from morelli.catalogue.kaggle_layout import REPLACEMENTS, list_files, replacements
from morelli.errors import KaggleError
from morelli.pictures.open import Limits

TEST = "test"
SUBMISSION_INFO = "submission_info.csv"
REPLACEMENTS_ZIP = f"{REPLACEMENTS[0]}.zip"


@dataclass(frozen=True)
class Pictures:
    """names: of the pictures, sorted; files: where each is opened, in their order; replaced: how many are whole copies."""

    names: tuple[str, ...]
    files: tuple[Path, ...]
    replaced: int


def unpacked(data: Path, name: str) -> Path:
    """Return a file or folder of the competition's. Raises KaggleError that says whether it must be unpacked or downloaded."""
    if not data.is_dir():
        raise KaggleError(f"{data}: no such folder; name the folder with {SUBMISSION_INFO} and {TEST}/")
    path = data / name
    if path.exists():
        return path
    archive = next((a for a in (f"{name}.zip", f"{Path(name).stem}.zip") if (data / a).is_file()), None)
    if archive is not None:
        raise KaggleError(f"{data}: {archive} is not unpacked; unpack it here, so that {path} is there")
    raise KaggleError(f"{data}: no {name}; download it from the competition's page and unpack it here")


@contextmanager
def find_test_pictures(data: Path) -> Iterator[Pictures]:
    """Give the test pictures of a folder.

    Whole copies come from the folder of replacements, else from its archive, read where it lies: it is often unpacked over the pictures
    themselves, and then the copies are the same. The files may be read until the block ends. Raises KaggleError.
    """
    folder = unpacked(data, TEST)
    if not folder.is_dir():
        raise KaggleError(f"{folder}: not a folder; unpack test.zip here")
    files = {name: folder / name for name in list_files(folder)}
    if not files:
        raise KaggleError(f"{folder}: no pictures in it; unpack test.zip into {data}")
    with TemporaryDirectory(prefix="morelli-") as temporary:
        copies = {name: data / path for (part, name), path in replacements(data).items() if part == TEST}
        loose = {name: data / path for (part, name), path in replacements(data).items() if not part and name in files}
        if not any((data / base).is_dir() for base in REPLACEMENTS) and (data / REPLACEMENTS_ZIP).is_file():
            copies = _from_archive(data / REPLACEMENTS_ZIP, Path(temporary))
        copies = {**loose, **copies}
        files.update(copies)
        names = tuple(sorted(files))
        yield Pictures(names, tuple(files[name] for name in names), len(copies))


def _from_archive(archive: Path, target: Path) -> dict[str, Path]:
    """Unpack the test pictures of the archive of replacements -> file name -> file. Raises KaggleError."""
    found: dict[str, Path] = {}
    try:
        with zipfile.ZipFile(archive) as pack:
            for member in pack.infolist():
                path = PurePosixPath(member.filename)
                if member.is_dir() or path.parent.name != TEST or "__MACOSX" in path.parts or path.name.startswith("."):
                    continue
                if member.file_size > Limits().file_bytes:
                    raise KaggleError(
                        f"{archive}: {member.filename} has {member.file_size:,} bytes; no picture is so large"
                    )
                file = target / path.name
                file.write_bytes(pack.read(member))
                found[path.name] = file
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as err:
        raise KaggleError(f"{archive}: cannot be unpacked ({err}); download it again") from err
    return found
