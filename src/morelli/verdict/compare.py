"""Comparing two pictures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.errors import PictureError
from morelli.model.model import Model
from morelli.pictures.observe import open_observed
from morelli.pictures.same import shows_the_same
from morelli.pictures.view import ViewedPicture
from morelli.printable import names_apart
from morelli.protocol.calibration import Calibration, check_prior, probability
from morelli.protocol.calibration_artists import CalibrationArtists
from morelli.protocol.operating_point import LEAST_ARTISTS, Answer, OperatingPoint
from morelli.protocol.point_names import BALANCED, parse_point
from morelli.verdict.verdict import Verdict
from morelli.verdict.warnings import known_as, range_warnings, seen_warnings, style_warnings, too_little, warnings_of

HYPOTHESES = {
    "style-matched": ("one artist painted both", "two artists of the same style painted one each"),
    "random": ("one artist painted both", "two artists drawn at random painted one each"),
}


def compare(
    first: Path | str,
    second: Path | str,
    *,
    model: Model,
    prior: float = 0.5,
    operating_point: str = BALANCED,
    negatives: str | None = None,
    crop: bool = False,
) -> Verdict:
    """Say whether the same artist painted two pictures.

    prior: the probability of that before they were looked at, in (0, 1). operating_point: by name, such as `fpr=1%`. negatives: the other
    explanation, `style-matched` or `random`; None: the harder one that the model is calibrated for. crop: what surrounds a painting, a
    frame, a mount, a wall, is cut off where it is found. The order of the pictures does not matter. Raises PictureError for a picture that
    cannot be used, ModelError for a model that is not calibrated, OperatingPointError for a point that it does not offer, PairsError for
    negatives that it is not calibrated for, ValueError for a prior out of range.
    """
    check_prior(prior)
    decision, kind = model.decision, model.headline if negatives is None else negatives
    point = decision.point(operating_point, negatives=kind)
    (one, one_seen), (other, other_seen) = (
        open_observed(picture, view=model.view, crop=crop) for picture in (first, second)
    )
    embeddings = model.encoder.encode(_stack(one, other))
    similarity = model.similarity(embeddings[:1], embeddings[1:]).astype(np.float64)
    if not np.isfinite(similarity).all():
        raise PictureError(f"{first} and {second}: the similarity is no number; the model cannot read these pictures")
    names = names_apart(Path(first), Path(second))
    warnings = (
        *warnings_of(names[0], one_seen, names[1], other_seen, view=model.view),
        *range_warnings(names, model.outside_range(embeddings), model.known_range),
        *seen_warnings(names, [known_as(Path(file), model.trained_on) for file in (first, second)]),
        *style_warnings(model.decision, asked=negatives),
    )
    verdict = read_similarity(
        float(similarity[0]),
        calibration=decision.calibration(kind),
        artists=decision.artists,
        point=point,
        name=operating_point,
        negatives=kind,
        hypotheses=HYPOTHESES[kind],
        prior=prior,
        warnings=warnings,
        model=f"{model.name} {model.id}",
    )
    little = [too_little(name, seen, view=model.view) for name, seen in zip(names, (one_seen, other_seen), strict=True)]
    same = verdict.decision == "different" and shows_the_same(one_seen.sketch, other_seen.sketch)
    return withheld(verdict, little=little, same=same)


def withheld(verdict: Verdict, *, little: Sequence[str], same: bool = False) -> Verdict:
    """Return a verdict that decides nothing where there is nothing to decide on, or where it denies what is seen: no evidence then, a ratio
    of 1, and the probability that was there before.

    little: what `too_little` says of each picture; same: whether the two show the same painting, which no one can have painted apart.
    """
    why = why_withheld(verdict.decision, little=little, same=same)
    if not why:
        return verdict
    warnings = (why, *verdict.warnings)
    return replace(verdict, decision="undecided", log10_lr=0.0, probability=verdict.prior, warnings=warnings)


def why_withheld(decision: Answer, *, little: Sequence[str], same: bool) -> str:
    """Say why nothing is decided, whatever the similarity; nothing where the decision stands. little, same: as `withheld` has them."""
    if said := [one for one in dict.fromkeys(little) if one]:
        return f"nothing is decided: {'; '.join(said)}"
    if same and decision == "different":
        return "nothing is decided: the two are the same picture, though the model takes them for two hands"
    return ""


def read_similarity(
    similarity: float,
    *,
    calibration: Calibration,
    artists: CalibrationArtists | None,
    point: OperatingPoint,
    name: str,
    negatives: str,
    hypotheses: tuple[str, str],
    prior: float,
    warnings: Sequence[str],
    model: str,
) -> Verdict:
    """Return what a similarity means: the verdict without the pictures."""
    score = np.array([similarity])
    llr = calibration.llr(score)
    if calibration.n_artists < LEAST_ARTISTS:
        few = f"calibrated on {calibration.n_artists} artists; with fewer than {LEAST_ARTISTS} no rate here can be trusted"
        warnings = (*warnings, few)
    return Verdict(
        decision=point.decide(score)[0],
        operating_point=parse_point(name)[0],
        negatives=negatives,
        hypotheses=hypotheses,
        upper=point.upper,
        lower=point.lower,
        rates=dict(point.achieved),
        remark=point.remark,
        probability=float(probability(llr, prior=prior)[0]),
        prior=prior,
        log10_lr=float(llr[0]) / math.log(10),
        log10_lr_limits=(calibration.lowest / math.log(10), calibration.highest / math.log(10)),
        log10_lr_decided=(_log10_lr(calibration, point.lower), _log10_lr(calibration, point.upper)),
        similarity=similarity,
        calibration_artists=calibration.n_artists,
        calibration_pairs=calibration.n_pairs,
        calibrated_on=_calibrated_on(calibration, artists),
        styles={} if artists is None else dict(artists.styles),
        warnings=tuple(warnings),
        model=model,
    )


def _log10_lr(calibration: Calibration, threshold: float | None) -> float | None:
    """Return log10 of the likelihood ratio at a threshold, where there is one."""
    return None if threshold is None else float(calibration.llr(np.array([threshold]))[0]) / math.log(10)


def _calibrated_on(calibration: Calibration, artists: CalibrationArtists | None) -> str:
    """Return whose paintings a calibration is of: one against many references, or of one style, has not all of the artists in it."""
    if artists is None:
        return f"{calibration.n_artists} artists"
    fewer = calibration.n_artists < artists.artists
    return artists.in_words() + (f", {calibration.n_artists} of them in questions of this kind" if fewer else "")


def _stack(one: ViewedPicture, other: ViewedPicture) -> npt.NDArray[np.uint8]:
    """Return two pictures as an encoder reads them: (2, s, s, 3), or (2, views, s, s, 3)."""
    pictures = np.stack([one.pixels, other.pixels])
    return pictures[:, 0] if pictures.shape[1] == 1 else pictures
