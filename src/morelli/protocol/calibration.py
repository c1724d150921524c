"""From similarities to log-likelihood ratios.

A calibration belongs to a population: the artists whose pairs it was fitted on, and how their negatives were drawn. No
calibration gives more than the data can support: with n artists no likelihood ratio leaves [1 / (n + 1), n + 1]. That
is Laplace's rule of succession: after n artists without a single error, the next one errs with a probability of about 1
/ (n + 1). Artists are counted, not pairs, for the pairs share them and are no independent witnesses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.errors import PairsError, nearest
from morelli.protocol import fields
from morelli.protocol.arrays import FloatArray, checked, checked_scores
from morelli.protocol.isotonic import isotonic_probability
from morelli.protocol.llr import class_weights, cllr, expit

Scores = npt.NDArray[np.floating]
Same = npt.NDArray[np.bool_]
Names = npt.NDArray[np.object_]


@dataclass(frozen=True, kw_only=True)
class LogisticCalibration:
    """llr = slope * similarity + intercept, cut to [-bound, bound]. slope is never negative."""

    slope: float
    intercept: float
    bound: float
    n_pairs: int
    n_artists: int

    def __post_init__(self) -> None:
        if not (self.slope >= 0 and np.isfinite([self.slope, self.intercept]).all() and 0 < self.bound < np.inf):
            raise ValueError(f"not a calibration: {self}; slope must be 0 or more, all numbers finite, bound above 0")

    def llr(self, similarity: Scores) -> FloatArray:
        """Turn similarities (n,) into natural-log likelihood ratios (n,). Raises ValueError for a nan."""
        values = checked(similarity, what="calibration")
        return np.clip(self.slope * values + self.intercept, -self.bound, self.bound)

    def reaching(self, level: float) -> float | None:
        """Return the lowest similarity whose llr is at least `level`; None where no similarity reaches it."""
        return None if self.slope == 0 or level > self.bound else (level - self.intercept) / self.slope

    def falling_to(self, level: float) -> float | None:
        """Return the highest similarity whose llr is at most `level`; None where no similarity falls to it."""
        return None if self.slope == 0 or level < -self.bound else (level - self.intercept) / self.slope

    def to_dict(self) -> dict[str, object]:
        """Return plain values for a file."""
        return {
            "kind": "logistic",
            "slope": self.slope,
            "intercept": self.intercept,
            "bound": self.bound,
            "n_pairs": self.n_pairs,
            "n_artists": self.n_artists,
        }


@dataclass(frozen=True, kw_only=True)
class IsotonicCalibration:
    """llr by linear interpolation between knots, flat beyond the ends, cut to [-bound, bound].

    similarity (m,): strictly rising. log_lr (m,): never falling.
    """

    similarity: tuple[float, ...]
    log_lr: tuple[float, ...]
    bound: float
    n_pairs: int
    n_artists: int

    def __post_init__(self) -> None:
        x, y = np.array(self.similarity), np.array(self.log_lr)
        fine = len(x) == len(y) > 0 and np.isfinite(x).all() and np.isfinite(y).all() and 0 < self.bound < np.inf
        if not fine or (np.diff(x) <= 0).any() or (np.diff(y) < 0).any() or np.abs(y).max() > self.bound + 1e-9:
            raise ValueError(
                "not a calibration: similarities must rise, log_lr must not fall nor pass the bound, all finite"
            )

    def llr(self, similarity: Scores) -> FloatArray:
        """Turn similarities (n,) into natural-log likelihood ratios (n,). Raises ValueError for a nan."""
        values = checked(similarity, what="calibration")
        return np.interp(values, self.similarity, self.log_lr)

    def reaching(self, level: float) -> float | None:
        """Return the lowest similarity, from the first knot on, whose llr is at least `level`; None where none
        reaches it.
        """
        x, y = np.array(self.similarity), np.array(self.log_lr)
        place = int(np.searchsorted(y, level))
        if place == len(y):
            return None
        if place == 0:
            return float(x[0])
        share = (level - y[place - 1]) / (y[place] - y[place - 1])
        return float(np.clip(x[place - 1] + share * (x[place] - x[place - 1]), x[place - 1], x[place]))

    def falling_to(self, level: float) -> float | None:
        """Return the highest similarity, up to the last knot, whose llr is at most `level`; None where none falls to
        it.
        """
        x, y = np.array(self.similarity), np.array(self.log_lr)
        place = int(np.searchsorted(y, level, side="right"))
        if place == 0:
            return None
        if place == len(y):
            return float(x[-1])
        share = (level - y[place - 1]) / (y[place] - y[place - 1])
        return float(np.clip(x[place - 1] + share * (x[place] - x[place - 1]), x[place - 1], x[place]))

    def to_dict(self) -> dict[str, object]:
        """Return plain values for a file."""
        return {
            "kind": "isotonic",
            "similarity": list(self.similarity),
            "log_lr": list(self.log_lr),
            "bound": self.bound,
            "n_pairs": self.n_pairs,
            "n_artists": self.n_artists,
        }


Calibration = LogisticCalibration | IsotonicCalibration


def calibration_from_dict(found: object, *, source: str) -> Calibration:
    """Read what `to_dict` wrote. source: the file's name, for messages. Raises ValueError."""
    read = fields.table(found, source=source)
    kinds = {"logistic": ("slope", "intercept"), "isotonic": ("similarity", "log_lr")}
    kind = read.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise ValueError(f"{source}: calibration of kind {kind!r:.40}; {nearest(str(kind)[:40], kinds)}")
    fields.check_keys(read, needed=("kind", *kinds[kind], "bound", "n_pairs", "n_artists"), source=source)
    bound = fields.number(read["bound"], source=f"{source}, bound")
    n_pairs = fields.whole(read["n_pairs"], source=f"{source}, n_pairs")
    n_artists = fields.whole(read["n_artists"], source=f"{source}, n_artists")
    try:
        if kind == "logistic":
            return LogisticCalibration(
                slope=fields.number(read["slope"], source=f"{source}, slope"),
                intercept=fields.number(read["intercept"], source=f"{source}, intercept"),
                bound=bound,
                n_pairs=n_pairs,
                n_artists=n_artists,
            )
        return IsotonicCalibration(
            similarity=fields.numbers(read["similarity"], source=f"{source}, similarity"),
            log_lr=fields.numbers(read["log_lr"], source=f"{source}, log_lr"),
            bound=bound,
            n_pairs=n_pairs,
            n_artists=n_artists,
        )
    except ValueError as err:
        message = str(err)
        raise ValueError(message if message.startswith(source) else f"{source}: {message}") from err


