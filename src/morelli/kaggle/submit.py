"""A submission to the competition: from its folder and a model to `index,sameArtist`, and how good that is where the truth is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from morelli.catalogue.kaggle_layout import ALL_DATA_INFO, TRAIN_INFO
from morelli.catalogue.names import normalise_artist
from morelli.errors import PictureError
from morelli.kaggle.embed import EmbeddedPictures, Stage, embed_pictures, silent
from morelli.kaggle.judge import Figure, judge_pairs
from morelli.kaggle.layout import SUBMISSION_INFO, find_test_pictures, unpacked
from morelli.kaggle.pairs import COMPETITION_PAIRS, read_pairs
from morelli.kaggle.scoring import model_scores, score_pairs
from morelli.kaggle.solution import Artists, read_solution
from morelli.kaggle.submission import check_target, write_submission
from morelli.model.model import Model


@dataclass(frozen=True, kw_only=True)
class Submitted:
    """What was done.

    pairs: rows written. pictures: embedded; replaced: how many are whole copies of broken files. skipped: pictures that cannot be used;
    neutral_pairs: pairs with such a picture, which all have the score `neutral`. figures: by set of pairs, empty where the truth is not
    known. remarks: what a reader of the figures must know.
    """

    out: Path
    pairs: int
    pictures: int
    replaced: int
    skipped: tuple[PictureError, ...]
    neutral_pairs: int
    neutral: float
    figures: Mapping[str, Figure]
    remarks: tuple[str, ...]


def submit(
    model: Model,
    data: Path,
    *,
    out: Path,
    cache: Path,
    solution: Path | None = None,
    resamples: int = 200,
    seed: int = 0,
    workers: int = 2,
    stage: Stage = silent,
) -> Submitted:
    """Score every pair of `data/submission_info.csv` and write `out`: index, and sameArtist, which is the model's similarity.

    Everything is read and checked before a picture is embedded. A pair with a picture that cannot be used gets `neutral_score`.
    cache: where embeddings are kept between runs. solution: as `read_solution`. resamples, seed: of the intervals.
    Raises KaggleError, FeatureCacheError, ModelError.
    """
    threshold = model.decision.threshold
    neutral = neutral_score(threshold)
    with find_test_pictures(data) as found:
        info = unpacked(data, SUBMISSION_INFO)
        pairs = read_pairs(info, found.names)
        check_target(out, rows=len(pairs), read=[info, data / ALL_DATA_INFO, data / TRAIN_INFO, solution])
        truth = read_solution(solution, data, pairs, found.names)
        embedded = embed_pictures(model, found.files, cache=cache, workers=workers, stage=stage)
    with stage("scoring pairs") as tell:
        scores = model_scores(model, embedded.embeddings)
        score, neutral_pairs = score_pairs(pairs, scores, usable=embedded.usable, neutral=neutral, progress=tell)
    write_submission(out, pairs.index, score)
    figures: Mapping[str, Figure] = {}
    remarks = []
    if len(pairs) != COMPETITION_PAIRS:
        remarks.append(f"{info}: {len(pairs):,} pairs; the competition's own file has {COMPETITION_PAIRS:,}")
    if truth is not None:
        with stage("judging sets of pairs") as tell:
            figures = judge_pairs(
                score,
                pairs,
                truth,
                threshold=threshold,
                resamples=resamples,
                seed=seed,
                threads=workers,
                progress=tell,
            )
        remarks += [*truth.remarks, *_what_it_saw(model, truth.artists, embedded)]
    return Submitted(
        out=out,
        pairs=len(pairs),
        pictures=int(embedded.usable.sum()),
        replaced=found.replaced,
        skipped=embedded.errors,
        neutral_pairs=neutral_pairs,
        neutral=neutral,
        figures=figures,
        remarks=tuple(remarks),
    )


def neutral_score(threshold: float) -> float:
    """Return the largest float32 below a model's threshold: the score of a pair of which nothing is known.

    There balanced pairs are told apart best, which is where a constant costs the AUC least; and the pair is not accepted.

    >>> 0.4999 < neutral_score(0.5) < 0.5
    True
    """
    near = np.float32(threshold)
    return float(near if near < threshold else np.nextafter(near, np.float32(-np.inf)))


def _what_it_saw(model: Model, artists: Artists | None, embedded: EmbeddedPictures) -> list[str]:
    """Say where the competition's seen and unseen are not the model's: figures then mean something else than their names."""
    remarks = []
    if count := int(embedded.seen.sum()):
        remarks.append(f"the model has seen {count:,} of these very test pictures: its figures are too good")
    if artists is not None:
        roles = [model.trained_on.role_of_artist(normalise_artist(name)) for name in artists.names]
        known = np.array([role is not None for role in roles], dtype=np.bool_)
        trained = np.array([role == "train" for role in roles], dtype=np.bool_)
        if count := int((known & ~artists.seen).sum()):
            remarks.append(
                f"the model has seen works of {count:,} artists that count as unseen, in training, validation or calibration: those "
                "figures are too good"
            )
        if count := int((~trained & artists.seen).sum()):
            remarks.append(
                f"the model was not trained on {count:,} of {int(artists.seen.sum()):,} artists that count as seen"
            )
    return remarks
