"""Training a network from its pictures on: pictures decoded once, steps, validation, the best epoch, its export."""

from __future__ import annotations

import time

import numpy as np
import torch

from morelli.catalogue.catalogue import Catalogue
from morelli.model.calibrate import artist_names
from morelli.pictures.view import View
from morelli.protocol.pairs import draw_pairs
from morelli.systems.networks import Tower
from morelli.systems.objectives import Siamese
from morelli.systems.parameters import count_parameters
from morelli.systems.samplings import BatchSampling, PublishedSampling
from morelli.systems.system import System
from morelli.training.checkpoint import CHECKPOINT
from morelli.training.checks import check_artists
from morelli.training.export import check_export, export_encoder
from morelli.training.loop import Trainer, run_training
from morelli.training.pixels import Pixels, cache_pixels
from morelli.training.run import Parts, Rows, Run, Trained, choose_device, run_identity
from morelli.training.sampling import Sampler, rows_by_artist
from morelli.training.tower import TowerNetwork
from morelli.training.validation import Validation


def processor_time() -> float:
    """Return the seconds that this process has had of as many cores as torch uses: on a machine without other work, those of the clock."""
    return time.process_time() / torch.get_num_threads()


def draw_validation(artist: Parts, rows: Rows, *, seed: int) -> Validation:
    """Fix the pairs and triplets of validation artists: balanced random pairs, and each positive with the negative of its anchor."""
    pairs = draw_pairs(artist, rows, seed=seed, negatives="random", per_artist=60)
    half = len(pairs) // 2
    triplets = np.stack([pairs.first[:half], pairs.second[:half], pairs.second[half:]], axis=1)
    return Validation(rows, pairs, triplets)


def prepare_trainer(system: System, catalogue: Catalogue, part: Parts, run: Run) -> tuple[Trainer, Validation, Pixels]:
    """Decode the pictures, build the network and fix the validation examples. Raises TrainingError where the data do not suffice."""
    network, objective, sampling = system.network, system.objective, system.sampling
    assert isinstance(network, Tower)
    assert isinstance(objective, Siamese)
    assert isinstance(sampling, (PublishedSampling, BatchSampling))
    names = artist_names(catalogue)
    rows = np.flatnonzero((part == "train") | (part == "validation"))
    view = View(system.view.kind, system.view.size)
    pixels = cache_pixels(catalogue, rows, view=view, folder=run.cache, workers=run.workers, progress=run.progress)
    usable = pixels.index >= 0
    for path, reason in pixels.skipped:
        run.remark(f"skipped {path}: {reason}")
    check_artists(catalogue, names, np.flatnonzero((part == "train") & usable))
    paintings = rows_by_artist(names, np.flatnonzero((part == "train") & usable))
    validation = draw_validation(names, np.flatnonzero((part == "validation") & usable), seed=run.seed)
    torch.manual_seed(run.seed)
    trainer = Trainer(
        system=system,
        network=TowerNetwork(network, size=system.view.size),
        sampler=Sampler(sampling, paintings, objective.pair_triplet, run.seed),
        pixels=pixels,
        device=choose_device(run.device),
        seed=run.seed,
    )
    return trainer, validation, pixels


def train_end_to_end(system: System, catalogue: Catalogue, part: Parts, *, run: Run) -> Trained:
    """Train a tower and return its best epoch's export. Raises TrainingError, ModelError, PairsError."""
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
        clock=processor_time if run.clock == "processor" else time.monotonic,
    )
    network = trainer.network.to("cpu")
    encoder = export_encoder(network, size=system.view.size)
    difference = check_export(network, encoder, pixels.take(validation.rows[:16]))
    run.remark(
        f"exported; the largest difference between network and export is {difference:.1g} of an embedding's size"
    )
    assert isinstance(system.network, Tower)
    return Trained(
        encoder=encoder,
        width=system.network.embedding,
        rows=np.concatenate(trainer.sampler.paintings),
        validation=validation.rows,
        parameters=count_parameters(system)["total"],
        facts={
            "epochs": f"{progress.epoch} of {system.schedule.epochs}, the best: {progress.best_epoch}",
            "validation AUC": f"{progress.best_auc:.4f} (random negatives; the epoch was chosen by it)",
            "budget": "none" if run.budget is None else f"{run.budget:.0f} s",
            "time": f"{progress.seconds:.0f} s on {trainer.device.type}, {torch.get_num_threads()} threads",
            "pictures skipped": str(len(pixels.skipped)),
        },
        history=progress.history,
    )
