"""Making the table: row after row, each kept as soon as it is there, the files written anew after each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import MorelliError
from morelli.files import write_file
from morelli.protocol.counted import RESAMPLES
from morelli.protocol.pairs import PER_ARTIST
from morelli.study.table.checks import check_models, check_table
from morelli.study.table.curves import course, learning_file
from morelli.study.table.document import table_csv, table_json
from morelli.study.table.judged import Judge
from morelli.study.table.markdown import table_markdown
from morelli.study.table.page import table_page
from morelli.study.table.reference import untrained_cosine
from morelli.study.table.reuse import Data
from morelli.study.table.rows import Row, obtain_row, what_lacks_weights
from morelli.study.table.scored import ScoredRow, judged_rows, score_row
from morelli.study.table.table import Table, tabulate
from morelli.systems.system import System
from morelli.training.backbones.weights import read_weights
from morelli.training.run import Parts, Run

LEARNING = "learning-curves.svg"


def make_table(
    systems: Sequence[System],
    catalogue: Catalogue,
    part: Parts,
    *,
    out: Path,
    run: Run,
    budgets: Mapping[str, float] | None = None,
    models: Sequence[Path] = (),
    resamples: int = RESAMPLES,
    against: str | None = None,
) -> Table:
    """Train what is not yet trained, judge all on the same pairs, write `table.md`, `.csv`, `.json`, `.html` and the curves into `out`.

    part (n,): as `Split.assign` returns it. run: how rows are trained (its folder is not used; its budget is that of rows without one
    in `budgets`, seconds by system). models: model folders from elsewhere that may stand for rows. A row whose weights cannot be had or
    that fails says so and the rest goes on. against: the row that all others are compared with, pair by pair. What was done is taken
    up again by the same call. Raises MorelliError where nothing could be made in the end.
    """
    remarks = check_table(systems, catalogue, part, out=out, run=replace(run, folder=out))
    for name, file in run.weights.items():  # what was given and is none stops the table before its first row
        read_weights(file, backbone=name)
    for text in (*remarks, *check_models(models, systems), *what_lacks_weights(systems, run)):
        run.remark(text)
    reference = untrained_cosine(systems, catalogue, judged_rows(part), run=run)
    before = _earlier_reference(out)
    if before not in (None, reference.what):
        remarks = [
            *remarks,
            f"The untrained cosine is of other features than in the table that stood here before: {before}.",
        ]
        run.remark(remarks[-1])
    data = Data(catalogue, part)
    judge = Judge(catalogue=catalogue, part=part, seed=run.seed, resamples=resamples)
    rows = [Row(system=system, state="not run", why="its turn has not come yet") for system in systems]
    scored: list[ScoredRow] = []
    for place, system in enumerate(systems):
        own = replace(run, budget=(budgets or {}).get(system.name, run.budget))
        row = obtain_row(system, data, out=out, given=models, run=own)
        if row.state == "done":
            try:
                scored.append(score_row(row, catalogue, part, run=own))
            except MorelliError as err:
                run.remark(f"{system.name}: failed: {err}")
                row = Row(system=system, state="failed", why=str(err))
        rows[place] = row
        table = tabulate(
            list(rows),
            judge.judge(scored, reference),
            facts=_facts(catalogue, part, run=run, resamples=resamples),
            remarks=remarks,
            against=against,
        )
        write_table(table, out)
    if against is not None and table.find(against) is None:
        run.remark(f"{against}: not run, so that nothing is compared with it")
    return table


def _earlier_reference(out: Path) -> str | None:
    """Return what the untrained cosine of a table that stands here is of; None where there is no table, or none of ours."""
    try:
        found = json.loads((out / "table.json").read_bytes())["untrained_cosine"]["of"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None


def write_table(table: Table, out: Path) -> None:
    """Write the table's files, each whole or not at all. Raises MorelliError."""
    courses = [course(row.name, row.scored.history) for row in table.judged.rows if row.scored.history]
    files: dict[str, bytes | str] = {
        "table.md": table_markdown(table, curves=LEARNING if courses else None),
        "table.csv": table_csv(table),
        "table.json": table_json(table),
        "table.html": table_page(table, courses),
    }
    if courses:
        files[LEARNING] = learning_file(courses)
    for name, content in files.items():
        # File names that are no UTF-8 come as lone surrogates: written as \udcxx, which in JSON is the character itself.
        data = content.encode("utf-8", errors="backslashreplace") if isinstance(content, str) else content
        write_file(out / name, data)


def _facts(catalogue: Catalogue, part: Parts, *, run: Run, resamples: int) -> dict[str, str]:
    counted = {
        name: f"{int((part == name).sum()):,} paintings by {len(set(catalogue.artist[part == name].tolist())):,} artists"
        for name in ("train", "validation", "calibration", "test-seen", "test")
        if (part == name).any()
    }
    return {
        "catalogue": catalogue.root.name,
        **counted,
        "pairs": f"balanced, at most {PER_ARTIST} positives an artist; the same for every system",
        "intervals": f"95 %, {resamples:,} resamples over artists, the seen and the unseen each by themselves",
        "seed": str(run.seed),
    }
