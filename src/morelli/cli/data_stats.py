"""`morelli data stats`: a catalogue in figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from morelli.cli.options import only_rows
from morelli.cli.progress import remark


def command(
    catalogue: Annotated[
        Path, typer.Argument(metavar="CATALOGUE", help="A folder per artist, a table, or the Kaggle layout.")
    ],
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where tables and figures go.")] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="Take these rows alone; again for more conditions.")
    ] = None,
    root: Annotated[Path | None, typer.Option(metavar="DIR", help="What a table's paths are relative to.")] = None,
    artist_column: Annotated[str | None, typer.Option(metavar="NAME", help="The table's column of artists.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Paintings per artist and per style: a table, and with --out two figures.

    Example: morelli data stats paintings.csv --out stats
    """
    from morelli.catalogue.catalogue import Catalogue
    from morelli.catalogue.statistics import describe
    from morelli.report.catalogue_report import (
        check_catalogue_report_place,
        stats_json,
        stats_text,
        write_catalogue_report,
    )

    if out is not None:
        check_catalogue_report_place(out)
    name = catalogue.name or str(catalogue)
    read = only_rows(Catalogue.read(catalogue, root=root, artist_column=artist_column), only)
    for line in read.remarks:
        remark(line)
    statistics = describe(read)
    print(stats_json(statistics, name=name) if as_json else stats_text(statistics), end="" if as_json else "\n")
    if out is not None:
        files = write_catalogue_report(statistics, out, name=name)
        remark(f"wrote {', '.join(file.name for file in files)} into {out}")
