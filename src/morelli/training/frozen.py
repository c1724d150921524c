"""Frozen backbones: their network, its export, and the features of a catalogue's pictures, extracted once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import TrainingError
from morelli.features.cache import FeatureCache
from morelli.features.extract import extract
from morelli.model.description import Origin
from morelli.model.encoder import load_openvino
from morelli.model.network import Precision
from morelli.pictures.view import View
from morelli.systems.networks import Features, Frozen
from morelli.systems.objectives import Copies
from morelli.systems.system import System
from morelli.training.backbones.backbone import build_backbone, check_size
from morelli.training.backbones.pooled import PooledBackbone
from morelli.training.copies import MADE, AlteredView
from morelli.training.export import export_encoder
from morelli.training.run import Parts, Rows, Run

FeatureRows = npt.NDArray[np.float32]


class FrozenNetwork(nn.Module):
    """Pictures (n, 3, s, s), float in [0, 1] -> the features (n, width) of every backbone, one after another."""

    def __init__(self, backbones: Sequence[PooledBackbone]) -> None:
        super().__init__()
        self.backbones = nn.ModuleList(backbones)
        self.width = sum(backbone.width for backbone in backbones)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the features of pictures."""
        return torch.cat([backbone(pictures) for backbone in self.backbones], dim=1)


class OverViews(nn.Module):
    """A network over all views of a picture: (n, views, 3, s, s) -> (n, views * width), or their mean (n, width)."""

    def __init__(self, network: nn.Module, *, of_views: Literal["concatenate", "mean"]) -> None:
        super().__init__()
        self.network = network
        self.of_views = of_views

    def forward(self, pictures: Tensor) -> Tensor:
        """Return what the network makes of the views, brought together."""
        views = pictures.shape[1]
        each = self.network(pictures.flatten(0, 1))
        apart = each.reshape(-1, views, each.shape[1])
        together: Tensor = apart.flatten(1) if self.of_views == "concatenate" else apart.mean(dim=1)
        return together


@dataclass(frozen=True, eq=False)
class Extraction:
    """Features of a catalogue's pictures.

    features (m, d) float32; place (n,): catalogue row -> row of `features`, -1 where it has none; skipped: pictures that could not be
    used; quartered: pictures whose quarters took the place of corner crops.
    """

    features: FeatureRows
    place: Rows
    skipped: int
    quartered: int

    def of(self, rows: Rows) -> FeatureRows:
        """Return the features (m, d) of catalogue rows that have some. Raises TrainingError for one that has none."""
        if (self.place[rows] < 0).any():
            raise TrainingError(
                f"{int((self.place[rows] < 0).sum())} pictures that could be used a moment ago cannot be now; train again"
            )
        features: FeatureRows = self.features[self.place[rows]]
        return features


def build_frozen(features: Sequence[Features], *, size: int, run: Run) -> tuple[FrozenNetwork, list[Origin]]:
    """Build the backbones that a system names, for pictures of `size` px, with the run's weights or the hub's. Raises BackboneError."""
    pooled, origins = [], []
    for one in features:
        network, origin = build_backbone(
            one.backbone, weights=run.weights.get(one.backbone), values=run.values, size=size, layers=one.layers
        )
        check_size(network, size, name=one.backbone)
        layers: Mapping[str, int] = network.layers  # type: ignore[assignment]
        chosen = one.layers or (list(layers)[-1],)
        pooled.append(PooledBackbone(network, name=one.backbone, layers=chosen, statistics=one.statistics))
        origins.append(origin)
    return FrozenNetwork(pooled), origins


