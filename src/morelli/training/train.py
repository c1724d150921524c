"""From a system, a catalogue and its parts to a model folder."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt
import torch

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import TrainingError
from morelli.model.calibrate import artist_names, fit_model_decision
from morelli.model.card import write_card
from morelli.model.description import SCHEMA, ModelDescription
from morelli.model.encoder import load_openvino
from morelli.model.folder import CARD, DECISION, ENCODER, HISTORY, TRAINED_ON, ModelFolder, write_model_folder
from morelli.model.seen import TrainedOn, digest_file
from morelli.model.similarity import check_kind
from morelli.pictures.view import View
from morelli.protocol.pairs import draw_pairs
from morelli.systems.parameters import count_parameters
from morelli.systems.system import System
from morelli.training.export import check_export, export_encoder
from morelli.training.history import history_csv
from morelli.training.loop import CHECKPOINT, Report, Trainer, run_training
from morelli.training.pixels import Pixels, Rows, cache_pixels
from morelli.training.sampling import Sampler, rows_by_artist
from morelli.training.tower import TowerNetwork
from morelli.training.validation import Validation
from morelli.version import VERSION

LEAST_ARTISTS = 4
Parts = npt.NDArray[np.object_]


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a training is run. folder: for checkpoints; cache: for decoded pictures; budget: seconds; device: of torch, or `auto`."""

    folder: Path
    cache: Path
    seed: int = 0
    resume: bool = False
    budget: float | None = None
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
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as err:
        raise TrainingError(
            f"device {name!r} cannot be used here: {str(err).splitlines()[0]}; try --device cpu"
        ) from err
    return device


def run_identity(system: System, catalogue: Catalogue, part: Parts, seed: int) -> str:
    """Return a key of all that a run's course follows from; a checkpoint of another key is refused."""
    digest = blake2b(msgspec.json.encode(system), digest_size=16)
    for path, artist, where in zip(catalogue.path, catalogue.artist, part, strict=True):
        digest.update(f"{path}\0{artist}\0{where}\n".encode())
    digest.update(str(seed).encode())
    return digest.hexdigest()


def draw_validation(artist: Parts, rows: Rows, *, seed: int) -> Validation:
    """Fix the pairs and triplets of validation artists: balanced random pairs, and each positive with the negative of its anchor."""
    pairs = draw_pairs(artist, rows, seed=seed, negatives="random", per_artist=60)
    half = len(pairs) // 2
    triplets = np.stack([pairs.first[:half], pairs.second[:half], pairs.second[half:]], axis=1)
    return Validation(rows, pairs, triplets)


def prepare_trainer(system: System, catalogue: Catalogue, part: Parts, run: Run) -> tuple[Trainer, Validation, Pixels]:
    """Decode the pictures, build the network and fix the validation examples. Raises TrainingError where the data do not suffice."""
    names = artist_names(catalogue)
    rows = np.flatnonzero((part == "train") | (part == "validation"))
    view = View(system.view.kind, system.view.size)
    pixels = cache_pixels(catalogue, rows, view=view, folder=run.cache, workers=run.workers, progress=run.progress)
    usable = pixels.index >= 0
    for path, reason in pixels.skipped:
        run.remark(f"skipped {path}: {reason}")
    paintings = rows_by_artist(names, np.flatnonzero((part == "train") & usable))
    if len(paintings) < LEAST_ARTISTS:
        raise TrainingError(
            f"{catalogue.root}: {len(paintings)} training artists with two usable paintings; {LEAST_ARTISTS} are the least, hundreds are "
            "wanted. With few artists calibrate a trained model instead of training one"
        )
    validation = draw_validation(names, np.flatnonzero((part == "validation") & usable), seed=run.seed)
    torch.manual_seed(run.seed)
    trainer = Trainer(
        system=system,
        network=TowerNetwork(system.network, size=system.view.size),
        sampler=Sampler(system.sampling, paintings, system.objective.pair_triplet, run.seed),
        pixels=pixels,
        device=choose_device(run.device),
        seed=run.seed,
    )
    return trainer, validation, pixels


def train(
    system: System, catalogue: Catalogue, part: Parts, *, out: Path, run: Run, replace: bool = False
) -> ModelFolder:
    """Train a system, choose its best epoch on validation artists, calibrate it on calibration artists, and write a model folder.

    part (n,): of every row of the catalogue, as `Split.assign` returns it. Raises TrainingError, ModelError, PairsError.
    """
    if out.exists() and not replace:
        raise TrainingError(f"{out}: is taken; choose another place, or remove it")
    trainer, validation, pixels = prepare_trainer(system, catalogue, part, run)
    if run.resume and not (run.folder / CHECKPOINT).exists():
        run.remark(f"{run.folder / CHECKPOINT}: nothing to resume; the training starts anew")
    progress = run_training(
        trainer,
        validation,
        folder=run.folder,
        run=run_identity(system, catalogue, part, run.seed),
        resume=run.resume,
        budget=run.budget,
        tell=run.tell,
    )
    network = trainer.network.to("cpu")
    encoder = export_encoder(network, size=system.view.size)
    difference = check_export(network, encoder, pixels.take(validation.rows[:16]))
    run.remark(
        f"exported; the largest difference between network and export is {difference:.1g} of an embedding's size"
    )
    trained = np.concatenate(trainer.sampler.paintings)
    names = artist_names(catalogue)
    decision = fit_model_decision(
        load_openvino(encoder, name="the export"),
        catalogue,
        part,
        view=View(system.view.kind, system.view.size),
        width=system.network.embedding,
        kind=check_kind(system.similarity),
        seed=run.seed,
        workers=run.workers,
        progress=run.progress,
        remark=run.remark,
    )
    facts = {
        "catalogue": catalogue.root.name,
        "artists": f"{len(trainer.sampler.paintings)} trained, {len(set(catalogue.artist[validation.rows]))} validation",
        "paintings": f"{len(trained)} trained, {len(validation.rows)} validation",
        "epochs": f"{progress.epoch} of {system.schedule.epochs}, the best: {progress.best_epoch}",
        "validation AUC": f"{progress.best_auc:.4f} (random negatives; the epoch was chosen by it)",
        "budget": "none" if run.budget is None else f"{run.budget:.0f} s",
        "time": f"{progress.seconds:.0f} s on {trainer.device.type}, {torch.get_num_threads()} threads",
        "seed": str(run.seed),
        "pictures skipped": str(len(pixels.skipped)),
    }
    description = ModelDescription(
        schema=SCHEMA,
        system=msgspec.to_builtins(system),
        view=system.view,
        embedding=system.network.embedding,
        similarity=system.similarity,
        parameters=count_parameters(system)["total"],
        files={},
        training=facts,
        licence="that of the training pictures; see the catalogue",
        versions={"morelli": VERSION, "python": platform.python_version(), "torch": str(torch.__version__)},
    )
    seen = TrainedOn.of(
        artists=[names[row] for row in trained],
        pictures=[digest_file(catalogue.file(int(row))) for row in trained],
    )
    files = {
        ENCODER: encoder,
        DECISION: json.dumps(decision.to_dict(), indent=1).encode(),
        HISTORY: history_csv(progress.history).encode(),
        TRAINED_ON: seen.to_json().encode(),
        CARD: write_card(description, decision).encode(),
    }
    return write_model_folder(out, description, files, replace=replace)
