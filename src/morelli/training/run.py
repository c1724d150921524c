"""How a training is run, and what comes out of it, whatever is trained."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt
import torch

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import TrainingError
from morelli.model.description import Origin
from morelli.model.network import Precision
from morelli.systems.system import System
from morelli.training.loop import Report

Parts = npt.NDArray[np.object_]
Rows = npt.NDArray[np.int64]
Clock = Literal["wall", "processor"]


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a training is run.

    folder: for checkpoints; cache: for decoded pictures and features; weights: of backbones, a file by name; values: whether they
    must be the published ones; budget:
    seconds, on the wall or of processor time, which does not run while other programs hold the processor; device: of torch, or `auto`.
    """

    folder: Path
    cache: Path
    weights: Mapping[str, Path] = field(default_factory=dict)
    values: Literal["published", "own"] = "published"
    seed: int = 0
    resume: bool = False
    budget: float | None = None
    clock: Clock = "wall"
    device: str = "auto"
    workers: int = 2
    tell: Callable[[Report], None] | None = None
    remark: Callable[[str], None] = field(default=lambda text: None)
    progress: Callable[[int, int], None] | None = None


def choose_device(name: str) -> torch.device:
    """Return the device of that name; `auto` is the first GPU, else the processor. Raises TrainingError where it is not there."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
        if device.type == "meta":
            raise RuntimeError("it computes nothing")
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as err:
        raise TrainingError(
            f"device {name!r} cannot be used here: {str(err).splitlines()[0]}; try --device cpu"
        ) from err
    return device


def run_identity(system: System, catalogue: Catalogue, part: Parts, seed: int, *, more: Sequence[str] = ()) -> str:
    """Return a key of all that a run's course follows from; a checkpoint of another key is refused.

    A key of a system that has its default value, what is only words, and how the result is stored count for nothing: neither a later
    version that knows more keys nor a better title parts a run from its checkpoint. more: such as hashes of weights.
    """
    words = {"title": "", "source": "", "remarks": "", "published": {}, "stored": "float32"}
    digest = blake2b(
        json.dumps(chosen(msgspec.structs.replace(system, **words)), sort_keys=True).encode(), digest_size=16
    )
    for path, artist, where in zip(catalogue.path, catalogue.artist, part, strict=True):
        digest.update(f"{path}\0{artist}\0{where}\n".encode())
    digest.update("\0".join([str(seed), *more]).encode())
    return digest.hexdigest()


def chosen(value: object) -> object:
    """Return a struct as plain values, without the keys that have their default value.

    >>> from morelli.systems.objectives import Siamese
    >>> chosen(Siamese(pair_triplet=True, margin=1.0))
    {'kind': 'siamese', 'pair_triplet': True, 'margin': 1.0}
    """
    if isinstance(value, msgspec.Struct):
        config = value.__struct_config__
        plain: dict[str, object] = {config.tag_field: config.tag} if config.tag_field else {}
        for field_ in msgspec.structs.fields(value):
            one = getattr(value, field_.name)
            default = field_.default if field_.default_factory is msgspec.NODEFAULT else field_.default_factory()
            if default is msgspec.NODEFAULT or one != default:
                plain[field_.encode_name] = chosen(one)
        return plain
    if isinstance(value, (tuple, list)):
        return [chosen(one) for one in value]
    return value


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What a training made of a system: all that its model folder holds beside calibrations.

    encoder, head, back_end: the files' contents, none where the model has none. width: values of an embedding. rows: of the catalogue,
    those that were trained on. validation: those that something was chosen by. parameters: that were trained. ranged: whether the length
    of an embedding says how odd its picture is. facts: in words.
    """

    encoder: bytes
    width: int
    rows: Rows
    validation: Rows
    parameters: int
    head: bytes | None = None
    back_end: bytes | None = None
    origins: tuple[Origin, ...] = ()
    precision: Precision = "float32"
    ranged: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)
    history: Sequence[Mapping[str, float]] = ()
