"""Comparing two pictures."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.errors import PictureError
from morelli.model.model import Model
from morelli.pictures.view import ViewedPicture
from morelli.protocol.calibration import probability
from morelli.verdict.verdict import Verdict


def compare(first: Path | str, second: Path | str, *, model: Model, prior: float = 0.5) -> Verdict:
    """Say whether the same artist painted two pictures. prior: the probability of that before they were looked at, in (0, 1).

    The order of the pictures does not matter. Raises PictureError for a picture that cannot be used, ModelError for a model that is not
    calibrated, ValueError for a prior out of range.
    """
    if not 0 < prior < 1:
        raise ValueError(f"prior {prior}: give a probability between 0 and 1, both left out")
    one, other = model.view.open(Path(first)), model.view.open(Path(second))
    decision, negatives = model.decision, model.headline
    embeddings = model.encoder.encode(_stack(one, other))
    similarity = model.similarity(embeddings[:1], embeddings[1:]).astype(np.float64)
    if not np.isfinite(similarity).all():
        raise PictureError(f"{first} and {second}: the similarity is no number; the model cannot read these pictures")
    llr = decision.llr(similarity, negatives=negatives)
    calibration = decision.calibrations[negatives]
    return Verdict(
        decision="same" if similarity[0] >= decision.threshold else "different",
        probability=float(probability(llr, prior=prior)[0]),
        prior=prior,
        log10_lr=float(llr[0]) / math.log(10),
        similarity=float(similarity[0]),
        negatives=negatives,
        operating_point="balanced",
        threshold=decision.threshold,
        calibration_artists=calibration.n_artists,
        calibration_pairs=calibration.n_pairs,
        warnings=tuple(_warnings(Path(first), one, model) + _warnings(Path(second), other, model) + _both(one, other)),
        model=f"{model.name} {model.id}",
    )


def _stack(one: ViewedPicture, other: ViewedPicture) -> npt.NDArray[np.uint8]:
    """Return two pictures as an encoder reads them: (2, s, s, 3), or (2, views, s, s, 3)."""
    pictures = np.stack([one.pixels, other.pixels])
    return pictures[:, 0] if pictures.shape[1] == 1 else pictures


def _warnings(path: Path, picture: ViewedPicture, model: Model) -> list[str]:
    found = []
    if min(picture.original_size) < model.view.size:
        width, height = picture.original_size
        found.append(
            f"{path.name} has {width} x {height} px; the model looks at {model.view.size} px a side, so detail is missing"
        )
    return found


def _both(one: ViewedPicture, other: ViewedPicture) -> list[str]:
    if np.abs(one.pixels.astype(np.int16) - other.pixels).mean() < 2:
        return ["the two are the same picture, or nearly"]
    return []
