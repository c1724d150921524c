"""`morelli score`: a table of pairs, scored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from morelli.cli.options import check_prior
from morelli.cli.progress import progress, remark


def command(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model folder.")],
    pairs: Annotated[Path, typer.Argument(metavar="PAIRS.csv", help="A table with the columns image1 and image2.")],
    out: Annotated[Path, typer.Option(metavar="FILE.csv", help="Where the scores go.")],
    root: Annotated[Path, typer.Option(metavar="DIR", help="What the paths are relative to.")] = Path(),
    prior: Annotated[float, typer.Option(help="Probability of one artist before looking.", callback=check_prior)] = 0.5,
    negatives: Annotated[
        Literal["style-matched", "random"] | None,
        typer.Option(help="The other explanation; the harder one unless given."),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Threads that decode pictures.")] = 2,
) -> None:
    """Similarity and probability of every pair of a table; one row per row, in the same order, other columns carried through.

    Example: morelli score my-model pairs.csv --root pictures/ --out scores.csv
    """
    from morelli.model.model import load
    from morelli.model.score import score_table

    with progress("embedding") as tell:
        scored = score_table(
            load(model), pairs, root=root, out=out, prior=prior, negatives=negatives, workers=workers, progress=tell
        )
    for error in scored.skipped:
        remark(f"skipped {error}")
    print(
        f"{out}: {scored.rows:,} pairs of {scored.pictures:,} pictures"
        + (f", {len(scored.skipped)} pictures skipped" if scored.skipped else "")
    )
