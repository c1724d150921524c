"""Training a linear back-end over frozen features, and the cohort that its similarities are normalised against."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import Tensor, nn

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import TrainingError
from morelli.model.back_end import write_cohort
from morelli.model.calibrate import artist_names
from morelli.model.encoder import load_openvino
from morelli.pictures.view import View
from morelli.systems.networks import Frozen
from morelli.systems.objectives import Discriminant
from morelli.systems.system import Cohort, System
from morelli.training.back_end import Projection, fit_discriminants
from morelli.training.export import export_encoder
from morelli.training.frozen import OverViews, build_frozen, extract_features
from morelli.training.run import Parts, Rows, Run, Trained


class Projected(nn.Module):
    """A network and a linear map behind it: pictures -> embeddings (n, d)."""

    def __init__(self, network: nn.Module, projection: Projection) -> None:
        super().__init__()
        self.network = network
        self.linear = nn.Linear(*projection.matrix.shape)
        with torch.no_grad():
            self.linear.weight.copy_(torch.from_numpy(projection.matrix.T))
            self.linear.bias.copy_(torch.from_numpy(-projection.mean @ projection.matrix))

    def forward(self, pictures: Tensor) -> Tensor:
        """Embed pictures."""
        embedding: Tensor = self.linear(self.network(pictures))
        return embedding


def train_discriminant(system: System, catalogue: Catalogue, part: Parts, *, run: Run) -> Trained:
    """Extract the features of the training pictures, fit the back-end, choose the cohort, export. Raises TrainingError, ModelError.

    Nothing is chosen here by validation artists: they are trained on too, as the system file's numbers were chosen by cross-validation
    over both.
    """
    began = time.monotonic()
    network, objective = system.network, system.objective
    assert isinstance(network, Frozen)
    assert isinstance(objective, Discriminant)
    view = View(system.view.kind, system.view.size, system.view.grid)
    backbones, origins = build_frozen(network.features, weights=run.weights)
    rows = np.flatnonzero((part == "train") | (part == "validation"))
    extraction = extract_features(
        network,
        backbones,
        origins,
        catalogue,
        rows,
        view=view,
        precision=system.precision,
        width=backbones.width,
        run=run,
    )
    rows = rows[extraction.place[rows] >= 0]
    features = extraction.of(rows)
    artist = artist_names(catalogue)
    projection = fit_discriminants(features, artist[rows], catalogue.get("style")[rows], objective)
    network_of_views = backbones if view.n == 1 else OverViews(backbones, of_views=network.of_views)
    encoder = export_encoder(Projected(network_of_views, projection), size=view.size, views=view.n)
    embeddings = projection(features)
    _check(encoder, catalogue, rows[:: max(1, len(rows) // 16)][:16], embeddings, rows, view, system.precision)
    back_end = None
    if system.cohort is not None:
        chosen = choose_cohort(artist[rows], system.cohort)
        back_end = write_cohort(embeddings[chosen])
    return Trained(
        encoder=encoder,
        width=projection.matrix.shape[1],
        back_end=back_end,
        rows=rows,
        validation=np.zeros(0, dtype=np.int64),
        parameters=projection.matrix.size + projection.mean.size,
        origins=tuple(origins),
        precision=system.precision,
        facts={
            "features": f"{features.shape[1]:,} a picture, in {system.precision}",
            "cohort": "none" if back_end is None else f"{len(chosen):,} training pictures",
            "time": f"{time.monotonic() - began:.0f} s",
            "pictures skipped": str(extraction.skipped),
        },
    )


def choose_cohort(artist: Parts, cohort: Cohort) -> Rows:
    """Return the rows (c,) of the cohort among training pictures (n,): at most `per_artist` of each, evenly through their order."""
    chosen = []
    for name in sorted(set(artist.tolist())):
        rows = np.flatnonzero(artist == name)
        count = min(cohort.per_artist, len(rows))
        chosen.append(rows[np.linspace(0, len(rows) - 1, count).round().astype(int)])
    found: Rows = np.sort(np.concatenate(chosen))
    if len(found) < cohort.neighbours:
        raise TrainingError(f"a cohort of {len(found)} training pictures cannot give {cohort.neighbours} neighbours")
    return found


def _check(
    encoder: bytes,
    catalogue: Catalogue,
    some: Rows,
    embeddings: np.ndarray,
    rows: Rows,
    view: View,
    precision: str,
    tolerance: float = 0.02,
) -> None:
    """Prove the export: the encoder, from the pictures on, gives the embeddings that were computed from cached features.

    As cosines, since that is what is made of them. Raises TrainingError where one is below 1 - tolerance.
    """
    loaded = load_openvino(encoder, name="the export", precision="bfloat16" if precision == "bfloat16" else "float32")
    pictures = np.stack([view.open(catalogue.file(int(row))).pixels for row in some])
    got = loaded.encode(pictures[:, 0] if view.n == 1 else pictures)
    place = np.full(int(rows.max()) + 1, -1)
    place[rows] = np.arange(len(rows))
    wanted = embeddings[place[some]]
    cosine = (got * wanted).sum(1) / np.linalg.norm(got, axis=1) / np.linalg.norm(wanted, axis=1)
    if not cosine.min() >= 1 - tolerance:
        raise TrainingError(
            f"the exported encoder differs from the features that it was trained on (cosine {cosine.min():.4f}); nothing was written"
        )
