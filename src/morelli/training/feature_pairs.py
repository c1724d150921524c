"""A siamese net over features: frozen backbones' features are extracted once, the net is trained on triples of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from morelli.catalogue.catalogue import Catalogue
from morelli.model.calibrate import artist_names
from morelli.model.embed import quarters_fact
from morelli.pictures.view import View
from morelli.systems.networks import Frozen
from morelli.systems.objectives import PairNet
from morelli.systems.samplings import Triples
from morelli.systems.system import System
from morelli.training.checkpoint import Progress
from morelli.training.checks import check_artists
from morelli.training.components import fit_components
from morelli.training.criteria import PairCriterion
from morelli.training.export import check_export, check_head, check_pictures, export_encoder, export_head
from morelli.training.feature_trainer import FeatureTrainer, InMemory
from morelli.training.frozen import OverViews, training_features
from morelli.training.pair_net import PairNetwork, Standardise, fold
from morelli.training.pair_sampling import TripleSampler
from morelli.training.phases import mark_chosen, phase_facts, train_on
from morelli.training.run import Parts, Rows, Run, Trained, choose_device, run_identity
from morelli.training.sampling import rows_by_artist
from morelli.training.validation import Validation, draw_validation


@dataclass(frozen=True, eq=False)
class PairsOverFeatures:
    """A net that was trained over features: `before` standardises them, `network` does the rest; progress: of its training."""

    before: nn.Module
    network: PairNetwork
    progress: Progress

    @torch.inference_mode()
    def embed(self, features: Tensor) -> Tensor:
        """Embed features (n, d) that were not standardised yet, in float32."""
        embeddings: Tensor = self.network.eval()(self.before(features))
        return embeddings


def train_pairs(
    system: System,
    features: Tensor,
    place: Rows,
    paintings: Sequence[Rows],
    validation: Validation,
    *,
    run: Run,
    identity: str,
) -> PairsOverFeatures:
    """Train the siamese net of a system over features (m, d) float32 in memory, which are standardised in place where it says so.

    place (n,): catalogue row -> row of the features. The best epoch's weights are in the net that is returned.
    """
    objective, sampling = system.objective, system.sampling
    assert isinstance(objective, PairNet)
    assert isinstance(sampling, Triples)
    before: nn.Module = nn.Identity()
    if objective.standardise:
        trained = features[torch.from_numpy(place[np.concatenate(paintings)])]
        standardise = Standardise(trained.mean(dim=0), trained.std(dim=0, correction=0))
        del trained
        features.sub_(standardise.mean).mul_(standardise.scale)
        before = standardise
    torch.manual_seed(run.seed)
    trainer = FeatureTrainer(
        schedule=system.schedule,
        network=PairNetwork(objective, width=features.shape[1]),
        criterion=PairCriterion(),
        sampler=TripleSampler(sampling, paintings, run.seed),
        inputs=InMemory(features, place),
        device=choose_device(run.device),
        seed=run.seed,
        mixed=objective.mixed,
        adversarial=objective.adversarial,
    )
    progress = train_on(trainer, validation, run=run, identity=identity)
    network = trainer.network.to("cpu").eval()
    assert isinstance(network, PairNetwork)
    return PairsOverFeatures(before, network, progress)


def train_feature_pairs(system: System, catalogue: Catalogue, part: Parts, *, run: Run) -> Trained:
    """Extract the features of the pictures, train the net, export. Raises TrainingError, ModelError, PairsError."""
    network = system.network
    assert isinstance(network, Frozen)
    names = artist_names(catalogue)
    made = training_features(system, catalogue, part, run=run)
    view, backbones, extraction = made.view, made.backbones, made.extraction
    usable = extraction.place >= 0
    check_artists(catalogue, names, np.flatnonzero((part == "train") & usable))
    paintings = rows_by_artist(names, np.flatnonzero((part == "train") & usable))
    validation = draw_validation(names, np.flatnonzero((part == "validation") & usable), seed=run.seed)
    trained = np.concatenate(paintings)
    features = torch.from_numpy(extraction.features)
    reduce: nn.Module = nn.Identity()
    if network.components is not None:
        reduce = fit_components(extraction.of(trained), network.components, seed=run.seed)
        with torch.no_grad():
            features = torch.cat([reduce(part_) for part_ in torch.split(features, 4096)])
    some = trained[:: max(1, len(trained) // 16)][:16]
    as_extracted = features[torch.from_numpy(extraction.place[some])].clone()
    identity = run_identity(system, catalogue, part, run.seed, more=[origin.sha256 for origin in made.origins])
    net = train_pairs(system, features, extraction.place, paintings, validation, run=run, identity=identity)
    pictures_to_features = backbones if view.n == 1 else OverViews(backbones, of_views=network.of_views)
    encoder, head = export_pairs(
        nn.Sequential(pictures_to_features, reduce),
        net,
        as_extracted,
        catalogue,
        some,
        system=system,
        view=view,
        run=run,
    )
    return Trained(
        encoder=encoder,
        width=net.network.width,
        head=head,
        rows=trained,
        validation=validation.rows,
        parameters=sum(p.numel() for p in net.network.parameters()),
        origins=tuple(made.origins),
        precision=system.precision,
        facts={
            **phase_facts([net.progress], [system.schedule.epochs], run),
            "features": f"{backbones.width * (view.n if network.of_views == 'concatenate' else 1):,} a picture, in {system.precision}",
            "pictures skipped": str(extraction.skipped),
            **quarters_fact(view, extraction.quartered, int(usable.sum())),
        },
        history=mark_chosen(net.progress),
    )


def export_pairs(
    features_of: nn.Module,
    net: PairsOverFeatures,
    features: Tensor,
    catalogue: Catalogue,
    rows: Rows,
    *,
    system: System,
    view: View,
    run: Run,
) -> tuple[bytes, bytes]:
    """Export encoder and head and prove both on some rows of the catalogue.

    features_of: pictures -> features; features (n, d): of those rows, as they were trained on, not standardised. Raises ModelError.
    """
    branch = net.network.branch
    if isinstance(net.before, Standardise):
        branch = fold(net.before, branch)
    network = nn.Sequential(features_of, branch).eval()
    encoder = export_encoder(network, size=view.size, views=view.n)
    pictures = np.stack([view.open(catalogue.file(int(row))).pixels for row in rows[:4]])
    exact = check_export(network, encoder, pictures[:, 0] if view.n == 1 else pictures)
    embeddings = net.embed(features).numpy()
    used = check_pictures(encoder, catalogue, rows, embeddings, view=view, precision=system.precision)
    head = export_head(net.network.head, width=net.network.width)
    check_head(net.network.head, head, embeddings)
    run.remark(
        f"exported; it differs from the network by {exact:.1g} of an embedding's size, in {system.precision} by {used:.1g}"
    )
    return encoder, head
