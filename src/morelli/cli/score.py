"""`morelli score`: a table of pairs, scored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from morelli.cli.options import MODEL_HELP, MOST_WORKERS, check_prior, compiled_networks
from morelli.cli.progress import progress, remark


def command(
    model: Annotated[str, typer.Argument(metavar="MODEL", help=MODEL_HELP)],
    pairs: Annotated[Path, typer.Argument(metavar="PAIRS.csv", help="A table with the columns image1 and image2.")],
    out: Annotated[Path, typer.Option(metavar="FILE.csv", help="Where the scores go.")],
    root: Annotated[Path, typer.Option(metavar="DIR", help="What the paths are relative to.")] = Path(),
    prior: Annotated[float, typer.Option(help="Probability of one artist before looking.", callback=check_prior)] = 0.5,
    negatives: Annotated[
        Literal["style-matched", "random"] | None,
        typer.Option(help="The other explanation; the harder one unless given."),
    ] = None,
    operating_point: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Decide at this point: balanced, fpr=1%, and so on ('morelli card MODEL' lists them). Adds the columns decision and "
            "warnings, for nothing is decided of flat pictures, nor against one hand where two files show the same picture.",
        ),
    ] = None,
    warnings: Annotated[
        bool,
        typer.Option(
            "--warnings",
            help="Add a column with what compare would warn of: frames, walls, heavy JPEG, no colours, the same picture twice, and so on. "
            "Sentences stand between ' | '. It takes about 10 ms more a picture, and 5 ms a pair.",
        ),
    ] = False,
    workers: Annotated[int, typer.Option(min=1, max=MOST_WORKERS, help="Threads that decode pictures.")] = 2,
) -> None:
    """Similarity and probability of every pair of a table; every row is written as it stands, in the same order, with the two after it.

    The table is CSV in UTF-8 with a header, commas and double quotes. Paths are relative to --root. A pair with a picture that
    cannot be used gets no score. Pictures outside the range of the training data are counted where the model tells; of all else that
    makes a score doubtful nothing is said without --warnings.

    Example: morelli score my-model pairs.csv --root pictures/ --out scores.csv
    """
    from morelli.model.model import load
    from morelli.model.score import check_scores_place, score_table
    from morelli.printable import printable
    from morelli.verdict.warnings import beyond
    from morelli.verdict.watch import Watch

    check_scores_place(out, table=pairs)  # before the model is loaded and pictures are opened
    loaded = load(model, cache=compiled_networks())
    with progress("embedding") as tell, progress("scoring") as tell_rows:
        scored = score_table(
            loaded,
            pairs,
            root=root,
            out=out,
            prior=prior,
            negatives=negatives,
            operating_point=operating_point,
            workers=workers,
            watch=Watch(loaded.view, loaded.known_range, loaded.trained_on)
            if warnings or operating_point is not None
            else None,
            progress=tell,
            progress_rows=tell_rows,
        )
    for error in scored.skipped:
        remark(f"skipped {error}")
    if loaded.known_range is None:
        remark("the model does not tell which pictures are outside the range of its training data")
    if scored.outside:
        named = ", ".join(printable(str(path)) for path in scored.outside[:3])
        known = loaded.known_range
        assert known is not None
        remark(
            f"{len(scored.outside):,} of {scored.pictures:,} pictures are {beyond(known)}"
            f"{', such as' if len(scored.outside) > 3 else ':'} {named}"
        )
    print(
        f"{out}: {scored.rows:,} pairs of {scored.pictures:,} pictures"
        + (
            f"; {len(scored.skipped):,} pictures skipped, {scored.empty:,} pairs without a score"
            if scored.skipped
            else ""
        )
    )
