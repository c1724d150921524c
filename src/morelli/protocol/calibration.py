"""From similarities to log-likelihood ratios.

A calibration belongs to a population: the artists whose pairs it was fitted on, and how their negatives were drawn. No
calibration gives more than the data support, in two ways. With n artists no likelihood ratio leaves [1 / (n + 1), n +
1]: that is Laplace's rule of succession, after n artists without a single error the next one errs with a probability of
about 1 / (n + 1); artists are counted, not pairs, for the pairs share them and are no independent witnesses. And no
ratio leaves the empirical bounds (`empirical_bounds`) of the ratios that artists get whom the curve was not fitted on:
where it overstates the evidence, it is cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

import numpy as np
import numpy.typing as npt

from morelli.errors import nearest
from morelli.protocol import fields
from morelli.protocol.arrays import FloatArray, checked
from morelli.protocol.llr import expit

Scores = npt.NDArray[np.floating]
Same = npt.NDArray[np.bool_]
Names = npt.NDArray[np.object_]


@dataclass(frozen=True, kw_only=True)
class LogisticCalibration:
    """llr = slope * similarity + intercept, cut to [lowest, highest]. slope is never negative.

    bound: what the number of artists supports, either way. floor (at most 0), ceiling (at least 0): what artists
    support whom it was not fitted on; infinite where there were none. The narrower counts.
    """

    slope: float
    intercept: float
    bound: float
    n_pairs: int
    n_artists: int
    floor: float = -inf
    ceiling: float = inf

    def __post_init__(self) -> None:
        if not (self.slope >= 0 and np.isfinite([self.slope, self.intercept]).all() and 0 < self.bound < np.inf):
            raise ValueError(f"not a calibration: {self}; slope must be 0 or more, all numbers finite, bound above 0")
        _check_limits(self.floor, self.ceiling)

    @property
    def lowest(self) -> float:
        """The lowest llr that it gives."""
        return max(self.floor, -self.bound)

    @property
    def highest(self) -> float:
        """The highest llr that it gives."""
        return min(self.ceiling, self.bound)

    def llr(self, similarity: Scores) -> FloatArray:
        """Turn similarities (n,) into natural-log likelihood ratios (n,). Raises ValueError for a nan."""
        values = checked(similarity, what="calibration")
        return np.clip(self.slope * values + self.intercept, self.lowest, self.highest)

    def reaching(self, level: float) -> float | None:
        """Return the lowest similarity whose llr is at least `level`; None where no similarity reaches it."""
        return None if self.slope == 0 or level > self.highest else (level - self.intercept) / self.slope

    def falling_to(self, level: float) -> float | None:
        """Return the highest similarity whose llr is at most `level`; None where no similarity falls to it."""
        return None if self.slope == 0 or level < self.lowest else (level - self.intercept) / self.slope

    def to_dict(self) -> dict[str, object]:
        """Return plain values for a file."""
        return {
            "kind": "logistic",
            "slope": self.slope,
            "intercept": self.intercept,
            "bound": self.bound,
            "n_pairs": self.n_pairs,
            "n_artists": self.n_artists,
            "floor": self.floor if isfinite(self.floor) else None,
            "ceiling": self.ceiling if isfinite(self.ceiling) else None,
        }


@dataclass(frozen=True, kw_only=True)
class IsotonicCalibration:
    """llr by linear interpolation between knots, flat beyond the ends, cut to [lowest, highest].

    similarity (m,): strictly rising. log_lr (m,): never falling, within [-bound, bound]. bound, floor, ceiling: as
    `LogisticCalibration` has them.
    """

    similarity: tuple[float, ...]
    log_lr: tuple[float, ...]
    bound: float
    n_pairs: int
    n_artists: int
    floor: float = -inf
    ceiling: float = inf

    def __post_init__(self) -> None:
        x, y = np.array(self.similarity), np.array(self.log_lr)
        fine = len(x) == len(y) > 0 and np.isfinite(x).all() and np.isfinite(y).all() and 0 < self.bound < np.inf
        if not fine or (np.diff(x) <= 0).any() or (np.diff(y) < 0).any() or np.abs(y).max() > self.bound + 1e-9:
            raise ValueError(
                "not a calibration: similarities must rise, log_lr must not fall nor pass the bound, all finite"
            )
        _check_limits(self.floor, self.ceiling)

    @property
    def lowest(self) -> float:
        """The lowest llr that it gives."""
        return max(self.floor, -self.bound)

    @property
    def highest(self) -> float:
        """The highest llr that it gives."""
        return min(self.ceiling, self.bound)

    def llr(self, similarity: Scores) -> FloatArray:
        """Turn similarities (n,) into natural-log likelihood ratios (n,). Raises ValueError for a nan."""
        values = checked(similarity, what="calibration")
        return np.clip(np.interp(values, self.similarity, self.log_lr), self.lowest, self.highest)

    def reaching(self, level: float) -> float | None:
        """Return the lowest similarity, from the first knot on, whose llr is at least `level`; None where none
        reaches it.
        """
        x, y = np.array(self.similarity), np.array(self.log_lr)
        place = int(np.searchsorted(y, level))
        if place == len(y) or level > self.highest:
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
        if place == 0 or level < self.lowest:
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
            "floor": self.floor if isfinite(self.floor) else None,
            "ceiling": self.ceiling if isfinite(self.ceiling) else None,
        }


Calibration = LogisticCalibration | IsotonicCalibration


def calibration_from_dict(found: object, *, source: str) -> Calibration:
    """Read what `to_dict` wrote. source: the file's name, for messages. Raises ValueError."""
    read = fields.table(found, source=source)
    kinds = {"logistic": ("slope", "intercept"), "isotonic": ("similarity", "log_lr")}
    kind = read.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise ValueError(f"{source}: calibration of kind {kind!r:.40}; {nearest(str(kind)[:40], kinds)}")
    fields.check_keys(
        read,
        needed=("kind", *kinds[kind], "bound", "n_pairs", "n_artists"),
        optional=("floor", "ceiling"),
        source=source,
    )
    bound = fields.number(read["bound"], source=f"{source}, bound")
    floor = fields.number_or_none(read.get("floor"), source=f"{source}, floor")
    ceiling = fields.number_or_none(read.get("ceiling"), source=f"{source}, ceiling")
    n_pairs = fields.whole(read["n_pairs"], source=f"{source}, n_pairs")
    n_artists = fields.whole(read["n_artists"], source=f"{source}, n_artists")
    try:
        if kind == "logistic":
            return LogisticCalibration(
                slope=fields.number(read["slope"], source=f"{source}, slope"),
                intercept=fields.number(read["intercept"], source=f"{source}, intercept"),
                bound=bound,
                floor=-inf if floor is None else floor,
                ceiling=inf if ceiling is None else ceiling,
                n_pairs=n_pairs,
                n_artists=n_artists,
            )
        return IsotonicCalibration(
            similarity=fields.numbers(read["similarity"], source=f"{source}, similarity"),
            log_lr=fields.numbers(read["log_lr"], source=f"{source}, log_lr"),
            bound=bound,
            floor=-inf if floor is None else floor,
            ceiling=inf if ceiling is None else ceiling,
            n_pairs=n_pairs,
            n_artists=n_artists,
        )
    except ValueError as err:
        message = str(err)
        raise ValueError(message if message.startswith(source) else f"{source}: {message}") from err


def check_prior(prior: float) -> None:
    """Raise ValueError unless a prior is a probability between 0 and 1, both left out."""
    if not isinstance(prior, (int, float, np.integer, np.floating)) or not 0 < prior < 1:
        raise ValueError(f"prior {prior!r}: give a probability between 0 and 1, both left out")


def probability(llr: Scores, *, prior: float = 0.5) -> FloatArray:
    """Return P(same artist) (n,) from log-likelihood ratios (n,) at a prior in (0, 1).

    >>> probability(np.array([0.0, np.log(9)]), prior=0.5).round(3).tolist()
    [0.5, 0.9]
    """
    check_prior(prior)
    return expit(checked(llr, what="probability") + np.log(prior / (1 - prior)))


def llr_bound(n_artists: int) -> float:
    """Return the largest |llr| that `n_artists` can support: log(n + 1)."""
    if n_artists < 1:
        raise ValueError(f"{n_artists} artists support no likelihood ratio")
    return float(np.log(n_artists + 1))


def _check_limits(floor: float, ceiling: float) -> None:
    if not floor <= 0 <= ceiling:  # a nan is neither
        raise ValueError(f"not a calibration: it is cut to [{floor}, {ceiling}], which must hold 0")
