"""Embeddings as a table on disk, and the pictures that go into it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.errors import ModelError, PictureError

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".gif", ".webp", ".tif", ".tiff", ".bmp"})
_CHUNK = 4096


def list_pictures(given: Sequence[Path]) -> list[Path]:
    """Return the pictures named and those inside the folders named, sorted inside each folder, hidden ones left out.

    Raises PictureError for a path that is not there and for a folder without pictures.
    """
    files: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = sorted(
                file
                for file in path.rglob("*")
                if file.suffix.lower() in SUFFIXES
                and file.is_file()
                and not any(p.startswith(".") for p in file.relative_to(path).parts)
            )
            if not inside:
                raise PictureError(f"{path}: no pictures in this folder (looked for {', '.join(sorted(SUFFIXES))})")
            files += inside
        elif path.exists():
            files.append(path)
        else:
            raise PictureError(f"{path}: no such file")
    return files


def write_embeddings(out: Path, files: Sequence[Path], embeddings: npt.NDArray[np.float32]) -> None:
    """Write `path, embedding` (a list of float32) as Parquet, or `path, e0, e1, ...` as CSV, aside and then renamed.

    files: n; embeddings: (n, d). Raises ModelError for another suffix or where it cannot be written.
    """
    if out.suffix not in (".parquet", ".csv"):
        raise ModelError(f"{out}: write embeddings to a file that ends in .parquet or .csv")
    import duckdb

    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=out.parent, suffix=".part")
    os.close(handle)
    width = embeddings.shape[1]
    try:
        with duckdb.connect() as db:
            db.execute(f"create table embeddings (place bigint, path varchar, embedding float[{width}])")
            for start in range(0, len(files), _CHUNK):
                part = embeddings[start : start + _CHUNK]
                paths = np.array([str(file) for file in files[start : start + _CHUNK]], dtype=object)
                columns = {f"e{i}": np.ascontiguousarray(column, dtype=np.float32) for i, column in enumerate(part.T)}
                db.register("chunk", {"place": np.arange(start, start + len(part)), "path": paths, **columns})
                db.execute(
                    f"insert into embeddings select place, path, [{', '.join(columns)}]::float[{width}] from chunk"
                )
                db.unregister("chunk")
            target = name.replace("'", "''")
            if out.suffix == ".parquet":
                db.execute(
                    f"copy (select path, embedding::float[] as embedding from embeddings order by place) to '{target}' (format parquet)"
                )
            else:
                single = ", ".join(f"embedding[{i + 1}] as e{i}" for i in range(width))
                db.execute(
                    f"copy (select path, {single} from embeddings order by place) to '{target}' (format csv, header true)"
                )
        Path(name).replace(out)
    except (duckdb.Error, OSError) as err:
        raise ModelError(
            f"{out}: cannot be written: {str(err).splitlines()[0]}; free space or choose another place"
        ) from err
    finally:
        Path(name).unlink(missing_ok=True)
