"""A figure with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

from morelli.protocol import fields


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A figure, its 95 % interval, and what stands behind it. `low` and `high` are nan where no interval was asked for."""

    value: float
    low: float
    high: float
    n_pairs: int  # pairs, or triplets, or queries: what the figure counts
    n_artists: int
    resampled: str = "artist"

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def as_rate(self) -> str:
        """Return it with enough digits for a rare rate; a dash where there is none, no interval where none was made.

        >>> Estimate(value=0.00102, low=0.0004, high=0.0125, n_pairs=9, n_artists=4).as_rate()
        '0.0010 [0.0004, 0.013]'
        """
        if math.isnan(self.value):
            return "–"
        interval = "" if math.isnan(self.low) else f" [{_digits(self.low)}, {_digits(self.high)}]"
        return _digits(self.value) + interval

    def to_dict(self) -> dict[str, object]:
        """Return plain values for a file: what is nan is None."""
        return {
            "value": _plain(self.value),
            "low": _plain(self.low),
            "high": _plain(self.high),
            "n_pairs": self.n_pairs,
            "n_artists": self.n_artists,
            "resampled": self.resampled,
        }


def estimate_from_dict(found: object, *, source: str) -> Estimate:
    """Read what `Estimate.to_dict` wrote. source: the file's name and the place, for messages. Raises ValueError."""
    read = fields.table(found, source=source)
    names = ("value", "low", "high", "n_pairs", "n_artists", "resampled")
    fields.check_keys(read, needed=names, source=source)
    return Estimate(
        value=fields.number_or_nan(read["value"], source=f"{source}, value"),
        low=fields.number_or_nan(read["low"], source=f"{source}, low"),
        high=fields.number_or_nan(read["high"], source=f"{source}, high"),
        n_pairs=fields.whole(read["n_pairs"], source=f"{source}, n_pairs"),
        n_artists=fields.whole(read["n_artists"], source=f"{source}, n_artists"),
        resampled=fields.text(read["resampled"], source=f"{source}, resampled"),
    )


def _plain(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _digits(share: float) -> str:
    return f"{share:.4f}" if share < 0.01 else f"{share:.3f}"
