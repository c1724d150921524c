"""Checkpoints: whole or absent, and bound to the run that made them."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn, optim

from morelli.errors import TrainingError
from morelli.files import lock, writing_file

CHECKPOINT = "checkpoint.pt"
BEST = "best.safetensors"
_KEPT = (CHECKPOINT, BEST, "head-*.pt", "features-*.sqlite*")  # of a run, all that serves to take it up again


@dataclass(kw_only=True)
class Progress:
    """How far a run is. epoch and step: the next to be done. seconds: spent on training and validation so far.

    sums: what the epoch under way has added up. best_auc, best_epoch: -1 and 0 before the first validation. history: one row an epoch.
    """

    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    best_auc: float = -1.0
    best_epoch: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)


def save_checkpoint(
    path: Path, *, run: str, network: nn.Module, optimiser: optim.Optimizer, progress: Progress
) -> None:
    """Write a checkpoint, whole or not at all. run: what the run was made of; a checkpoint serves no other."""
    state = {
        "run": run,
        "progress": json.dumps(asdict(progress)),
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
    }
    with writing_file(path, error=TrainingError) as aside:
        try:
            torch.save(state, aside)
        except RuntimeError as err:  # torch's own word for a full disk
            reason = str(err).splitlines()[0]
            raise TrainingError(
                f"{path}: the checkpoint cannot be written ({reason}); free space and go on with --resume"
            ) from err


def load_checkpoint(path: Path, *, run: str, network: nn.Module, optimiser: optim.Optimizer) -> Progress:
    """Load a checkpoint into a network and an optimiser and return how far it was.

    Raises TrainingError where it is damaged or belongs to another run.
    """
    try:
        state: Mapping[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        other = state["run"]
        if other != run:
            raise TrainingError(
                f"{path}: this checkpoint is of another run (system, data, split or seed differ); "
                "train without --resume, or give the words of that run"
            )
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        return Progress(**json.loads(state["progress"]))
    except (OSError, KeyError, RuntimeError, ValueError, EOFError, TypeError, pickle.UnpicklingError) as err:
        # Torch's own words are many lines, and among them the advice to run code out of the file.
        raise TrainingError(f"{path}: not a whole checkpoint ({type(err).__name__}); train without --resume") from err


def can_be_taken_up(folder: Path) -> bool:
    """Tell whether a run's folder holds anything that `--resume` would go on from."""
    return any(next(folder.rglob(name), None) is not None for name in _KEPT)


def remove_checkpoints(folder: Path) -> None:
    """Remove what served to take a run up again; its history and events stay."""
    for name in _KEPT:
        for file in folder.rglob(name):
            file.unlink()


@contextmanager
def leaving_no_idle_folder(folder: Path) -> Iterator[None]:
    """Remove a run's folder where the run fails or is interrupted before there is anything in it that can be taken up."""
    there = folder.exists()
    try:
        yield
    except BaseException:
        if not there and not can_be_taken_up(folder):
            shutil.rmtree(folder, ignore_errors=True)
        raise


@contextmanager
def only_one_training(folder: Path) -> Iterator[None]:
    """Hold a run's folder, made where it is missing, so that no other process trains in it; an empty one is removed again.

    Raises TrainingError where another process holds it, and where it cannot be made.
    """
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise TrainingError(
            f"{folder}: checkpoints cannot be kept here ({err.strerror}); give another place for the model"
        ) from err
    handle = os.open(folder, os.O_RDONLY) if hasattr(os, "O_DIRECTORY") else None  # Windows opens no folders
    try:
        if handle is not None and lock(handle) is False:
            raise TrainingError(
                f"{folder}: another training is at work here; wait for it, or give another place for the model"
            )
        yield
    finally:
        if handle is not None:
            os.close(handle)
        with suppress(OSError):  # something is in it
            for one in missing:
                one.rmdir()
