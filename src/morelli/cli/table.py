"""`morelli table`: systems side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from morelli.cli.options import (
    LARGEST_SEED,
    MOST_RESAMPLES,
    MOST_WORKERS,
    cache_folder,
    check_clock,
    only_rows,
    parse_time,
    read_split,
    weights_by_name,
)
from morelli.cli.progress import progress, remark
from morelli.cli.training_lines import TrainingLines
from morelli.errors import MissingExtraError, SplitError, nearest
from morelli.files import write_file
from morelli.systems.networks import Tower, backbones_of
from morelli.systems.published import PUBLISHED
from morelli.systems.read import read_system


def command(
    catalogue: Annotated[
        Path, typer.Argument(metavar="CATALOGUE", help="A folder per artist, a table, or the Kaggle layout.")
    ],
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Where the table and the trained rows go; the same one takes it up again."),
    ],
    split: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A split file; else one is made with --seed, near duplicates left in."),
    ] = None,
    parts: Annotated[
        Literal["shares", "kaggle"],
        typer.Option(help="Where no split file is given. kaggle: the competition's own test, by the column in_train."),
    ] = "shares",
    systems: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,C",
            help="Systems, TOML files or folders of them, in the order of the rows; unless named, those with published figures "
            "(inception-v3-6c in the place of inception-v3 where its weights are given).",
        ),
    ] = None,
    budget: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TIME", help="For every row at most so long (90m, 2h), or NAME=TIME for one; may be given again."
        ),
    ] = None,
    weights: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=FILE", help="Weights of a pretrained backbone; else the hub's. May be given again."),
    ] = None,
    unchecked: Annotated[
        bool,
        typer.Option("--weights-unchecked", help="The weights are your own: they need not be the published ones."),
    ] = False,
    model: Annotated[
        list[Path] | None,
        typer.Option(metavar="MODEL", help="A model trained elsewhere, used where it fits. May be given again."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="A row that all others are compared with: paired differences on unseen artists."
        ),
    ] = None,
    clock: Annotated[
        str,
        typer.Option(
            help="What --budget is measured by: wall, or processor (time lost to other programs is not counted)."
        ),
    ] = "wall",
    seed: Annotated[
        int,
        typer.Option(
            min=0, max=LARGEST_SEED, help="Of the trainings, the pairs, the intervals, and of a split that is made."
        ),
    ] = 0,
    resamples: Annotated[
        int, typer.Option(min=0, max=MOST_RESAMPLES, help="Resamples of artists for the intervals.")
    ] = 1000,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto.")] = "auto",
    artist_column: Annotated[str | None, typer.Option(metavar="NAME", help="The table's column of artists.")] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="Take these rows alone; again for more conditions.")
    ] = None,
    root: Annotated[Path | None, typer.Option(help="What a table's paths are relative to.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=MOST_WORKERS, help="Threads that decode pictures.")] = 2,
) -> None:
    """Every system on one split and the same pairs: trains what is not yet trained, judges all, answers the report's questions.

    Interrupted, the same words go on where it was; every finished row is kept.

    Example: morelli table paintings/ --split split.json --out table/ --budget 2h
    """
    given = {text.partition("=")[0] for text in weights or []}
    if split is not None and parts != "shares":
        raise typer.BadParameter("--parts is for a split that is made; it stands in the file of --split already")
    if systems is None:
        systems = ",".join(PUBLISHED)
        if "inception-v3-6c" in given and "inception-v3" not in given:  # where there is no hub, under its own name
            systems = systems.replace("inception-v3", "inception-v3-6c")
    names = [one for name in systems.split(",") if name.strip() for one in _files_of(name.strip())]
    chosen = [read_system(name) for name in names]
    if not chosen:
        what = "the folder holds no .toml file" if Path(systems.strip()).is_dir() else "name one or more"
        raise typer.BadParameter(f"--systems {systems!r}: {what}")
    if against is not None and against not in [system.name for system in chosen]:
        raise typer.BadParameter(
            f"--against {against}: the table has no row {against!r}; {nearest(against, [system.name for system in chosen])}"
        )
    general, own = _budgets(budget or [], [system.name for system in chosen])
    wanted = list(dict.fromkeys(name for system in chosen for name in backbones_of(system.network)))
    files = weights_by_name(wanted, weights or [], whose="the table")
    try:
        from morelli.study.table.make import make_table
        from morelli.training.run import Run, choose_device
    except ModuleNotFoundError as err:
        raise MissingExtraError("morelli table", "train") from err
    from morelli.catalogue.catalogue import Catalogue
    from morelli.study.table.grids import grids
    from morelli.study.table.markdown import grid_markdown

    paintings = only_rows(Catalogue.read(catalogue, root=root, artist_column=artist_column), only)
    for line in paintings.remarks:
        remark(line)
    parted = read_split(split, paintings, seed=seed, parts=parts)
    part = parted.assign(paintings)
    endless = [one.name for one in chosen if isinstance(one.network, Tower) and general is None and one.name not in own]
    if endless and choose_device(device).type != "cuda":
        remark(
            "without --budget these rows, unless their models are there, are trained to the end of their schedules (days on a processor, "
            f"where they are as published): {', '.join(endless)}"
        )
    with progress("decoding and embedding") as tell:
        run = Run(
            folder=out,
            cache=cache_folder(),
            weights=files,
            values="own" if unchecked else "published",
            seed=seed,
            budget=general,
            clock=check_clock(clock),
            device=device,
            workers=workers,
            tell=TrainingLines(budget=general),
            remark=remark,
            progress=tell,
        )
        table = make_table(
            chosen,
            paintings,
            part,
            out=out,
            run=run,
            budgets=own,
            models=model or [],
            resamples=resamples,
            against=against,
        )
    if split is None:
        write_file(out / "split.json", parted.to_json(), error=SplitError)
    for grid in grids(table)[:2]:
        print(f"{grid.heading}\n\n{grid_markdown(grid)}\n")
    for answer in table.answers:
        print(f"({answer.number}) {answer.question}")
        for words in answer.words:
            print(f"  {words}")
    for row in table.rows:
        if row.state != "done":
            remark(f"{row.name}: {row.state}: {row.why}")
    remark(f"table: {out / 'table.html'}")
    if any(row.state == "failed" for row in table.rows) or all(row.state != "done" for row in table.rows):
        raise typer.Exit(1)


def _files_of(name: str) -> list[str]:
    """Return the system files of a folder in the order of their names, or the one name that is no folder's."""
    folder = Path(name)
    return [str(file) for file in sorted(folder.glob("*.toml"))] if folder.is_dir() else [name]


def _budgets(given: Sequence[str], names: Sequence[str]) -> tuple[float | None, dict[str, float]]:
    """Return the budget of every row and those of single rows, in seconds; the last one given stands."""
    general: float | None = None
    own: dict[str, float] = {}
    for text in given:
        name, equals, time = text.rpartition("=")
        seconds = parse_time(time)
        assert seconds is not None
        if not equals:
            general = seconds
        elif name in names:
            own[name] = seconds
        else:
            raise typer.BadParameter(f"--budget {text}: the table has no row {name!r}; {nearest(name, names)}")
    return general, own
