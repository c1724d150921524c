"""`morelli calibrate`: a trained model, calibrated on one's own pictures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from morelli.cli.options import LARGEST_SEED, MODEL_HELP, MOST_WORKERS
from morelli.cli.progress import progress, remark
from morelli.errors import ModelError
from morelli.files import check_new_folder_place


def command(
    model: Annotated[str, typer.Argument(metavar="MODEL", help=MODEL_HELP)],
    catalogue: Annotated[
        Path, typer.Argument(metavar="CATALOGUE", help="A folder per artist, a table, or the Kaggle layout.")
    ],
    out: Annotated[Path, typer.Option(metavar="MODEL2", help="Where the calibrated model goes.")],
    split: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Use only the calibration artists of this split.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Of the pairs and of the intervals.")] = 0,
    root: Annotated[Path | None, typer.Option(help="What a table's paths are relative to.")] = None,
    artist_column: Annotated[str | None, typer.Option(metavar="NAME", help="The table's column of artists.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    workers: Annotated[int, typer.Option(min=1, max=MOST_WORKERS, help="Threads that decode pictures.")] = 2,
) -> None:
    """Say whether a model can tell your artists apart, then calibrate it on their paintings.

    Ten artists with two paintings are the least. The network stays as it is; threshold, operating points and
    calibrations are made anew.

    Example: morelli calibrate my-model paintings/ --out our-model
    """
    from morelli.catalogue.catalogue import Catalogue
    from morelli.cli.options import read_split
    from morelli.model.model import load
    from morelli.model.recalibrate import look, recalibrate
    from morelli.report.told import told_document, told_text

    check_new_folder_place(out, error=ModelError)  # before the work, not after it
    loaded = load(model)
    paintings = Catalogue.read(catalogue, root=root, artist_column=artist_column)
    for line in paintings.remarks:
        remark(line)
    part = None if split is None else read_split(split, paintings).assign(paintings)
    with progress("looking at pictures") as tell:
        prospect = look(loaded, paintings, part=part, seed=seed, workers=workers, progress=tell, remark=remark)
    if not as_json:
        print(told_text(prospect), flush=True)
    for line in prospect.warnings():
        remark(f"warning: {line}")
    written = recalibrate(loaded, paintings, prospect, out=out, seed=seed)
    if as_json:
        print(
            json.dumps(
                told_document(prospect) | {"model": str(written.path), "id": written.id}, indent=1, ensure_ascii=False
            )
        )
    else:
        print(f"{written.path}: {loaded.name} {written.id}")
