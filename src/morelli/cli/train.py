"""`morelli train`: a system, a catalogue, a model folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from morelli.cli.options import cache_folder, check_clock, parse_time, read_split, weights_by_backbone
from morelli.cli.progress import progress, remark
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
        Path | None, typer.Option(metavar="FILE", help="A split file; else one is made with --seed.")
    ] = None,
    weights: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE", help="Weights of a pretrained backbone: FILE, or NAME=FILE where there are several."
        ),
    ] = None,
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
    seed: Annotated[int, typer.Option(min=0, help="Every draw follows from it.")] = 0,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto.")] = "auto",
    root: Annotated[Path | None, typer.Option(help="What a table's paths are relative to.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Threads that decode pictures.")] = 2,
    keep: Annotated[bool, typer.Option("--keep", help="Keep checkpoints beside the model when done.")] = False,
) -> None:
    """Train a system, calibrate it, export it.

    Example: morelli train triplet-cnn-batch paintings/ --out my-model --budget 2h
    """
    chosen = read_system(system, changes=change or [])
    seconds = parse_time(budget)
    try:
        from morelli.training.run import Run
        from morelli.training.train import train
    except ModuleNotFoundError as err:
        raise MissingExtraError("morelli train", "train") from err
    from morelli.catalogue.catalogue import Catalogue

    paintings = Catalogue.read(catalogue, root=root)
    for line in paintings.remarks:
        remark(line)
    part = read_split(split, paintings, seed=seed).assign(paintings)
    remark(_what_there_is(part, paintings.artist))
    folder = out.parent / f"{out.name}.training"
    with progress("decoding and embedding") as tell:
        run = Run(
            folder=folder,
            cache=cache_folder(),
            weights=weights_by_backbone(chosen, weights or []),
            seed=seed,
            resume=resume,
            budget=seconds,
            clock=check_clock(clock),
            device=device,
            workers=workers,
            tell=TrainingLines(),
            remark=remark,
            progress=tell,
        )
        model = train(chosen, paintings, part, out=out, run=run)
    if not keep:
        for name in ("checkpoint.pt", "best.safetensors"):
            (folder / name).unlink(missing_ok=True)
    print(f"{model.path}: {chosen.name} {model.id}")


def _what_there_is(part: np.ndarray, artist: np.ndarray) -> str:
    counts = []
    for name in ("train", "validation", "calibration", "test-seen", "test"):
        there = part == name
        counts.append(f"{name} {int(there.sum()):,} paintings, {len(set(artist[there]))} artists")
    return "; ".join(counts)
