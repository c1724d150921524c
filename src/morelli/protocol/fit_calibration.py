"""Fitting calibrations: logistic or isotonic, whichever serves artists better whom it was not fitted on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from morelli.errors import PairsError
from morelli.protocol.arrays import FloatArray, checked_scores
from morelli.protocol.calibration import (
    Calibration,
    IsotonicCalibration,
    LogisticCalibration,
    Names,
    Same,
    Scores,
    llr_bound,
)
from morelli.protocol.empirical_bounds import empirical_bounds
from morelli.protocol.isotonic import isotonic_probability
from morelli.protocol.llr import class_weights, cllr, expit


def fit_logistic(similarity: Scores, same: Same, *, n_artists: int) -> LogisticCalibration:
    """Fit slope and intercept by maximum likelihood, both classes weighing one half (so the log-odds are log-likelihood
    ratios).

    Newton's method on standardised similarities, with Platt's targets (n+ + 1) / (n+ + 2) and 1 / (n- + 2) in place of
    1 and 0, which keep the answer finite where the classes are apart (Platt 1999). Where larger similarities are not
    more often the same artist the slope is 0: a calibration never turns a score round.
    """
    values, labels = checked_scores(similarity, same, what="fit_logistic")
    if not np.isfinite(values).all():
        raise ValueError("fit_logistic: a similarity is infinite")
    n_same, n_different = int(labels.sum()), int((~labels).sum())
    weight = class_weights(labels, np.ones(len(values)), prior=0.5)
    target = np.where(labels, (n_same + 1) / (n_same + 2), 1 / (n_different + 2))
    centre, spread = float(values.mean()), float(values.std())
    flat = not spread > 1e-12 * max(1.0, abs(centre))
    design = np.stack([np.zeros_like(values) if flat else (values - centre) / spread, np.ones_like(values)])
    theta = np.zeros(2)
    loss = _logistic_loss(theta, design, target, weight)
    for _ in range(100):
        p = expit(theta @ design)
        gradient = design @ (weight * (p - target))
        hessian = (design * (weight * p * (1 - p))) @ design.T + 1e-12 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while (new := _logistic_loss(theta - size * step, design, target, weight)) > loss and size > 1e-8:
            size /= 2
        if new > loss:
            break
        theta, loss = theta - size * step, new
        if np.abs(size * step).max() < 1e-10:
            break
    if flat or theta[0] <= 0:
        slope, intercept = 0.0, 0.0
    else:
        slope = float(theta[0] / spread)
        intercept = float(theta[1] - slope * centre)
    return LogisticCalibration(
        slope=slope, intercept=intercept, bound=llr_bound(n_artists), n_pairs=len(values), n_artists=n_artists
    )


def fit_isotonic(similarity: Scores, same: Same, *, n_artists: int) -> IsotonicCalibration:
    """Fit the best never-falling curve (pool-adjacent-violators, both classes weighing one half), cut to what the
    artists support.

    Every pooled block keeps its first and last similarity as knots; between blocks the llr is interpolated.
    """
    values, labels = checked_scores(similarity, same, what="fit_isotonic")
    if not np.isfinite(values).all():
        raise ValueError("fit_isotonic: a similarity is infinite")
    weight = class_weights(labels, np.ones(len(values)), prior=0.5)
    distinct, p, _ = isotonic_probability(values, labels, weight)
    bound = llr_bound(n_artists)
    tiny = float(expit(np.array([-bound]))[0])
    inner = np.clip(p, tiny, 1 - tiny)
    log_lr = np.clip(np.log(inner) - np.log1p(-inner), -bound, bound)
    edge = np.concatenate([[True], np.diff(log_lr) > 0])
    knots = edge | np.concatenate([edge[1:], [True]])
    return IsotonicCalibration(
        similarity=tuple(distinct[knots].tolist()),
        log_lr=tuple(np.maximum.accumulate(log_lr[knots]).tolist()),
        bound=bound,
        n_pairs=len(values),
        n_artists=n_artists,
    )


def fit_calibration(
    similarity: Scores, same: Same, *, first_artist: Names, second_artist: Names, seed: int = 0, folds: int = 5
) -> Calibration:
    """Fit the kind of calibration, logistic or isotonic, that costs less cllr on artists left out.

    first_artist, second_artist (n,): who made the pictures of each pair. Artists are dealt into folds; each fold's
    pairs (both artists in it) are judged by a fit on the pairs that have neither artist in it. A fold without both
    classes on both sides is left out; with no fold to judge by, and on a tie, it is the logistic one, which has less to
    learn. The ratios of those left-out artists also say how far the curve can be trusted: it is cut to their empirical
    bounds.
    """
    values, labels = checked_scores(similarity, same, what="fit_calibration")
    names, code = np.unique(np.concatenate([first_artist, second_artist]).astype(str), return_inverse=True)
    one, other = code[: len(values)], code[len(values) :]
    if len(one) != len(other) or len(one) != len(values):
        raise PairsError(f"{len(values)} similarities for {len(first_artist)} and {len(second_artist)} artists")
    fold = np.random.default_rng([seed, len(names)]).permutation(len(names)) % max(2, min(folds, len(names) // 2))
    held_llr: dict[str, list[FloatArray]] = {"logistic": [], "isotonic": []}
    held_same: list[npt.NDArray[np.bool_]] = []
    for which in np.unique(fold):
        outside = (fold[one] != which) & (fold[other] != which)
        inside = (fold[one] == which) & (fold[other] == which)
        if (
            min((labels & s).sum() for s in (inside, outside)) == 0
            or min((~labels & s).sum() for s in (inside, outside)) == 0
        ):
            continue
        n = int((fold != which).sum())
        held_llr["logistic"].append(fit_logistic(values[outside], labels[outside], n_artists=n).llr(values[inside]))
        held_llr["isotonic"].append(fit_isotonic(values[outside], labels[outside], n_artists=n).llr(values[inside]))
        held_same.append(labels[inside])
    if not held_same:
        return fit_logistic(values, labels, n_artists=len(names))
    judged, held = np.concatenate(held_same), {kind: np.concatenate(llrs) for kind, llrs in held_llr.items()}
    chosen = "isotonic" if cllr(held["isotonic"], judged) < cllr(held["logistic"], judged) else "logistic"
    fit = fit_isotonic if chosen == "isotonic" else fit_logistic
    fitted: Calibration = fit(values, labels, n_artists=len(names))
    low, high = empirical_bounds(held[chosen], judged)
    return replace(fitted, floor=low, ceiling=high)


def _logistic_loss(theta: FloatArray, design: FloatArray, target: FloatArray, weight: FloatArray) -> float:
    logit = theta @ design
    return float(weight @ (np.logaddexp(0, logit) - target * logit))
