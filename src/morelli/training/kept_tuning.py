"""Tunings that are done are kept in the cache: systems that differ in what comes behind a tuned network alone share it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import msgspec
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import TrainingError
from morelli.files import writing_file
from morelli.systems.objectives import Discriminant
from morelli.systems.system import System
from morelli.training.checkpoint import Progress
from morelli.training.frozen import weights_digest
from morelli.training.run import Parts, run_identity


def tuning_identity(system: System, catalogue: Catalogue, part: Parts, seed: int, *, more: list[str]) -> str:
    """Return a key of all that a tuning follows from: of a system, everything but its name and its heads, which are trained after it.

    more: hashes of what else it follows from: pretrained weights, the features that the start is fitted on, the styles.
    """
    assert isinstance(system.objective, Discriminant)
    bare = msgspec.structs.replace(system, name="", objective=msgspec.structs.replace(system.objective, heads=None))
    return run_identity(bare, catalogue, part, seed, more=more)


def read_tuned(network: nn.Module, *, folder: Path, identity: str) -> Progress | None:
    """Give a network the weights of a tuning that was done, and return how it went; None where there is none, or a damaged one."""
    file = _place(folder, identity)
    try:
        with safe_open(file, "pt") as opened:
            about = opened.metadata() or {}
        state = load_file(file)
        progress = Progress(**json.loads(about["progress"]))
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return None
    before = {name: value.clone() for name, value in network.state_dict().items()}
    try:
        network.load_state_dict(state)
        fits = weights_digest(network) == about.get("weights")
    except RuntimeError:  # other layers or shapes; what came before the first of them has been copied
        fits = False
    if not fits:
        network.load_state_dict(before)
        return None
    return progress


def keep_tuned(network: nn.Module, progress: Progress, *, folder: Path, identity: str) -> None:
    """Keep a tuned network and how it went. Raises TrainingError where that cannot be written."""
    state = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    about = {"progress": json.dumps(asdict(progress)), "weights": weights_digest(network)}
    with writing_file(_place(folder, identity), error=TrainingError) as aside:
        save_file(state, aside, about)


def _place(folder: Path, identity: str) -> Path:
    return folder / f"tuned-{identity}.safetensors"
