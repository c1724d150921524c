"""Judging a model on a catalogue: embed each test picture once, then the protocol."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import ModelError, PairsError, nearest
from morelli.model.calibrate import Labels, artist_names, block_scorer, embed_rows, scorer
from morelli.model.folder import HISTORY
from morelli.model.model import Model
from morelli.model.seen import digest_file
from morelli.protocol.evaluate import RESAMPLES
from morelli.protocol.evaluation import Evaluation
from morelli.protocol.judge import judge


def evaluate(
    model: Model,
    catalogue: Catalogue,
    part: Labels,
    *,
    score: str | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
    remark: Callable[[str], None] | None = None,
) -> Evaluation:
    """Judge a model on the `test` and `test-seen` pictures of a catalogue. part (n,): as `Split.assign` returns it.

    score: the name of one of the model's scores; none: the one it answers with.

    A picture that the model was trained on is refused, and so is a `test` artist whom it has seen: no figure of such a picture would
    mean what it says. Raises ModelError, PairsError.
    """
    artist = artist_names(catalogue)
    rows = np.flatnonzero((part == "test") | (part == "test-seen"))
    if not len(rows):
        raise PairsError(
            f"{catalogue.root}: the split leaves no picture to judge on; make one with 'morelli data split'"
        )
    check_unseen(model, catalogue, artist, part)
    name = score or next(iter(model.comparisons))
    if name not in model.comparisons:
        raise ModelError(f"{model.folder.path}: has no score {name!r}; {nearest(name, model.comparisons)}")
    comparison = model.comparisons[name]
    embeddings, place = embed_rows(
        catalogue,
        rows,
        encoder=model.encoder,
        view=model.view,
        width=model.width,
        workers=workers,
        progress=progress,
        remark=remark,
    )

    skipped = int((place[rows] < 0).sum())
    trained = {f"trained: {name}": value for name, value in model.folder.description.training.items()}
    evaluation = judge(
        scorer(embeddings, place, comparison),
        model.decisions[name],
        artist=artist,
        style=catalogue.get("style"),
        path=catalogue.path,
        part=np.where(place >= 0, part, "set-aside"),
        system=model.name,
        model_id=model.id,
        root=str(catalogue.root),
        block=block_scorer(embeddings, place, comparison),
        resamples=resamples,
        seed=seed,
        facts={
            "catalogue": catalogue.root.name,
            "score": name,
            "pictures that could not be used": str(skipped),
            **trained,
        },
        published=_published(model),
        history=read_history(model),
    )
    return replace(evaluation, artist=catalogue.artist)  # names as they were written, for people to read


def check_unseen(model: Model, catalogue: Catalogue, artist: Labels, part: Labels) -> None:
    """Raise ModelError where a test artist, or a picture to be judged, was trained on, or a test-seen artist was not."""
    seen = model.trained_on
    for name in sorted(set(artist[part == "test"].tolist())):
        if seen.knows(name):
            raise ModelError(
                f"{catalogue.root}: {name!r} is a test artist of this split, but {model.folder.path} was trained on their work; "
                "judge with the split that it was trained with"
            )
        if seen.calibrates(name):
            raise ModelError(
                f"{catalogue.root}: {name!r} is a test artist of this split, but {model.folder.path} was calibrated on their work; "
                "judge with artists that it was not calibrated on"
            )
    for name in sorted(set(artist[part == "test-seen"].tolist())):
        if not seen.knows(name):
            raise ModelError(
                f"{catalogue.root}: {name!r} counts as seen in this split, but {model.folder.path} was not trained on their work; "
                "judge with the split that it was trained with"
            )
    for row in np.flatnonzero((part == "test") | (part == "test-seen")):
        file = catalogue.file(int(row))
        if file.is_file() and digest_file(file) in seen.pictures:
            raise ModelError(f"{file}: is to be judged, but {model.folder.path} was trained on this very picture")


def read_history(model: Model) -> list[dict[str, float]]:
    """Return the course of the training, one mapping an epoch; empty where the model has none."""
    if HISTORY not in model.folder.description.files:
        return []
    rows = csv.DictReader(io.StringIO(model.folder.read(HISTORY).decode()))
    return [{name: float(value) for name, value in row.items() if value} for row in rows]


def _published(model: Model) -> dict[str, float]:
    published = model.folder.description.system.get("published", {})
    return {str(name): float(value) for name, value in published.items()}
