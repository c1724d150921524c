"""`morelli data studio`: made-up painters."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from morelli.cli.options import LARGEST_SEED, MOST_WORKERS
from morelli.cli.progress import progress, remark

_ROWS, _COLUMNS = 16, 10


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the paintings go: a new or an empty folder.")],
    painters: Annotated[int, typer.Option(min=1, max=10_000, help="How many painters.")] = 60,
    paintings: Annotated[int, typer.Option(min=1, max=10_000, help="How many paintings by each.")] = 20,
    size: Annotated[int, typer.Option(min=32, max=2048, help="Side of a painting, pixels.")] = 256,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Every draw follows from it.")] = 0,
    styles: Annotated[int | None, typer.Option(min=1, max=8, help="How many style families; all unless given.")] = None,
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also a labelled contact sheet, .png or .jpg.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=MOST_WORKERS, help="Threads that paint.")] = 2,
) -> None:
    """Paintings by made-up painters, a folder for each, and `paintings.csv`: for tests, demos and teaching.

    The same seed gives the same paintings. What is painted does not depend on who paints it.

    Example: morelli data studio studio/ --painters 6 --paintings 8 --sheet studio.jpg
    """
    from morelli.studio import Studio, write_studio
    from morelli.studio.contact_sheet import check_sheet_place, write_contact_sheet
    from morelli.studio.families import FAMILIES

    if sheet is not None:
        check_sheet_place(sheet)  # before an hour of painting, not after
    studio = Studio(seed, painters, FAMILIES[:styles])
    with progress("painting") as tell:
        catalogue = write_studio(folder, studio, paintings, size=size, progress=tell, workers=workers)
    families = len(set(catalogue.get("style")))
    who = f"{painters:,} painters of {families} style{'s' * (families > 1)}"
    print(f"{folder}: {len(catalogue):,} paintings by {who}, {size} px")
    if sheet is not None:
        rows, columns = min(painters, _ROWS), min(paintings, _COLUMNS)
        write_contact_sheet(sheet, studio, rows, columns)
        if (rows, columns) != (painters, paintings):
            remark(f"{sheet}: the first {rows} painters, {columns} paintings each")
