"""`morelli evaluate`: a model, judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:
    from morelli.protocol.evaluation import Evaluation


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
    score: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Judge by this score of the model: alone, say; else the one it answers with."
        ),
    ] = None,
    card: Annotated[
        bool, typer.Option("--card", help="Write the figures of every score into the model's card too.")
    ] = False,
    note: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="With --card: a sentence on where the model fails; again for more."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    workers: Annotated[int, typer.Option(min=1, max=MOST_WORKERS, help="Threads that decode pictures.")] = 2,
) -> None:
    """Judge a model on artists it has not seen: tables, curves, a page.

    Example: morelli evaluate my-model paintings/ --split split.json --out report/
    """
    from morelli.catalogue.catalogue import Catalogue
    from morelli.model.card import check_card_place, record_figures, scores_lines
    from morelli.model.evaluate import evaluate
    from morelli.model.model import load
    from morelli.report.document import document_text
    from morelli.report.terminal import card_lines, evaluation_text
    from morelli.report.write import check_target, write_report

    if note and not card:
        raise typer.BadParameter("--note is for the card: give --card too")
    check_target(out)  # before the work, not after it
    loaded = load(model, cache=compiled_networks())
    if card:
        check_card_place(loaded)
    paintings = only_rows(Catalogue.read(catalogue, root=root, artist_column=artist_column), only)
    part = read_split(split, paintings, seed=seed).assign(paintings)

    def judged(name: str | None) -> Evaluation:
        with progress("embedding") as tell:
            return evaluate(
                loaded,
                paintings,
                part,
                score=name,
                seed=seed,
                resamples=resamples,
                workers=workers,
                progress=tell,
                remark=remark,
            )

    evaluation = judged(score)
    if card:
        by_score = {
            name: evaluation if name == (score or next(iter(loaded.comparisons))) else judged(name)
            for name in loaded.comparisons
        }
        where = "made with --seed" if split is None else split.name
        written = record_figures(
            loaded,
            scores_lines({name: card_lines(one, split=where) for name, one in by_score.items()}),
            notes=note or (),
        )
        evaluation = replace(evaluation, model_id=written.id)
        remark(f"card: {written.path / 'card.md'}; the model is {written.id} now")
    write_report(evaluation, out, scores="write" if scores else "omit")
    print(document_text(evaluation) if as_json else evaluation_text(evaluation))
    remark(f"report: {out / 'report.html'}")
