"""Scoring a table of pairs: CSV in, CSV out, one row per row, in the same order."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from morelli.errors import PairsError, PictureError
from morelli.model.model import Model
from morelli.protocol.calibration import probability

ADDED = ("similarity", "probability")


@dataclass(frozen=True)
class Scored:
    """What was done: rows written, pictures embedded, pictures that could not be used (their rows have empty values)."""

    rows: int
    pictures: int
    skipped: tuple[PictureError, ...]


def score_table(
    model: Model,
    table: Path,
    *,
    root: Path,
    out: Path,
    prior: float = 0.5,
    negatives: str | None = None,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> Scored:
    """Read `image1`, `image2` (paths under root), write them and all other columns with `similarity` and `probability`.

    A row with a picture that cannot be used gets empty values. probability: at the prior, against these negatives; None: the
    harder ones that the model is calibrated for. Raises PairsError for a table that cannot be used or written, or none of whose
    pictures can be opened.
    """
    import duckdb

    kind = model.headline if negatives is None else negatives
    calibration = model.decision.calibration(
        kind
    )  # a model that is not calibrated is refused before anything is embedded
    with duckdb.connect() as db:
        try:
            db.execute(
                "create table pairs as select row_number() over () - 1 as morelli_row, * from "
                "read_csv(?, all_varchar = true, header = true, null_padding = false, parallel = false)",
                [str(table)],
            )
        except duckdb.Error as err:
            raise PairsError(f"{table}: cannot read this table: {str(err).splitlines()[0]}") from err
        columns = [name for name, *_ in db.execute("describe pairs").fetchall()][1:]
        for needed in ("image1", "image2"):
            if needed not in columns:
                raise PairsError(
                    f"{table}: no column {needed!r} (found: {', '.join(columns)}); name the pictures image1 and image2"
                )
        if clash := [name for name in ADDED if name in columns]:
            raise PairsError(f"{table}: has a column {clash[0]!r} already, which is what is to be added; rename it")
        empty = db.execute(
            "select morelli_row from pairs where coalesce(image1, '') = '' or coalesce(image2, '') = '' limit 1"
        ).fetchone()
        if empty is not None:
            raise PairsError(f"{table}, line {empty[0] + 2}: image1 or image2 is empty")
        db.execute(
            "create table names as select name, row_number() over (order by name) - 1 as place from "
            "(select image1 as name from pairs union select image2 from pairs)"
        )
        names = [name for (name,) in db.execute("select name from names order by place").fetchall()]
        if not names:
            raise PairsError(f"{table}: holds no pairs")
        embedded = model.embed([_inside(root, name, table) for name in names], workers=workers, progress=progress)
        if not embedded.usable.any():
            raise PairsError(
                f"{table}: none of its {len(names)} pictures can be used; the first: {embedded.skipped[0][1]}; is --root right?"
            )
        places = db.execute(
            "select a.place as first, b.place as second from pairs join names a on a.name = image1 "
            "join names b on b.name = image2 order by morelli_row"
        ).fetchnumpy()
        similarity = (
            model.comparison.over(embedded.embeddings).rows(places["first"], places["second"]).astype(np.float64)
        )
        usable = np.isfinite(similarity)
        chance = np.full(len(similarity), np.nan)
        chance[usable] = probability(calibration.llr(similarity[usable]), prior=prior)
        db.register(
            "scores", {"morelli_row": np.arange(len(similarity)), "similarity": similarity, "probability": chance}
        )
        carried = ", ".join(f'pairs."{name.replace(chr(34), chr(34) * 2)}"' for name in columns)
        query = (
            f"select {carried}, case when isnan(similarity) then null else similarity end as similarity, "
            "case when isnan(probability) then null else round(probability, 6) end as probability "
            "from pairs join scores using (morelli_row) order by morelli_row"
        )
        _write_csv(db, query, out)
    return Scored(len(similarity), int(embedded.usable.sum()), tuple(error for _, error in embedded.skipped))


def _inside(root: Path, name: str, table: Path) -> Path:
    path = root / name
    if not path.resolve().is_relative_to(root.resolve()):
        raise PairsError(f"{table}: {name!r} is outside {root}; paths are relative to --root and may not leave it")
    return path


def _write_csv(db: object, query: str, out: Path) -> None:
    import duckdb

    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=out.parent, suffix=".part")
    os.close(handle)
    try:
        db.execute(f"copy ({query}) to '{name.replace(chr(39), chr(39) * 2)}' (format csv, header true)")  # type: ignore[attr-defined]
        Path(name).replace(out)
    except (duckdb.Error, OSError) as err:
        raise PairsError(
            f"{out}: cannot be written: {str(err).splitlines()[0]}; free space or choose another place"
        ) from err
    finally:
        Path(name).unlink(missing_ok=True)
