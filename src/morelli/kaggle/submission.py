"""Writing a submission: `index,sameArtist`, whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.errors import KaggleError
from morelli.kaggle.long_table import IntArray

_BYTES_A_ROW = 24  # an index of eight digits, a comma, a score of at most 14 characters, a line end


def check_target(out: Path, *, rows: int) -> None:
    """Raise KaggleError where a submission could not be written: before the work, not after it."""
    if out.suffix != ".csv":
        raise KaggleError(f"{out}: name a file that ends in .csv")
    if out.is_dir():
        raise KaggleError(f"{out}: is a folder; name a file")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(out.parent).free
    except OSError as err:
        raise KaggleError(f"{out}: cannot be written: {err.strerror or err}; choose another place") from err
    if not os.access(out.parent, os.W_OK):
        raise KaggleError(f"{out.parent}: no permission to write there; choose another place")
    if free < rows * _BYTES_A_ROW:
        raise KaggleError(
            f"{out}: {rows:,} rows take up to {rows * _BYTES_A_ROW / 1e9:.1f} GB, {free / 1e9:.1f} GB are free there; "
            "free space or choose another place"
        )


def write_submission(out: Path, index: IntArray, score: npt.NDArray[np.float32]) -> None:
    """Write indices (n,) and scores (n,) in the order given, every score as the shortest number that reads back as the same float32.

    Written aside, then renamed. Raises KaggleError where it cannot be written.
    """
    import duckdb

    aside = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with duckdb.connect() as db:
            columns = {
                "index": np.ascontiguousarray(index),
                "sameArtist": np.ascontiguousarray(score, dtype=np.float32),
            }
            db.execute("set enable_progress_bar = false")  # it would be drawn on standard output
            db.register("scores", columns)
            target = str(aside).replace("'", "''")
            db.execute(f"copy (select * from scores) to '{target}' (format csv, header true, use_tmp_file false)")
        aside.replace(out)
    except (duckdb.Error, OSError) as err:
        reason = str(err).splitlines()[0]
        raise KaggleError(f"{out}: cannot be written: {reason}; free space or choose another place") from err
    finally:
        aside.unlink(missing_ok=True)
