"""Before the first row: an early no where the end would fail, for a table takes hours or days."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import MorelliError, PairsError
from morelli.files import check_folder_place
from morelli.model.calibrate import artist_names
from morelli.model.folder import open_model_folder
from morelli.protocol.evaluation_pairs import GROUP_PARTS, draw_evaluation_pairs
from morelli.protocol.intervals import LEAST_ARTISTS
from morelli.study.table.judged import judged_negatives
from morelli.study.table.rows import ROWS, row_folder
from morelli.systems.system import System
from morelli.training.checks import check_before, count_with_a_pair
from morelli.training.run import Parts, Run

LEAST_UNSEEN = LEAST_ARTISTS  # with two paintings; fewer give no interval
FEW_UNSEEN = 30
FILES = ("table.md", "table.csv", "table.json", "table.html", "learning-curves.svg", "split.json")


def check_table_place(out: Path) -> None:
    """Raise MorelliError unless a table may stand here: a free place, an empty folder or an older table's folder."""
    check_folder_place(out)
    if not out.is_dir():
        return
    foreign = sorted(
        one.name for one in out.iterdir() if one.name not in (*FILES, ROWS) and not one.name.startswith(".")
    )
    if foreign:
        few = ", ".join(foreign[:3]) + (", ..." if len(foreign) > 3 else "")
        raise MorelliError(f"{out}: holds other files ({few}); give an empty or a new folder for the table")


def check_models(models: Sequence[Path], systems: Sequence[System]) -> list[str]:
    """Raise ModelError for a folder that is no whole model; return a remark for each that no row of the table could use."""
    names = [system.name for system in systems]
    said = []
    for place in models:
        name = open_model_folder(place).description.system["name"]
        if name not in names:
            said.append(f"{place}: not used: it is a model of {name}, of which the table has no row")
    return said


def check_table(systems: Sequence[System], catalogue: Catalogue, part: Parts, *, out: Path, run: Run) -> list[str]:
    """Raise where the table could not be made in the end; return remarks. Opens no picture. Raises MorelliError."""
    names = [system.name for system in systems]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise MorelliError(f"two systems are called {twice[0]!r}; a table has one row each: give one another name")
    check_table_place(out)
    artist = artist_names(catalogue)
    remarks = []
    for group, where in GROUP_PARTS.items():
        count = count_with_a_pair(artist, np.flatnonzero(part == where))
        least = LEAST_UNSEEN if group == "unseen" else 2
        if count < least:
            way_out = (
                "trained artists keep a painting for it from eight paintings on: split a catalogue with more of them"
                if group == "seen"
                else "split again with a larger share for it"
            )
            raise PairsError(
                f"{catalogue.place}: {count} {group} artists with two paintings (part {where!r}); {least} are the least that a table can "
                f"be made of, {FEW_UNSEEN} and more are wanted; {way_out}"
            )
        if count < FEW_UNSEEN:
            remarks.append(f"{count} {group} artists with two paintings are few: the intervals will be wide")
    kinds = judged_negatives(catalogue, part)
    if "style-matched" not in kinds:
        remarks.append(
            "no style-matched pairs, random ones only: they need two styles, one of them of two artists, among the seen and among the "
            "unseen paintings; fill the column 'style' where it is empty, or split again with a larger share for the test"
        )
    try:
        draw_evaluation_pairs(artist, catalogue.get("style"), part, negatives=kinds, per_artist=1)
    except PairsError as err:
        raise PairsError(f"{catalogue.place}: {err}; split again with a larger share for the test") from err
    for system in systems:
        folder = row_folder(out, system, catalogue, part, seed=run.seed)
        check_before(system, catalogue, part, out=folder / "model", run=run, replace=True)
    return remarks
