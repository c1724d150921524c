"""Training a linear back-end over frozen features, and the cohort that its similarities are normalised against."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import msgspec
import numpy as np
import numpy.typing as npt
import torch

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import TrainingError
from morelli.model.back_end import Embeddings, write_cohort
from morelli.model.calibrate import artist_names
from morelli.model.embed import quarters_fact
from morelli.pictures.view import View
from morelli.systems.backbones import feature_width
from morelli.systems.networks import Frozen
from morelli.systems.objectives import Discriminant
from morelli.systems.system import Cohort, System
from morelli.training.back_end import BackEnd, Reduced, block_columns
from morelli.training.backbones.backbone import check_size
from morelli.training.checkpoint import Progress
from morelli.training.copies import MADE
from morelli.training.export import check_pictures, export_encoder, export_mapped_encoder
from morelli.training.frozen import (
    FeatureRows,
    FrozenNetwork,
    OverViews,
    features_of,
    training_features,
    weights_digest,
)
from morelli.training.fusion import fusion_weights
from morelli.training.heads import Components, WithHeads, through, train_heads
from morelli.training.kept_tuning import keep_tuned, read_tuned, tuning_identity
from morelli.training.mapped import Mapped
from morelli.training.oddness import Oddness, Sized, parts_of
from morelli.training.phases import join_histories, processor_time
from morelli.training.pixels import cache_pixels
from morelli.training.projected import Projected
from morelli.training.run import Parts, Rows, Run, Trained, choose_device, run_identity
from morelli.training.sampling import rows_by_artist
from morelli.training.tuning import Student, Tuner, artist_centres, tune


def train_discriminant(system: System, catalogue: Catalogue, part: Parts, *, run: Run) -> Trained:
    """Extract the features of the training pictures and their copies, fit the back-end, tune the backbone, train the heads, choose the
    cohort, export: as much of it as the system asks for. Raises TrainingError, ModelError.

    Nothing is chosen here by validation artists, so they are trained on too. Who chooses a system's numbers by them trains with a split
    that leaves them out, as the study of the house model does.
    """
    began = time.monotonic()
    network, objective = system.network, system.objective
    assert isinstance(network, Frozen)
    assert isinstance(objective, Discriminant)
    made = training_features(system, catalogue, part, run=run)
    view, backbones = made.view, made.backbones
    rows = np.flatnonzero(made.extraction.place >= 0)
    artist, style = artist_names(catalogue)[rows], catalogue.get("style")[rows]
    columns = columns_of(network, view, objective, made.extraction.features.shape[1])
    fitted = fit_blocks(columns, made.extraction.of(rows), made.copies, artist, style, system, seed=run.seed)
    network_of_views = backbones if view.n == 1 else OverViews(backbones, of_views=network.of_views)
    projected = Projected(network_of_views, fitted.back_end)
    follows_from = [*(one.sha256 for one in made.origins), str(MADE), _digest(made.extraction.of(rows), style)]
    identity = run_identity(system, catalogue, part, run.seed, more=follows_from)
    history: list[dict[str, float]] = []
    tuned: dict[str, str] = {}
    if network.tuning is not None:
        earlier = time.monotonic()
        progress = _tune(
            projected,
            fitted.back_end(made.extraction.of(rows)),
            rows,
            artist,
            system,
            catalogue,
            run=run,
            identity=identity,
            kept=tuning_identity(system, catalogue, part, run.seed, more=follows_from),
        )
        history = progress.history
        began -= max(0.0, progress.seconds - (time.monotonic() - earlier))  # what earlier sessions spent on it
        tuned = {
            "epochs": f"{progress.epoch} of {network.tuning.epochs}, the last one kept",
            "budget": "none" if run.budget is None else f"{run.budget:.0f} s",
        }
        weights = [weights_digest(projected.network)]
        made = features_of(system, backbones, made.origins, catalogue, part, run=run, weights=weights)
    features = made.extraction.of(rows)
    encoding: Projected | WithHeads = projected
    if objective.heads is not None:
        components = Components.of(
            fitted.back_end.blocks, [features, *_each(made.copies)], objective, most=objective.heads.components
        )
        heads, of_heads = train_heads(
            objective.heads,
            [through(components, one) for one in (features, *_each(made.copies))],
            artist,
            style,
            seed=run.seed,
            device=choose_device(run.device),
            folder=run.folder / "heads",
            identity=identity,
            resume=run.resume,
        )
        encoding = WithHeads(projected, components, heads, share=objective.heads.share)
        history = join_histories([one for one in (history, of_heads) if one], "stage")
    sized = Sized(encoding, Oddness(parts_of(backbones, width=features.shape[1]), features[:]))
    embeddings = through(sized.of_features, features).numpy()
    if view.n == 1:
        encoder = export_mapped_encoder(Mapped(sized, backbones, size=view.size), size=view.size)
    else:
        encoder = export_encoder(sized, size=view.size, views=view.n)
    some = np.arange(0, len(rows), max(1, len(rows) // 16))[:16]
    check_pictures(encoder, catalogue, rows[some], embeddings[some], view=view, precision=system.precision)
    stored = None
    if system.cohort is not None:
        chosen = choose_cohort(artist, system.cohort)
        stored = write_cohort(embeddings[chosen], in_bytes=system.stored == "int8")
    return Trained(
        encoder=encoder,
        width=embeddings.shape[1],
        back_end=stored,
        rows=rows,
        validation=np.zeros(0, dtype=np.int64),
        parameters=_trained(encoding, tuned=network.tuning is not None),
        origins=tuple(made.origins),
        precision=system.precision,
        ranged=True,
        facts={
            "blocks": "; ".join(
                f"{name} {weight:.2f}"
                for name, weight in zip(_names(network, objective), fitted.weights, strict=True)
                if weight
            ),
            "features": f"{features.shape[1]:,} a picture, in {system.precision}",
            "cohort": "none" if stored is None else f"{len(chosen):,} training pictures",
            **(
                {}
                if made.copies is None
                else {"copies": f"{made.copies.shape[1]} altered ones of each training picture"}
            ),
            **tuned,
            "time": f"{time.monotonic() - began:.0f} s",
            "pictures skipped": str(made.extraction.skipped),
            **quarters_fact(view, made.extraction.quartered, len(rows)),
        },
        history=history,
    )


def _tune(
    projected: Projected,
    start: Embeddings,
    rows: Rows,
    artist: Parts,
    system: System,
    catalogue: Catalogue,
    *,
    run: Run,
    identity: str,
    kept: str,
) -> Progress:
    """Tune a backbone and its discriminants in place, or take what the same tuning gave before (by its key, `kept`); return how it went.

    start (n, d): embeddings of rows (n,); artist (n,).
    """
    done = read_tuned(projected, folder=run.cache, identity=kept)
    if done is not None:
        run.remark("tuned before: its weights are in the cache")
        return done
    network, objective = system.network, system.objective
    assert isinstance(network, Frozen)
    assert isinstance(objective, Discriminant)
    assert network.tuning is not None
    assert objective.copies is not None
    view = View(system.view.kind, system.view.size)
    backbones = projected.network
    assert isinstance(backbones, FrozenNetwork)
    check_size(backbones.backbones[0].backbone, network.tuning.size, name=network.features[0].backbone)  # type: ignore[arg-type]
    pixels = cache_pixels(catalogue, rows, view=view, folder=run.cache, workers=run.workers, progress=run.progress)
    if (pixels.index[rows] < 0).any():
        raise TrainingError(f"{catalogue.place}: {pixels.skipped[0][1]}; it could be used a moment ago: train again")
    names = np.full(len(catalogue), "", dtype=object)
    names[rows] = artist
    paintings = rows_by_artist(names, rows)
    of_place = torch.zeros(len(pixels.pictures), start.shape[1])
    of_place[torch.from_numpy(pixels.index[rows])] = torch.from_numpy(start)
    tuner = Tuner(
        tuning=network.tuning,
        copies=objective.copies,
        network=Student(projected, artist_centres(of_place, paintings, pixels.index)),
        pixels=pixels,
        start=of_place,
        paintings=paintings,
        device=choose_device(run.device),
        seed=run.seed,
        workers=run.workers,
    )
    progress = tune(
        tuner,
        folder=run.folder,
        identity=identity,
        resume=run.resume,
        budget=run.budget,
        tell=run.tell,
        clock=processor_time if run.clock == "processor" else time.monotonic,
    )
    projected.to("cpu").to(memory_format=torch.contiguous_format)
    if progress.epoch >= network.tuning.epochs:  # not where a budget ended it
        keep_tuned(projected, progress, folder=run.cache, identity=kept)
    return progress


def _trained(encoding: Projected | WithHeads, *, tuned: bool) -> int:
    """Return how many values were trained: of the discriminants, of heads, and of the backbone where it was tuned."""
    projected = encoding if isinstance(encoding, Projected) else encoding.projected
    parts = [*projected.means.parameters(), *projected.matrices.parameters()]
    if isinstance(encoding, WithHeads):
        parts += encoding.heads.parameters()
    if tuned:
        parts += projected.network.parameters()
    return sum(one.numel() for one in parts)


@dataclass(frozen=True, eq=False)
class FittedBlocks:
    """The discriminants of the blocks of features that count. weights (b,): of all blocks, 0 for those that are left out."""

    back_end: BackEnd
    weights: npt.NDArray[np.float64]


def fit_blocks(
    columns: Sequence[tuple[int, int]],
    features: FeatureRows,
    copies: FeatureRows | None,
    artist: Parts,
    style: Parts,
    system: System,
    *,
    seed: int,
) -> FittedBlocks:
    """Fit a back-end to each block of features (n, f) and weigh the blocks. copies (n, count, f): fitted to as well; artist, style (n,)."""
    objective = system.objective
    assert isinstance(objective, Discriminant)
    parts = (features, *_each(copies))
    artist, style = np.tile(artist, len(parts)), np.tile(style, len(parts))
    reduced = [
        Reduced.of(np.concatenate([part[:, start:stop] for part in parts]), objective) for start, stop in columns
    ]
    weights = fusion_weights(reduced, artist, style, objective, cohort=system.cohort, seed=seed, pictures=len(features))
    used = np.flatnonzero(weights)
    back_end = BackEnd(
        tuple(columns[int(i)] for i in used),
        tuple(reduced[i].projection(artist, style, objective) for i in used),
        tuple(weights[used].tolist()),
    )
    return FittedBlocks(back_end, weights)


def _digest(features: FeatureRows, style: Parts) -> str:
    """Return a hash of features and styles: names and parts may be those of another day's pictures, or of other labels."""
    digest = sha256(np.ascontiguousarray(features).tobytes())
    digest.update("\0".join(style.astype(str).tolist()).encode(errors="surrogateescape"))
    return digest.hexdigest()


def _each(copies: FeatureRows | None) -> list[FeatureRows]:
    """Return the features (n, f) of the first copy of every picture, of the second, and so on."""
    return [] if copies is None else [copies[:, number] for number in range(copies.shape[1])]


def _names(network: Frozen, objective: Discriminant) -> list[str]:
    if objective.blocks == "all":
        return ["all features"]
    return [f"{one.backbone} {layer}" for one in network.features for layer in one.layers or ("last",)]


def columns_of(network: Frozen, view: View, objective: Discriminant, width: int) -> tuple[tuple[int, int], ...]:
    """Return the columns (start, stop) of each block of features (n, width).

    Raises TrainingError where views stand side by side, which has no blocks by layer.
    """
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
