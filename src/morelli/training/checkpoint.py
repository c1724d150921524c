"""Checkpoints: whole or absent, and bound to the run that made them."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn, optim

from morelli.errors import TrainingError


@dataclass(kw_only=True)
class Progress:
    """How far a run is. epoch and step: the next to be done. seconds: spent on training and validation so far.

    sums: what the epoch under way has added up. best_epoch: 0 before the first validation. history: one row an epoch.
    """

    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    best_auc: float = 0.0
    best_epoch: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)


def save_checkpoint(
    path: Path, *, run: str, network: nn.Module, optimiser: optim.Optimizer, progress: Progress
) -> None:
    """Write a checkpoint aside, then rename it. run: what the run was made of; a checkpoint serves no other."""
    aside = path.with_suffix(".part")
    try:
        state = {
            "run": run,
            "progress": json.dumps(asdict(progress)),
            "network": network.state_dict(),
            "optimiser": optimiser.state_dict(),
        }
        torch.save(state, aside)
        aside.replace(path)
    except OSError as err:
        raise TrainingError(f"{path}: cannot write the checkpoint: {err}; free space or choose another place") from err
    finally:
        aside.unlink(missing_ok=True)


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
        raise TrainingError(
            f"{path}: not a whole checkpoint ({type(err).__name__}: {err}); train without --resume"
        ) from err
