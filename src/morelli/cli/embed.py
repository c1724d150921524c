"""`morelli embed`: pictures to a table of embeddings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from morelli.cli.options import MODEL_HELP, MOST_WORKERS, compiled_networks
from morelli.cli.progress import progress, remark
from morelli.errors import PictureError


def command(
    model: Annotated[str, typer.Argument(metavar="MODEL", help=MODEL_HELP)],
    pictures: Annotated[list[Path], typer.Argument(metavar="PICTURES", help="Pictures, or folders of pictures.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="A .parquet or .csv file.")],
    workers: Annotated[int, typer.Option(min=1, max=MOST_WORKERS, help="Threads that decode pictures.")] = 2,
) -> None:
    """Embeddings of pictures, as a table: path, embedding. Compare them by their cosine: their length says how odd a picture is.

    Example: morelli embed my-model paintings/ --out embeddings.parquet
    """
    from morelli.model.embedding_table import check_table_place, list_pictures, write_embeddings
    from morelli.model.model import load

    check_table_place(out)  # before the work, not after it
    files = list_pictures(pictures)
    loaded = load(model, cache=compiled_networks())
    with progress("embedding") as tell:
        embedded = loaded.embed(files, workers=workers, progress=tell)
    for _, error in embedded.skipped:
        remark(f"skipped {error}")
    usable = embedded.usable
    if not usable.any():
        raise PictureError(f"{out}: nothing was written: none of {len(files):,} pictures can be used")
    write_embeddings(out, [file for file, fine in zip(files, usable, strict=True) if fine], embedded.embeddings[usable])
    print(f"{out}: {int(usable.sum()):,} embeddings of {loaded.width} values, {len(embedded.skipped)} pictures skipped")
