"""`morelli data audit`: what is wrong with the files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from morelli.cli.options import MOST_WORKERS
from morelli.cli.progress import progress, remark
from morelli.errors import SplitError

if TYPE_CHECKING:
    from morelli.catalogue.catalogue import Catalogue
    from morelli.protocol.split import Split


def command(
    catalogue: Annotated[
        Path, typer.Argument(metavar="CATALOGUE", help="A folder per artist, a table, the Kaggle files.")
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write audit.md, audit.json and cleaned.csv there.")
    ] = None,
    split: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also look for duplicates across this split's parts.")
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="What a table's paths are relative to; its own folder unless given."),
    ] = None,
    artist_column: Annotated[
        str | None, typer.Option(metavar="NAME", help="The table's column with the artist, if it has another name.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=MOST_WORKERS, help="Threads; one a processor unless given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Open every picture and say what is wrong: unreadable files, duplicates, one picture under two artists, blanks.

    Example: morelli data audit paintings/ --out audit/
    """
    from morelli.catalogue.audit import audit
    from morelli.catalogue.audit_text import check_audit_place, summarise, write_audit
    from morelli.catalogue.catalogue import Catalogue
    from morelli.cli.options import read_split

    if out is not None:
        check_audit_place(out)  # before every picture is opened
    read = Catalogue.read(catalogue, root=root, artist_column=artist_column)
    for line in read.remarks:
        remark(line)
    parts = None
    if split is not None:
        chosen = read_split(split, read)
        parts = dict(zip(read.path, chosen.assign(read, unknown="set-aside"), strict=True))
        _tell_strangers(chosen, read, split)
    with progress("looking at pictures") as tell:
        found = audit(read, workers=workers or os.cpu_count() or 1, split=parts, progress=tell)
    if out is not None:
        write_audit(found, out)
    if as_json:
        print(json.dumps(found.to_dict(), indent=1, ensure_ascii=False))
    else:
        print("\n".join(summarise(found)))
    if out is not None:
        remark(f"{out}: audit.md, audit.json, cleaned.csv (its paths are relative to {read.root}: pass it as --root)")


def _tell_strangers(split: Split, catalogue: Catalogue, file: Path) -> None:
    """Say which artists and paths the split and the catalogue do not share; SplitError where they share no artist."""
    from morelli.catalogue.names import normalise_artist

    artists = sorted(set(catalogue.artist))
    strangers = [artist for artist in artists if normalise_artist(artist) not in split.artists]
    if len(strangers) == len(artists):
        raise SplitError(
            f"{file}: has none of the artists of {catalogue.place}; the split was made for other data: "
            "make a new one with 'morelli data split'"
        )
    if strangers:
        some = ", ".join(map(repr, strangers[:5])) + (", ..." if len(strangers) > 5 else "")
        remark(
            f"{file}: {len(strangers)} of {len(artists)} artists are not in the split: {some}; looked at as set aside"
        )
    if missing := sorted((split.test_seen | split.set_aside).difference(catalogue.path)):
        remark(f"{file}: {len(missing)} of its paths are not in the catalogue, such as {missing[0]!r}")
