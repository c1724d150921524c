"""Writing a submission: `index,sameArtist`, whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.catalogue.database import writing_by_duckdb
from morelli.errors import KaggleError
from morelli.files import check_file_place, check_unicode_place, nearest_folder
from morelli.kaggle.long_table import IntArray

_BYTES_A_ROW = 24  # an index of eight digits, a comma, a score of at most 14 characters, a line end


def check_target(out: Path, *, rows: int, read: Iterable[Path | None] = ()) -> None:
    """Raise KaggleError where a submission could not be written: before the work, not after it. read: files that it is made from."""
    if out.suffix != ".csv":
        raise KaggleError(f"{out}: name a file that ends in .csv")
    check_unicode_place(out, error=KaggleError)
    check_file_place(out, error=KaggleError, read=read)
    free = shutil.disk_usage(nearest_folder(out)).free
    if free < rows * _BYTES_A_ROW:
        raise KaggleError(
            f"{out}: {rows:,} rows take up to {_size(rows * _BYTES_A_ROW)}, {_size(free)} are free there; "
            "free space or choose another place"
        )


def _size(count: int) -> str:
    """Return a number of bytes in words.

    >>> _size(27_768), _size(526_000_000)
    ('27.8 KB', '0.53 GB')
    """
    return f"{count / 1e9:.2f} GB" if count >= 1e8 else f"{count / 1e3:,.1f} KB"


def write_submission(out: Path, index: IntArray, score: npt.NDArray[np.float32]) -> None:
    """Write indices (n,) and scores (n,) in the order given, every score as the shortest number that reads back as the same float32.

    Whole or not at all. Raises KaggleError where it cannot be written.
    """
    columns = {"index": np.ascontiguousarray(index), "sameArtist": np.ascontiguousarray(score, dtype=np.float32)}
    with writing_by_duckdb(out, error=KaggleError) as (db, aside):
        db.register("scores", columns)
        db.execute(f"copy (select * from scores) to {aside} (format csv, header true, use_tmp_file false)")
