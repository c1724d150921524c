"""Training a linear back-end over frozen features, and the cohort that its similarities are normalised against."""

from __future__ import annotations

import time

import msgspec
import numpy as np

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import TrainingError
from morelli.model.back_end import write_cohort
from morelli.model.calibrate import artist_names
from morelli.model.embed import quarters_fact
from morelli.pictures.view import View
from morelli.systems.backbones import feature_width
from morelli.systems.networks import Frozen
from morelli.systems.objectives import Discriminant
from morelli.systems.system import Cohort, System
from morelli.training.back_end import BackEnd, Reduced, block_columns
from morelli.training.export import check_pictures, export_encoder, export_mapped_encoder
from morelli.training.frozen import OverViews, training_features
from morelli.training.fusion import fusion_weights
from morelli.training.projected import Mapped, Projected
from morelli.training.run import Parts, Rows, Run, Trained


def train_discriminant(system: System, catalogue: Catalogue, part: Parts, *, run: Run) -> Trained:
    """Extract the features of the training pictures, fit the back-end, choose the cohort, export. Raises TrainingError, ModelError.

    Nothing is chosen here by validation artists: they are trained on too, as the system file's numbers were chosen by cross-validation
    over both.
    """
    began = time.monotonic()
    network, objective = system.network, system.objective
    assert isinstance(network, Frozen)
    assert isinstance(objective, Discriminant)
    made = training_features(system, catalogue, part, run=run)
    view, backbones, extraction = made.view, made.backbones, made.extraction
    rows = np.flatnonzero(extraction.place >= 0)
    features = extraction.of(rows)
    artist = artist_names(catalogue)
    style = catalogue.get("style")
    columns = _columns(network, view, objective, features.shape[1])
    reduced = [Reduced.of(features[:, start:stop], objective) for start, stop in columns]
    weights = fusion_weights(reduced, artist[rows], style[rows], objective, cohort=system.cohort, seed=run.seed)
    used = np.flatnonzero(weights)
    back_end = BackEnd(
        tuple(columns[i] for i in used),
        tuple(reduced[i].projection(artist[rows], style[rows], objective) for i in used),
        tuple(weights[used].tolist()),
    )
    network_of_views = backbones if view.n == 1 else OverViews(backbones, of_views=network.of_views)
    projected = Projected(network_of_views, back_end)
    if view.n == 1:
        encoder = export_mapped_encoder(Mapped(projected, backbones, size=view.size), size=view.size)
    else:
        encoder = export_encoder(projected, size=view.size, views=view.n)
    embeddings = back_end(features)
    some = np.arange(0, len(rows), max(1, len(rows) // 16))[:16]
    check_pictures(encoder, catalogue, rows[some], embeddings[some], view=view, precision=system.precision)
    stored = None
    if system.cohort is not None:
        chosen = choose_cohort(artist[rows], system.cohort)
        stored = write_cohort(embeddings[chosen])
    return Trained(
        encoder=encoder,
        width=back_end.width,
        back_end=stored,
        rows=rows,
        validation=np.zeros(0, dtype=np.int64),
        parameters=sum(one.matrix.size + one.mean.size for one in back_end.projections),
        origins=tuple(made.origins),
        precision=system.precision,
        facts={
            "blocks": "; ".join(
                f"{name} {weight:.2f}"
                for name, weight in zip(_names(network, objective), weights, strict=True)
                if weight
            ),
            "features": f"{features.shape[1]:,} a picture, in {system.precision}",
            "cohort": "none" if stored is None else f"{len(chosen):,} training pictures",
            "time": f"{time.monotonic() - began:.0f} s",
            "pictures skipped": str(extraction.skipped),
            **quarters_fact(view, extraction.quartered, len(rows)),
        },
    )


def _names(network: Frozen, objective: Discriminant) -> list[str]:
    if objective.blocks == "all":
        return ["all features"]
    return [f"{one.backbone} {layer}" for one in network.features for layer in one.layers or ("last",)]


def _columns(network: Frozen, view: View, objective: Discriminant, width: int) -> tuple[tuple[int, int], ...]:
    """Return the columns of each block. Raises TrainingError where views stand side by side, which has no blocks by layer."""
    if objective.blocks == "all":
        return ((0, width),)
    if view.n > 1 and network.of_views == "concatenate":
        raise TrainingError(
            'objective.blocks = "layers" needs network.of_views = "mean" where a picture has several views'
        )
    widths = []
    for one in network.features:
        for layer in one.layers or ("",):
            alone = msgspec.structs.replace(one, layers=(layer,) if layer else ())
            found = feature_width(alone)
            if found is None:
                raise TrainingError(
                    f"objective.blocks: the layers of {one.backbone!r} are not known before it is built"
                )
            widths.append(found)
    return block_columns(widths)


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
