"""`morelli train`: a system, a catalogue, a model folder."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from morelli.cli.options import cache_folder, parse_time, read_split
from morelli.cli.progress import progress, remark, show_time
from morelli.errors import MissingExtraError
from morelli.systems.read import read_system

if TYPE_CHECKING:
    from morelli.training.loop import Report


def command(
    system: Annotated[str, typer.Argument(metavar="SYSTEM", help="A system's name ('morelli systems') or a TOML file.")],
    catalogue: Annotated[Path, typer.Argument(metavar="CATALOGUE", help="A folder per artist, a table, or the Kaggle layout.")],
    out: Annotated[Path, typer.Option(metavar="MODEL", help="Where the model folder goes.")],
    split: Annotated[Path | None, typer.Option(metavar="FILE", help="A split file; else one is made with --seed.")] = None,
    budget: Annotated[str | None, typer.Option(metavar="TIME", help="At most so long (90m, 2h); the schedule scales with it.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Take up the training that was left.")] = False,
    change: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the system.")] = None,
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
        from morelli.training.train import Run, train
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
            seed=seed,
            resume=resume,
            budget=seconds,
            device=device,
            workers=workers,
            tell=_Teller(),
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


class _Teller:
    """Says how far a training is: a line when an epoch ends, and now and then between."""

    def __init__(self) -> None:
        self._last = time.monotonic()
        self._told = False

    def __call__(self, report: Report) -> None:
        if report.finished is not None:
            row = report.finished
            remark(
                f"epoch {report.epoch} of {report.epochs}: loss {row['train_loss']:.4f}, validation loss {row['validation_loss']:.4f}, "
                f"AUC {row['validation_auc']:.4f}, triplets {row['validation_triplet_accuracy']:.4f}, "
                f"{report.images_per_second:.1f} pictures/s, {show_time(report.seconds_left)} left"
            )
            self._last = time.monotonic()
        elif time.monotonic() - self._last > (5 if not self._told else 60):
            self._told, self._last = True, time.monotonic()
            remark(
                f"epoch {report.epoch} of {report.epochs}, step {report.step} of {report.steps}: "
                f"{report.images_per_second:.1f} pictures/s, {show_time(report.seconds_left)} left"
            )