def probability(llr: Scores, *, prior: float = 0.5) -> FloatArray:
    """Return P(same artist) (n,) from log-likelihood ratios (n,) at a prior in (0, 1).

    >>> probability(np.array([0.0, np.log(9)]), prior=0.5).round(3).tolist()
    [0.5, 0.9]
    """
    if not 0 < prior < 1:
        raise ValueError(f"prior {prior}: give a probability between 0 and 1, both left out")
    return expit(checked(llr, what="probability") + np.log(prior / (1 - prior)))


def llr_bound(n_artists: int) -> float:
    """Return the largest |llr| that `n_artists` can support: log(n + 1)."""
    if n_artists < 1:
        raise ValueError(f"{n_artists} artists support no likelihood ratio")
    return float(np.log(n_artists + 1))


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
    learn.
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
    if held_same:
        cost = {kind: cllr(np.concatenate(llrs), np.concatenate(held_same)) for kind, llrs in held_llr.items()}
        if cost["isotonic"] < cost["logistic"]:
            return fit_isotonic(values, labels, n_artists=len(names))
    return fit_logistic(values, labels, n_artists=len(names))


def _logistic_loss(theta: FloatArray, design: FloatArray, target: FloatArray, weight: FloatArray) -> float:
    logit = theta @ design
    return float(weight @ (np.logaddexp(0, logit) - target * logit))
