"""Training a network from its pictures on: pictures decoded once, steps, validation, the best epoch, its export."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import torch
from torch import nn

from morelli.catalogue.catalogue import Catalogue
from morelli.model.calibrate import artist_names
from morelli.model.encoder import load_openvino
from morelli.pictures.view import View
from morelli.systems.networks import Tower
from morelli.systems.objectives import PairNet, Siamese, Softmax
from morelli.systems.parameters import count_parameters
from morelli.systems.samplings import AllPairs, BatchSampling, Pictures, PublishedSampling
from morelli.systems.system import System
from morelli.training.checkpoint import Progress
from morelli.training.checks import check_artists
from morelli.training.classifier import Classifier, MeanSoftmax, hold_out
from morelli.training.criteria import ArtistCriterion, Criterion, PairCriterion, SiameseCriterion
from morelli.training.export import check_export, check_head, export_encoder, export_head
from morelli.training.pair_net import PairNetwork, SiameseNetwork
from morelli.training.pair_sampling import AllPairsSampler, PictureSampler
from morelli.training.phases import join_histories, mark_chosen, phase, phase_facts, train_on
from morelli.training.pixels import Pixels, cache_pixels, channel_statistics
from morelli.training.run import Parts, Rows, Run, Trained, choose_device, run_identity
from morelli.training.sampling import Sampler, rows_by_artist
from morelli.training.tower import TowerNetwork
from morelli.training.trainer import StepSampler, Trainer
from morelli.training.validation import Validation, draw_validation


def prepare_trainer(system: System, catalogue: Catalogue, part: Parts, run: Run) -> tuple[Trainer, Validation, Pixels]:
    """Decode the pictures, build the network and fix the validation examples. Raises TrainingError where the data do not suffice."""
    tower = system.network
    assert isinstance(tower, Tower)
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
    if tower.standardise:
        mean, deviation = channel_statistics(pixels, np.concatenate(paintings))
        tower = msgspec.structs.replace(tower, mean=mean, deviation=deviation)
    criterion, sampler, looked_at = _steps(system, paintings, validation, seed=run.seed)
    torch.manual_seed(run.seed)
    network = build_network(msgspec.structs.replace(system, network=tower), artists=len(paintings))
    trainer = Trainer(
        system=system,
        network=network,
        criterion=criterion,
        sampler=sampler,
        pixels=pixels,
        device=choose_device(run.device),
        seed=run.seed,
    )
    return trainer, looked_at, pixels


def build_network(system: System, *, artists: int) -> nn.Module:
    """Build the network that a system with a tower trains: the tower and what its objective puts behind it."""
    assert isinstance(system.network, Tower)
    tower = TowerNetwork(system.network, size=system.view.size)
    if isinstance(system.objective, PairNet):
        return SiameseNetwork(tower, PairNetwork(system.objective, width=tower.width))
    if isinstance(system.objective, Softmax):
        return Classifier(tower, system.objective, width=tower.width, artists=artists)
    return tower


def _steps(
    system: System, paintings: Sequence[Rows], validation: Validation, *, seed: int
) -> tuple[Criterion, StepSampler, Validation]:
    """Return what a system's steps are judged by, how they are drawn, and the rows that a validation looks at."""
    objective, sampling = system.objective, system.sampling
    if isinstance(objective, Siamese):
        assert isinstance(sampling, (PublishedSampling, BatchSampling))
        return SiameseCriterion(objective), Sampler(sampling, paintings, objective.pair_triplet, seed), validation
    if isinstance(objective, PairNet):
        assert isinstance(sampling, AllPairs)
        return PairCriterion(), AllPairsSampler(sampling, paintings, seed), validation
    assert isinstance(objective, Softmax)
    assert isinstance(sampling, Pictures)
    stay, out, whose = hold_out(paintings, objective.hold_out, seed=seed)
    looked_at = Validation(np.concatenate([validation.rows, out]), validation.pairs, validation.triplets)
    return ArtistCriterion(out, whose), PictureSampler(sampling, stay, seed), looked_at


def train_end_to_end(system: System, catalogue: Catalogue, part: Parts, *, run: Run) -> Trained:
    """Train a tower, or several classifiers from different seeds, and export the best epoch.

    Raises TrainingError, ModelError, PairsError.
    """
    count = system.objective.networks if isinstance(system.objective, Softmax) else 1
    networks: list[nn.Module] = []
    done: list[Progress] = []
    for number in range(count):
        one = run
        if count > 1:
            one = phase(run, f"network-{number + 1}", left=count - number, before=done, seed=run.seed + number)
        trainer, validation, pixels = prepare_trainer(system, catalogue, part, one)
        identity = run_identity(system, catalogue, part, one.seed)
        done.append(train_on(trainer, validation, run=one, identity=identity))
        networks.append(trainer.network.to("cpu").eval())
    criterion, paintings = trainer.criterion, [*trainer.sampler.paintings]
    network: nn.Module = networks[0]
    if isinstance(criterion, ArtistCriterion):
        network = MeanSoftmax(networks)
        paintings.append(criterion.held_out)
    some = pixels.take(validation.rows[:16])
    encoder = export_encoder(network, size=system.view.size)
    difference = check_export(network, encoder, some)
    run.remark(
        f"exported; the largest difference between network and export is {difference:.1g} of an embedding's size"
    )
    embeddings = load_openvino(encoder, name="the export").encode(some)
    head = None
    if isinstance(network, SiameseNetwork):
        head = export_head(network.head, width=network.width)
        check_head(network.head, head, embeddings)
    return Trained(
        encoder=encoder,
        width=embeddings.shape[1],
        head=head,
        rows=np.unique(np.concatenate(paintings)),
        validation=np.unique(np.concatenate([validation.pairs.first, validation.pairs.second])),
        parameters=count_parameters(system, artists=embeddings.shape[1])["total"],
        facts={
            **phase_facts(done, [system.schedule.epochs] * count, run),
            "device": trainer.device.type,
            "pictures skipped": str(len(pixels.skipped)),
        },
        history=join_histories([mark_chosen(progress) for progress in done], "network"),
    )
