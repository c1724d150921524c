"""Embeddings as a table on disk, and the pictures that go into it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from morelli.catalogue.database import writing_by_duckdb
from morelli.catalogue.folders import PICTURE_SUFFIXES
from morelli.errors import ModelError, PictureError
from morelli.files import check_file_place, check_unicode_place

if TYPE_CHECKING:
    import duckdb

_CHUNK = 4096


def list_pictures(given: Sequence[Path]) -> list[Path]:
    """Return the pictures named and those inside the folders named, sorted inside each folder, hidden ones left out.

    What bears a picture's name and is none, such as a link that leads nowhere, is returned too: opening it will say what is wrong.
    Raises PictureError for a path that is not there and for a folder without pictures.
    """
    files: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = sorted(
                file
                for file in path.rglob("*")
                if file.suffix.lower() in PICTURE_SUFFIXES
                and not any(p.startswith(".") for p in file.relative_to(path).parts)
            )
            if not inside:
                raise PictureError(f"{path}: no pictures in this folder (looked for {', '.join(PICTURE_SUFFIXES)})")
            files += inside
        elif path.exists() or path.is_symlink():
            files.append(path)
        else:
            raise PictureError(f"{path}: no such file")
    return files


def check_table_place(out: Path) -> None:
    """Raise ModelError unless embeddings can be written here: a file that ends in .parquet or .csv."""
    if out.suffix.lower() not in (".parquet", ".csv"):
        raise ModelError(f"{out}: write embeddings to a file that ends in .parquet or .csv")
    check_unicode_place(out, error=ModelError)
    check_file_place(out, error=ModelError)


def write_embeddings(out: Path, files: Sequence[Path], embeddings: npt.NDArray[np.float32]) -> None:
    """Write `path, embedding` (a list of float32) as Parquet, or `path, e0, e1, ...` as CSV, whole or not at all.

    files: n; embeddings: (n, d). Raises ModelError for another suffix or where it cannot be written.
    """
    check_table_place(out)
    with writing_by_duckdb(out, error=ModelError) as (db, aside):
        _fill(db, files, embeddings)
        db.execute(_copy(aside, embeddings.shape[1], csv=out.suffix.lower() == ".csv"))


def _fill(db: duckdb.DuckDBPyConnection, files: Sequence[Path], embeddings: npt.NDArray[np.float32]) -> None:
    width = embeddings.shape[1]
    db.execute(f"create table embeddings (place bigint, path varchar, embedding float[{width}])")
    for start in range(0, len(files), _CHUNK):
        part = embeddings[start : start + _CHUNK]
        paths = np.array([_text(file) for file in files[start : start + _CHUNK]], dtype=object)
        columns = {f"e{i}": np.ascontiguousarray(column, dtype=np.float32) for i, column in enumerate(part.T)}
        db.register("chunk", {"place": np.arange(start, start + len(part)), "path": paths, **columns})
        db.execute(f"insert into embeddings select place, path, [{', '.join(columns)}]::float[{width}] from chunk")
        db.unregister("chunk")


def _copy(aside: str, width: int, *, csv: bool) -> str:
    if csv:
        values = ", ".join(f"embedding[{i + 1}] as e{i}" for i in range(width))
        kind = "format csv, header true"
    else:
        values, kind = "embedding::float[] as embedding", "format parquet"
    return f"copy (select path, {values} from embeddings order by place) to {aside} ({kind}, use_tmp_file false)"


def _text(file: Path) -> str:
    r"""Return a path as text; bytes of its name that are no Unicode as \udcxx, for tables hold only Unicode."""
    return str(file).encode(errors="backslashreplace").decode()
