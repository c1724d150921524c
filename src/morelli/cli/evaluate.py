"""`morelli evaluate`: a model, judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from morelli.cli.options import (
    LARGEST_SEED,
    MODEL_HELP,
    MOST_RESAMPLES,
    MOST_WORKERS,
    compiled_networks,
    only_rows,
    read_split,
)
from morelli.cli.progress import progress, remark


def command(
    model: Annotated[str, typer.Argument(metavar="MODEL", help=MODEL_HELP)],
    catalogue: Annotated[
        Path, typer.Argument(metavar="CATALOGUE", help="A folder per artist, a table, or the Kaggle layout.")
    ],
    out: Annotated[Path, typer.Option(metavar="REPORT", help="Where the report goes.")],
    split: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The split it was trained with; else one is made with --seed.")
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=LARGEST_SEED, help="Of the pairs, of the intervals, and of a split that is made.")
    ] = 0,
    resamples: Annotated[
        int, typer.Option(min=0, max=MOST_RESAMPLES, help="Resamples of artists for the intervals.")
    ] = 1000,
    artist_column: Annotated[str | None, typer.Option(metavar="NAME", help="The table's column of artists.")] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="Take these rows alone; again for more conditions.")
    ] = None,
    root: Annotated[Path | None, typer.Option(help="What a table's paths are relative to.")] = None,
    scores: Annotated[bool, typer.Option("--scores", help="Write the similarity of every pair too.")] = False,
    card: Annotated[bool, typer.Option("--card", help="Write the figures into the model's card too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    workers: Annotated[int, typer.Option(min=1, max=MOST_WORKERS, help="Threads that decode pictures.")] = 2,
) -> None:
    """Judge a model on artists it has not seen: tables, curves, a page.

    Example: morelli evaluate my-model paintings/ --split split.json --out report/
    """
    from morelli.catalogue.catalogue import Catalogue
    from morelli.model.card import check_card_place, record_figures
    from morelli.model.evaluate import evaluate
    from morelli.model.model import load
    from morelli.report.document import document_text
    from morelli.report.terminal import card_lines, evaluation_text
    from morelli.report.write import check_target, write_report

    check_target(out)  # before the work, not after it
    loaded = load(model, cache=compiled_networks())
    if card:
        check_card_place(loaded)
    paintings = only_rows(Catalogue.read(catalogue, root=root, artist_column=artist_column), only)
    part = read_split(split, paintings, seed=seed).assign(paintings)
    with progress("embedding") as tell:
        evaluation = evaluate(
            loaded, paintings, part, seed=seed, resamples=resamples, workers=workers, progress=tell, remark=remark
        )
    if card:
        written = record_figures(
            loaded, card_lines(evaluation, split="made with --seed" if split is None else split.name)
        )
        evaluation = replace(evaluation, model_id=written.id)
        remark(f"card: {written.path / 'card.md'}; the model is {written.id} now")
    write_report(evaluation, out, scores="write" if scores else "omit")
    print(document_text(evaluation) if as_json else evaluation_text(evaluation))
    remark(f"report: {out / 'report.html'}")
