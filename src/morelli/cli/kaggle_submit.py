"""`morelli kaggle submit`: every pair of the competition, scored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from morelli.cli.options import LARGEST_SEED, MODEL_HELP, MOST_RESAMPLES, MOST_WORKERS, cache_folder, compiled_networks
from morelli.cli.progress import progress, remark


def command(
    model: Annotated[str, typer.Argument(metavar="MODEL", help=MODEL_HELP)],
    data: Annotated[
        Path, typer.Option(metavar="DIR", help="The competition's files, unpacked: submission_info.csv, test/.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE.csv", help="Where the submission goes.")],
    solution: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="What is true: a table index,sameArtist or all_data_info.csv; the latter is taken from DIR where it is there.",
        ),
    ] = None,
    resamples: Annotated[
        int, typer.Option(min=0, max=MOST_RESAMPLES, help="Resamples of artists for the intervals.")
    ] = 200,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Of the intervals.")] = 0,
    workers: Annotated[int, typer.Option(min=1, max=MOST_WORKERS, help="Threads that decode pictures.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score every pair of Kaggle's Painter by Numbers and write index,sameArtist; where the truth is known, say how good that is.

    sameArtist is the model's similarity, not a probability: the competition is judged by the order of the scores alone, and a calibrated
    probability, which is cut at both ends, would tie what the similarity still tells apart.

    An interrupted run goes on where it was: embeddings are kept in MORELLI_CACHE (the user's cache folder unless set).

    Example: morelli kaggle submit my-model --data painter-by-numbers/ --out submission.csv
    """
    from morelli.kaggle.submit import submit
    from morelli.kaggle.text import submitted_json, submitted_text
    from morelli.model.model import load

    done = submit(
        load(model, cache=compiled_networks()),
        data,
        out=out,
        cache=cache_folder() / "embeddings",
        solution=solution,
        resamples=resamples,
        seed=seed,
        workers=workers,
        stage=progress,
    )
    for error in done.skipped:
        remark(f"skipped {error}")
    print(submitted_json(done) if as_json else submitted_text(done))
