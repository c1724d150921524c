"""An operating point: where `same` ends, where `different` begins, and what that achieved on calibration artists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from morelli.protocol import fields
from morelli.protocol.arrays import checked
from morelli.protocol.estimate import Estimate, estimate_from_dict

Answer = Literal["same", "different", "undecided"]
LEAST_ARTIST_PAIRS = 10  # distinct, beyond a threshold, before a rate is promised there
LEAST_MISSED = 15  # distinct artists, for errors on pairs of one artist: a painter of great variety makes many
LEAST_ARTISTS = 10  # of a calibration, before any of its rates is trusted
RATES = {  # name -> in words
    "false_accept": "different artists called the same",
    "miss": "one artist called different",
    "precision": "truly the same, of those called so",
    "precision_different": "truly different, of those called so",
    "undecided": "left undecided",
}


@dataclass(frozen=True, kw_only=True)
class OperatingPoint:
    """How similarities become decisions.

    upper: at or above it, `same`; lower: else, at or below it, `different`; between them, `undecided`. None: never said.
    achieved, on calibration artists: name -> Estimate: `false_accept`, different-artist pairs called the same; `miss`,
    same-artist pairs called different; `precision`, of the pairs called the same those that are, and
    `precision_different`, of those called different, both at 50/50; `undecided`, at 50/50. A rate of nothing is left
    out. artist_pairs: distinct pairs of artists among the false accepts; artists: distinct ones among the misses.
    remark: what it does not do, and why; empty where there is nothing to say.
    """

    upper: float | None
    lower: float | None
    achieved: Mapping[str, Estimate]
    artist_pairs: int
    artists: int
    remark: str = ""

    def __post_init__(self) -> None:
        for value in (self.upper, self.lower):
            if value is not None and not np.isfinite(value):
                raise ValueError(f"an operating point's threshold is {value}, not finite")
        if self.upper is not None and self.lower is not None and self.lower > self.upper:
            raise ValueError(f"an operating point says 'different' up to {self.lower} and 'same' from {self.upper}")
        if unknown := sorted(set(self.achieved) - set(RATES)):
            raise ValueError(f"an operating point has no rate {unknown[0]!r}")
        for name, one in self.achieved.items():
            if wrong := _wrong(one):
                raise ValueError(f"an operating point's {name} is {one}; {wrong}")

    def decide(self, similarity: npt.NDArray[np.floating]) -> npt.NDArray[np.object_]:
        """Return `same`, `different` or `undecided` for each similarity (n,). Raises ValueError for a nan."""
        values = checked(similarity, what="operating point")
        said = np.full(len(values), "undecided", dtype=object)
        if self.lower is not None:
            said[values <= self.lower] = "different"
        if self.upper is not None:
            said[values >= self.upper] = "same"
        return said

    def to_dict(self) -> dict[str, object]:
        """Return plain values for a file."""
        return {
            "upper": self.upper,
            "lower": self.lower,
            "achieved": {name: self.achieved[name].to_dict() for name in RATES if name in self.achieved},
            "artist_pairs": self.artist_pairs,
            "artists": self.artists,
            "remark": self.remark,
        }


@dataclass(frozen=True)
class Refused:
    """An operating point that the calibration artists do not support. reason: in words, with the number needed."""

    reason: str

    def to_dict(self) -> dict[str, object]:
        """Return plain values for a file."""
        return {"refused": self.reason}


def _wrong(rate: Estimate) -> str:
    """Say what no rate with an interval can be; nothing where all is well. An interval that was not made is nan."""
    if any(value < 0 or value > 1 for value in (rate.value, rate.low, rate.high)):
        return "a rate lies between 0 and 1"
    return "a rate lies in its interval" if rate.low > rate.value or rate.high < rate.value else ""


def point_from_dict(found: object, *, source: str) -> OperatingPoint | Refused:
    """Read what `to_dict` wrote. source: the file's name and the place, for messages. Raises ValueError."""
    read = fields.table(found, source=source)
    if "refused" in read:
        fields.check_keys(read, needed=("refused",), source=source)
        return Refused(fields.text(read["refused"], source=f"{source}, refused"))
    fields.check_keys(
        read, needed=("upper", "lower", "achieved", "artist_pairs", "artists"), optional=("remark",), source=source
    )
    achieved = fields.table(read["achieved"], source=f"{source}, achieved")
    fields.check_keys(achieved, needed=(), optional=tuple(RATES), source=f"{source}, achieved")
    upper = fields.number_or_none(read["upper"], source=f"{source}, upper")
    lower = fields.number_or_none(read["lower"], source=f"{source}, lower")
    if upper is not None and lower is not None and lower > upper:
        raise ValueError(f"{source}: lower {lower} is above upper {upper}")
    rates = {name: estimate_from_dict(one, source=f"{source}, {name}") for name, one in achieved.items()}
    for name, one in rates.items():
        if wrong := _wrong(one):
            raise ValueError(f"{source}, {name}: {one}: {wrong}")
    return OperatingPoint(
        upper=upper,
        lower=lower,
        achieved=rates,
        artist_pairs=fields.whole(read["artist_pairs"], source=f"{source}, artist_pairs"),
        artists=fields.whole(read["artists"], source=f"{source}, artists"),
        remark=fields.text(read.get("remark", ""), source=f"{source}, remark"),
    )
