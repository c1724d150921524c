"""`morelli data split`: who is in which part."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from morelli.cli.options import LARGEST_SEED, MOST_WORKERS, only_rows
from morelli.cli.progress import progress, remark
from morelli.errors import SplitError
from morelli.files import check_file_place, write_file

if TYPE_CHECKING:
    from morelli.catalogue.audit import Audit
    from morelli.catalogue.catalogue import Catalogue
    from morelli.protocol.split import Split


def command(
    catalogue: Annotated[
        Path, typer.Argument(metavar="CATALOGUE", help="A folder per artist, a table, or the Kaggle layout.")
    ],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where the split goes, as JSON.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Another seed, other parts.")] = 0,
    shares: Annotated[
        str, typer.Option(metavar="A,B,C,D", help="Percent of artists: train, validation, calibration, test.")
    ] = "65,10,10,15",
    parts: Annotated[
        Literal["shares", "kaggle"], typer.Option(help="kaggle: the competition's own test, by the column in_train.")
    ] = "shares",
    duplicates: Annotated[
        Literal["find", "keep"], typer.Option(help="find: open every picture; keep: do not look at the files.")
    ] = "find",
    show: Annotated[bool, typer.Option("--show", help="Print every artist's part.")] = False,
    only: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="Take these rows alone; again for more conditions.")
    ] = None,
    root: Annotated[Path | None, typer.Option(metavar="DIR", help="What a table's paths are relative to.")] = None,
    artist_column: Annotated[str | None, typer.Option(metavar="NAME", help="The table's column of artists.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=MOST_WORKERS, help="Threads; one a processor unless given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Put artists into train, validation, calibration and test; near duplicates and unusable files are set aside.

    Example: morelli data split paintings.csv --out split.json
    """
    from morelli.catalogue.catalogue import Catalogue
    from morelli.protocol.split_table import split_table, thin_parts

    percent = _parse_shares(shares)  # before every picture is opened
    if out is not None:
        check_file_place(out, error=SplitError, read=[catalogue])
    read = only_rows(Catalogue.read(catalogue, root=root, artist_column=artist_column), only)
    if out is not None:
        check_file_place(out, error=SplitError, read=[read.source])
    for line in read.remarks:
        remark(line)
    audited = _looked_at(read, workers=workers or os.cpu_count() or 1) if duplicates == "find" else None
    split = _split(read, parts=parts, seed=seed, shares=percent, audit=audited)
    if audited is not None and split.set_aside:
        path = min(split.set_aside)
        reason = audited.dropped().get(path, "shows the same work as a test picture")
        remark(
            f"{len(split.set_aside)} paintings set aside, such as {path} ({reason}); 'morelli data audit' lists them"
        )
    table = split_table(read, split.assign(read))
    if out is not None:
        write_file(out, split.to_json(), error=SplitError)
    if as_json:
        found: dict[str, object] = {"parts": [asdict(row) for row in table], "warnings": thin_parts(table)}
        if show:
            found["artists"] = dict(sorted(split.artists.items()))
        print(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        print(f"{'part':<12}{'artists':>9}{'paintings':>11}{'styles':>8}")
        for row in table:
            print(f"{row.part:<12}{row.artists:>9,}{row.paintings:>11,}{row.styles:>8}")
    if show and not as_json:
        for name in sorted(split.artists):
            print(f"{name}\t{split.artists[name]}")
    for line in thin_parts(table):
        remark(line)
    remark(f"wrote {out}" if out is not None else "nothing was written; pass --out FILE to keep this split")


def _looked_at(catalogue: Catalogue, *, workers: int) -> Audit:
    from morelli.catalogue.audit import audit

    with progress("looking at pictures") as tell:
        return audit(catalogue, workers=workers, progress=tell)


def _split(
    catalogue: Catalogue,
    *,
    parts: Literal["shares", "kaggle"],
    seed: int,
    shares: tuple[float, ...],
    audit: Audit | None,
) -> Split:
    aside = {} if audit is None else audit.dropped()
    if parts == "kaggle":
        from morelli.protocol.kaggle_split import kaggle_split

        # The copy that an audit would drop may be the test's, which stays: then the other one goes.
        groups = None if audit is None else audit.groups
        return kaggle_split(catalogue, seed=seed, set_aside=aside, duplicate_groups=groups)
    from morelli.protocol.split import make_split

    if "in_train" in catalogue.columns:
        remark("the catalogue has a column 'in_train'; --parts kaggle splits it as the competition did")
    return make_split(catalogue, seed=seed, shares=shares, set_aside=aside)


def _parse_shares(text: str) -> tuple[float, ...]:
    try:
        percent = [float(one) for one in text.split(",")]
    except ValueError as err:
        raise typer.BadParameter(f"--shares {text!r}: write four numbers, such as 65,10,10,15") from err
    if len(percent) != 4 or min(percent) < 0 or not abs(sum(percent) - 100) < 1e-6:
        raise typer.BadParameter(f"--shares {text!r}: give four numbers, not negative, that sum to 100")
    return tuple(one / 100 for one in percent)
