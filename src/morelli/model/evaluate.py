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
from morelli.model.embed import quarters_fact
from morelli.model.folder import HISTORY
from morelli.model.model import Model
from morelli.model.seen import Role, digest_file
from morelli.protocol.evaluate import RESAMPLES
from morelli.protocol.evaluation import Evaluation
from morelli.protocol.judge import judge

_ROLES: dict[Role, str] = {
    "train": "its weights were fitted to",
    "validation": "its epoch was chosen by",
    "calibration": "its threshold and calibration were fitted to",
}


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

    A picture that the model has seen is refused, and so is a `test` artist whom it has seen, in whatever role: no figure of such a
    picture would mean what it says. Raises ModelError, PairsError.
    """
    artist = artist_names(catalogue)
    rows = np.flatnonzero((part == "test") | (part == "test-seen"))
    if not len(rows):
        raise PairsError(
            f"{catalogue.place}: the split leaves no picture to judge on; make one with 'morelli data split'"
        )
    check_unseen(model, catalogue, artist, part)
    name = score or next(iter(model.comparisons))
    if name not in model.comparisons:
        raise ModelError(f"{model.folder.path}: has no score {name!r}; {nearest(name, model.comparisons)}")
    comparison = model.comparisons[name]
    embeddings, place, quartered = embed_rows(
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
            **quarters_fact(model.view, quartered, len(embeddings)),
            **trained,
        },
        published=_published(model),
        history=read_history(model),
    )
    facts = dict(evaluation.facts)
    if lacking := _without_styles(evaluation):
        facts["style-matched pairs"] = lacking
        if remark is not None:
            remark(f"style-matched pairs: {lacking}")
    return replace(evaluation, artist=catalogue.artist, facts=facts)  # names as they were written, for people to read


def _without_styles(evaluation: Evaluation) -> str:
    """Say of which groups there are pairs against random painters only; nothing where there are both kinds of all."""
    judged = {(one.group, one.negatives) for one in evaluation.pairs}
    groups = [group for group, kind in judged if kind == "random" and (group, "style-matched") not in judged]
    if not groups:
        return ""
    order = [group for group in ("seen", "unseen", "mix") if group in groups]
    return (
        f"none of {', '.join(order)}: two styles are needed, and two artists of one (column 'style'); the figures are against random "
        "painters, the easier question"
    )


def check_unseen(model: Model, catalogue: Catalogue, artist: Labels, part: Labels) -> None:
    """Raise ModelError unless the model has seen no `test` artist, has trained on every `test-seen` artist, and has seen no picture.

    Seen is more than trained on: the artists that chose the epoch, and those that threshold and calibration were fitted on, are as
    little unseen. The message says which role an artist or a picture had.
    """
    seen, path = model.trained_on, model.folder.path
    way_out = "judge with the split that it was trained with"
    for name in sorted(set(artist[part == "test"].tolist())):
        if (role := seen.role_of_artist(name)) is not None:
            raise ModelError(
                f"{catalogue.place}: {name!r} is a test artist of this split, but had the role {role!r} in the training of {path}: "
                f"{_ROLES[role]} their work; {way_out}"
            )
    for name in sorted(set(artist[part == "test-seen"].tolist())):
        if (role := seen.role_of_artist(name)) != "train":
            had = "was not seen" if role is None else f"had the role {role!r}"
            raise ModelError(
                f"{catalogue.place}: {name!r} counts as trained on in this split, but {had} in the training of {path}; {way_out}; "
                "where all artists are new to it, make a split that only tests: morelli data split CATALOGUE --shares 0,0,0,100"
            )
    for row in np.flatnonzero((part == "test") | (part == "test-seen")):
        file = catalogue.file(int(row))
        if file.is_file() and (role := seen.role_of_picture(digest_file(file))) is not None:
            raise ModelError(
                f"{file}: is to be judged, but this very picture had the role {role!r} in the training of {path}: "
                f"{_ROLES[role]} it; {way_out}"
            )


def read_history(model: Model) -> list[dict[str, float]]:
    """Return the course of the training, one mapping an epoch; empty where the model has none."""
    if HISTORY not in model.folder.description.files:
        return []
    rows = csv.DictReader(io.StringIO(model.folder.read(HISTORY).decode()))
    return [{name: float(value) for name, value in row.items() if value} for row in rows]


def _published(model: Model) -> dict[str, float]:
    published = model.folder.description.system.get("published", {})
    return {str(name): float(value) for name, value in published.items()}
