"""Choosing operating points on calibration artists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log, sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt

from morelli.protocol.all_pairs import AllPairs, IntArray
from morelli.protocol.arrays import FloatArray
from morelli.protocol.calibration import Calibration
from morelli.protocol.operating_point import LEAST_ARTIST_PAIRS, LEAST_MISSED, OperatingPoint, Refused
from morelli.protocol.point_names import POINTS, Promise, parse_point
from morelli.protocol.point_rates import artist_pair, count_artists, count_rates

NO_SUPPORT = log(2)  # a likelihood ratio below 2 supports neither side, says the verbal scale of forensic reports
_ROUNDING = 1e-12
Units = Literal["pairs of artists", "artists"]
_LEAST: dict[Units, int] = {"pairs of artists": LEAST_ARTIST_PAIRS, "artists": LEAST_MISSED}


def fit_points(
    pairs: AllPairs, calibration: Calibration, *, drawn: npt.NDArray[np.int64], names: Sequence[str] = POINTS
) -> dict[str, OperatingPoint | Refused]:
    """Choose the thresholds of each operating point, and measure what they do.

    `balanced`: `same` from a likelihood ratio of 2 on, `different` from one half down: between them the evidence
    supports neither. What no similarity of the calibration reaches is never said. It promises no rate and is always
    there. Every other point keeps its promise by thresholds as lenient as it allows, but never more lenient than
    `balanced`: nothing is called the same that the evidence does not support. A promise needs ten distinct pairs of
    artists beyond the threshold that is used (of `different`: fifteen artists, for an error there is a pair of one
    artist, and few artists make many of them), also where that is the evidence's. A point that cannot promise `same` is
    refused with what it would take, one that cannot promise `different` never says it. drawn: as for `count_rates`.
    """
    cuts = _Cuts(pairs)
    upper = cuts.inside(calibration.reaching(NO_SUPPORT))
    lower = cuts.inside(calibration.falling_to(-NO_SUPPORT))
    found: dict[str, OperatingPoint | Refused] = {}
    for given in names:
        name, promise = parse_point(given)
        if promise is None:
            found[name] = _measured(pairs, upper, lower, drawn, remark=_silence(upper, lower))
            continue
        if upper is None:
            found[name] = Refused(_silence(upper, -1.0))
            continue
        same = cuts.same(promise, evidence=upper)
        if isinstance(same, Refused):
            found[name] = same
            continue
        if lower is None:
            found[name] = _measured(pairs, same, None, drawn, remark=_silence(upper, lower))
            continue
        different = cuts.different(promise, evidence=lower)
        if isinstance(different, Refused):
            remark = f"never says 'different': {different.reason}"
            found[name] = _measured(pairs, same, None, drawn, remark=remark)
        else:
            found[name] = _measured(pairs, same, different, drawn, remark="")
    return found


def _measured(
    pairs: AllPairs, upper: float | None, lower: float | None, drawn: npt.NDArray[np.int64], *, remark: str
) -> OperatingPoint:
    artist_pairs, artists = count_artists(pairs, upper=upper, lower=lower)
    return OperatingPoint(
        upper=upper,
        lower=lower,
        achieved=count_rates(pairs, upper=upper, lower=lower, drawn=drawn),
        artist_pairs=artist_pairs,
        artists=artists,
        remark=remark,
    )


def _silence(upper: float | None, lower: float | None) -> str:
    """Say which answer the evidence never supports."""
    if upper is None and lower is None:
        return "leaves all undecided: no similarity reaches a likelihood ratio of 2, or falls to one half"
    if upper is None:
        return "never says 'same': no similarity reaches a likelihood ratio of 2"
    return "" if lower is not None else "never says 'different': no similarity falls to a likelihood ratio of one half"


@dataclass(frozen=True, eq=False)
class _Side:
    """Cuts from the strictest to the most lenient, (k,): what lies beyond each.

    wrong, right: shares of the pairs that are called wrongly and rightly. place: between which similarities.
    wrong_artists, right_artists: how many distinct artists, or pairs of them, these are by.
    """

    wrong: FloatArray
    right: FloatArray
    place: IntArray
    wrong_artists: IntArray
    right_artists: IntArray
    wrong_units: Units
    right_units: Units


class _Cuts:
    """All places where a threshold can stand: between neighbouring distinct similarities, never inside equal ones."""

    def __init__(self, pairs: AllPairs) -> None:
        self._distinct = np.unique(np.concatenate([pairs.positive, pairs.negative]))
        self._n_artists = pairs.n_artists
        below_p = np.append(np.searchsorted(pairs.positive, self._distinct), len(pairs.positive))
        below_n = np.append(np.searchsorted(pairs.negative, self._distinct), len(pairs.negative))
        mass_p = np.append(0.0, np.cumsum(pairs.positive_weight))
        mass_n = np.append(0.0, np.cumsum(pairs.negative_weight))
        places = np.arange(len(self._distinct) + 1)
        both = artist_pair(pairs)
        self._up = _Side(
            (1 - mass_n[below_n])[::-1],
            (1 - mass_p[below_p])[::-1],
            places[::-1],
            _distinct_so_far(both[::-1])[len(both) - below_n[::-1]],
            _distinct_so_far(pairs.artist[::-1])[len(pairs.artist) - below_p[::-1]],
            "pairs of artists",
            "artists",
        )
        self._down = _Side(
            mass_p[below_p],
            mass_n[below_n],
            places,
            _distinct_so_far(pairs.artist)[below_p],
            _distinct_so_far(both)[below_n],
            "artists",
            "pairs of artists",
        )

    def inside(self, threshold: float | None) -> float | None:
        """Return a threshold that lies among the similarities that were seen, else None: beyond them a curve guesses."""
        if threshold is None or not self._distinct[0] <= threshold <= self._distinct[-1]:
            return None
        return threshold

    def same(self, promise: Promise, *, evidence: float) -> float | Refused:
        """Return the most lenient threshold of `same` that keeps a promise and is no lower than the evidence allows."""
        found = self._most_lenient(self._up, promise)
        if isinstance(found, Refused):
            return found
        threshold = max(self._above(int(self._up.place[found])), evidence)
        used = len(self._distinct) - int(np.searchsorted(self._distinct, threshold, side="left"))
        return self._lacking(self._up, used, promise) or threshold

    def different(self, promise: Promise, *, evidence: float) -> float | Refused:
        """Return the most lenient threshold of `different` that keeps a promise and is no higher than the evidence
        allows.
        """
        found = self._most_lenient(self._down, promise)
        if isinstance(found, Refused):
            return found
        threshold = min(self._below(int(self._down.place[found])), evidence)
        used = int(np.searchsorted(self._distinct, threshold, side="right"))
        return self._lacking(self._down, used, promise) or threshold

    def _above(self, place: int) -> float:
        """Return a threshold at or above which the similarities from this place on lie."""
        if place == 0:
            return float(self._distinct[0])
        if place == len(self._distinct):
            return float(np.nextafter(self._distinct[-1], np.inf))
        middle = self._between(place)
        return middle if middle > self._distinct[place - 1] else float(self._distinct[place])

    def _below(self, place: int) -> float:
        """Return a threshold at or below which the similarities before this place lie."""
        if place == 0:
            return float(np.nextafter(self._distinct[0], -np.inf))
        if place == len(self._distinct):
            return float(self._distinct[-1])
        middle = self._between(place)
        return middle if middle < self._distinct[place] else float(self._distinct[place - 1])

    def _between(self, place: int) -> float:
        low, high = float(self._distinct[place - 1]), float(self._distinct[place])
        return low + (high - low) / 2

    def _most_lenient(self, side: _Side, promise: Promise) -> int | Refused:
        if promise.kind == "fpr":
            return int(np.flatnonzero(side.wrong <= promise.rate + _ROUNDING)[-1])
        lacking = self._lacking(side, -1, promise)
        if lacking is not None:
            return lacking
        enough = (side.wrong_artists >= _LEAST[side.wrong_units]) & (side.right_artists >= _LEAST[side.right_units])
        first = int(np.argmax(enough))
        right, wrong = side.right[first:], side.wrong[first:]
        broken = np.flatnonzero(right < promise.rate * (right + wrong) - _ROUNDING)
        if len(broken) and broken[0] == 0:
            reached = right[0] / (right[0] + wrong[0])
            return Refused(
                f"at the strictest threshold with {_LEAST[side.wrong_units]} distinct {side.wrong_units} wrongly beyond "
                f"it the precision is {reached:.3f}, not {promise.rate:g}"
            )
        return first + (int(broken[0]) if len(broken) else len(right)) - 1

    def _lacking(self, side: _Side, cut: int, promise: Promise) -> Refused | None:
        """Say what is lacking beyond a cut: wrong ones, and for a precision right ones too, by enough artists."""
        lacking = self._needed(side.wrong_units, int(side.wrong_artists[cut]))
        if lacking is None and promise.kind == "precision":
            lacking = self._needed(side.right_units, int(side.right_artists[cut]))
        return lacking

    def _needed(self, units: Units, there: int) -> Refused | None:
        """Say how many artists it takes. Pairs of artists grow with the square of the artists, artists with themselves."""
        least = _LEAST[units]
        if there >= least:
            return None
        growth = least / max(there, 1)
        artists = ceil(self._n_artists * (sqrt(growth) if units == "pairs of artists" else growth))
        return Refused(
            f"{there} distinct {units} lie beyond the threshold, {least} are needed: of artists like these "
            f"{'at least' if there == 0 else 'about'} {artists} instead of {self._n_artists}"
        )


def _distinct_so_far(code: IntArray) -> IntArray:
    """Return how many distinct numbers the first 0, 1, 2, ... of (n,) hold -> (n + 1,).

    >>> _distinct_so_far(np.array([4, 4, 2, 4])).tolist()
    [0, 1, 1, 2, 2]
    """
    # Of values written to one place the last stays: written backwards, that is where a number stands first.
    first = np.zeros(int(code.max(initial=0)) + 1, dtype=np.int64)
    first[code[::-1]] = np.arange(len(code), 0, -1)
    new = np.zeros(len(code) + 1, dtype=np.int64)
    new[first[first > 0]] = 1
    return np.cumsum(new)
