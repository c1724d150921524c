"""A figure with its interval."""

from __future__ import annotations

from dataclasses import dataclass


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
