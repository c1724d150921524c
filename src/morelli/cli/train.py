"""`morelli train`: a system, a catalogue, a model folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from morelli.cli.options import (
    LARGEST_SEED,
    MOST_WORKERS,
    cache_folder,
    check_clock,
    only_rows,
    parse_time,
    read_split,
    weights_by_backbone,
)
from morelli.cli.progress import progress, remark, show_time
from morelli.cli.training_lines import TrainingLines
from morelli.errors import MissingExtraError
from morelli.systems.read import read_system


def command(
    system: Annotated[
        str, typer.Argument(metavar="SYSTEM", help="A system's name ('morelli systems') or a TOML file.")
    ],
    catalogue: Annotated[
        Path, typer.Argument(metavar="CATALOGUE", help="A folder per artist, a table, or the Kaggle layout.")
    ],
    out: Annotated[Path, typer.Option(metavar="MODEL", help="Where the model folder goes.")],
    split: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A split file; else one is drawn with --seed, near duplicates left in."),
    ] = None,
    weights: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE",
            help="Weights of a pretrained backbone, safetensors or .pth: FILE, or NAME=FILE where there are several; else the hub's.",
        ),
    ] = None,
    unchecked: Annotated[
        bool,
        typer.Option("--weights-unchecked", help="The weights are your own: they need not be the published ones."),
    ] = False,
    budget: Annotated[
        str | None, typer.Option(metavar="TIME", help="At most so long (90m, 2h); the schedule scales with it.")
    ] = None,
    clock: Annotated[
        str,
        typer.Option(
            help="What --budget is measured by: wall, or processor (time lost to other programs is not counted)."
        ),
    ] = "wall",
    resume: Annotated[bool, typer.Option("--resume", help="Take up the training that was left.")] = False,
    change: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the system.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Every draw follows from it.")] = 0,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto.")] = "auto",
    artist_column: Annotated[str | None, typer.Option(metavar="NAME", help="The table's column of artists.")] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN=VALUE", help="Take these rows alone; again for more conditions.")
    ] = None,
    root: Annotated[Path | None, typer.Option(help="What a table's paths are relative to.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=MOST_WORKERS, help="Threads that decode pictures.")] = 2,
    keep: Annotated[bool, typer.Option("--keep", help="Keep checkpoints beside the model when done.")] = False,
) -> None:
    """Train a system, calibrate it, export it.

    Example: morelli train triplet-cnn-batch paintings/ --out my-model --budget 2h
    """
    chosen = read_system(system, changes=change or [])
    seconds = parse_time(budget)
    try:
        from morelli.training.checkpoint import can_be_taken_up, remove_checkpoints
        from morelli.training.checks import what_the_data_allow
        from morelli.training.run import Run
        from morelli.training.train import train
    except ModuleNotFoundError as err:
        raise MissingExtraError("morelli train", "train") from err
    from morelli.catalogue.catalogue import Catalogue

    paintings = only_rows(Catalogue.read(catalogue, root=root, artist_column=artist_column), only)
    for line in paintings.remarks:
        remark(line)
    part = read_split(split, paintings, seed=seed).assign(paintings)
    for line in what_the_data_allow(paintings, part):
        remark(line)
    if seconds is not None:
        after = (
            "heads, calibration and export" if getattr(chosen.objective, "heads", None) else "calibration and export"
        )
        remark(f"training takes at most {show_time(seconds)}, by --budget; {after} come after it")
    folder = out.parent / f"{out.name}.training"
    with progress("decoding and embedding") as tell:
        run = Run(
            folder=folder,
            cache=cache_folder(),
            weights=weights_by_backbone(chosen, weights or []),
            values="own" if unchecked else "published",
            seed=seed,
            resume=resume,
            budget=seconds,
            clock=check_clock(clock),
            device=device,
            workers=workers,
            tell=TrainingLines(budget=seconds),
            remark=remark,
            progress=tell,
        )
        try:
            model = train(chosen, paintings, part, out=out, run=run)
        except KeyboardInterrupt:
            if can_be_taken_up(folder):
                remark(f"{folder}: the training can be taken up from its last checkpoint with --resume")
            raise
    if not keep:
        remove_checkpoints(folder)
    print(f"{model.path}: {chosen.name} {model.id}")