def extract_features(
    network: Frozen,
    backbones: nn.Module,
    origins: Sequence[Origin],
    catalogue: Catalogue,
    rows: Rows,
    *,
    view: View,
    precision: Precision,
    width: int,
    run: Run,
    copies: Copies | None = None,
    weights: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Extraction:
    """Return the features of rows of a catalogue, out of the cache where they were extracted before.

    width: of one view's features. copies: of each picture, whose features (count * width) are wanted instead of its own. weights: hashes
    of the backbones' weights where they are no longer those of their origins. Raises TrainingError where no picture can be used.
    """
    shown = view if copies is None else AlteredView(view, copies, run.seed)
    aggregate = network.of_views if copies is None else "concatenate"
    encoder = load_openvino(export_encoder(backbones, size=view.size), name="the backbones", precision=precision)
    views = shown.n if aggregate == "concatenate" else 1
    identity = {
        "features": [[one.backbone, list(one.layers), list(one.statistics)] for one in network.features],
        "weights": list(weights) or [origin.sha256 for origin in origins],
        "of_views": network.of_views,
        "precision": precision,
        "view": view.to_dict(),
    }
    if copies is not None:
        identity["copies"] = {**msgspec.to_builtins(copies), "seed": run.seed, "made": MADE}
    # Features of a backbone that is this run's own serve no other run: they go with its checkpoints.
    cache = FeatureCache(run.folder if weights else run.cache, identity, width=views * width)
    extracted = extract(
        [catalogue.file(int(row)) for row in rows],
        encoder=encoder,
        view=shown,
        cache=cache,
        aggregate=aggregate,
        workers=run.workers,
        progress=progress or run.progress,
    )
    for _, error in extracted.skipped:
        run.remark(f"skipped {error}")
    usable = extracted.usable
    if not usable.any():
        raise TrainingError(f"{catalogue.place}: none of {len(rows)} pictures can be used")
    place = np.full(len(catalogue), -1, dtype=np.int64)
    place[rows[usable]] = np.arange(int(usable.sum()))
    return Extraction(extracted.features(cache), place, len(extracted.skipped), extracted.quartered)


@dataclass(frozen=True, eq=False)
class TrainingFeatures:
    """What a system over frozen features is trained on: its view, its backbones and where their weights are from, and the features of
    all training and validation pictures. copies: the features (m, count, f) of their altered copies, where the objective wants some.
    """

    view: View
    backbones: FrozenNetwork
    origins: list[Origin]
    extraction: Extraction
    copies: FeatureRows | None = None


def training_features(system: System, catalogue: Catalogue, part: Parts, *, run: Run) -> TrainingFeatures:
    """Build a system's backbones as they were pretrained and extract what its training and validation pictures have of them.

    Raises BackboneError, TrainingError.
    """
    network = system.network
    assert isinstance(network, Frozen)
    backbones, origins = build_frozen(network.features, size=system.view.size, run=run)
    return features_of(system, backbones, origins, catalogue, part, run=run)


def features_of(
    system: System,
    backbones: FrozenNetwork,
    origins: list[Origin],
    catalogue: Catalogue,
    part: Parts,
    *,
    run: Run,
    weights: Sequence[str] = (),
) -> TrainingFeatures:
    """Extract what a system's training and validation pictures, and their copies, have of backbones. weights: as `extract_features`."""
    network = system.network
    assert isinstance(network, Frozen)
    view = View(system.view.kind, system.view.size, system.view.grid)
    rows = np.flatnonzero((part == "train") | (part == "validation"))

    def extracted(wanted: Rows, copies: Copies | None) -> Extraction:
        return extract_features(
            network,
            backbones,
            origins,
            catalogue,
            wanted,
            view=view,
            precision=system.precision,
            width=backbones.width,
            run=run,
            copies=copies,
            weights=weights,
        )

    extraction = extracted(rows, None)
    copies = None
    if (wanted := getattr(system.objective, "copies", None)) is not None:
        run.remark(f"features of {wanted.count} altered copies of each picture")
        usable = rows[extraction.place[rows] >= 0]
        copies = extracted(usable, wanted).of(usable).reshape(-1, wanted.count, backbones.width)
    return TrainingFeatures(view, backbones, origins, extraction, copies)


def weights_digest(network: nn.Module) -> str:
    """Return a hash of a network's weights and statistics."""
    digest = sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode() + np.ascontiguousarray(value.detach().cpu().numpy()).tobytes())
    return digest.hexdigest()
