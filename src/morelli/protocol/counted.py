"""Figures counted once on every artist and again on resamples of them: from these come intervals, differences and falls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from morelli.errors import PairsError
from morelli.protocol.arrays import FloatArray
from morelli.protocol.bootstrap import Statistic, Weights, count_again, draw_artists
from morelli.protocol.estimate import Estimate
from morelli.protocol.intervals import Scale, interval
from morelli.protocol.pair_figures import DECIDED, PairFigures

RESAMPLES = 1000
SCALES: dict[str, Scale] = {  # of the figures that are no plain shares
    "cllr": "cost",
    "calibration_loss": "excess",
    "ece": "folded",
    "triplet_accuracy_of_four": "nearly-sure",
}


@dataclass(frozen=True, eq=False)
class Counted:
    """The figures of one set of pairs.

    names (f,); value (f,): nan where a figure has none; resampled (b, f): the same under resamples of artists; n_pairs: what each
    figure counts; artists (a,): who was resampled, by name.
    """

    names: tuple[str, ...]
    value: FloatArray
    resampled: FloatArray
    n_pairs: Mapping[str, int]
    artists: tuple[str, ...]

    def column(self, name: str) -> tuple[float, FloatArray]:
        """Return one figure and the same under resamples (b,). KeyError where it was not counted."""
        if name not in self.names:
            raise KeyError(name)
        place = self.names.index(name)
        return float(self.value[place]), self.resampled[:, place]

    def estimates(self) -> dict[str, Estimate]:
        """Return every figure that has a value, with its interval."""
        found = {}
        for name in self.names:
            value, resampled = self.column(name)
            if np.isnan(value):
                continue
            scale = SCALES.get(name, "share")
            low, high = interval(value, resampled, n_artists=len(self.artists), scale=scale)
            found[name] = Estimate(
                value=value, low=low, high=high, n_pairs=self.n_pairs[name], n_artists=len(self.artists)
            )
        return found


def count_figures(figures: PairFigures, *, resamples: int = RESAMPLES, seed: int = 0, threads: int = 2) -> Counted:
    """Count the figures of a set of pairs; 0 resamples: without intervals. The same artists and seed give the same resamples."""
    return _count(figures, figures.under, figures.names, figures.counted(), resamples, seed, threads)


def count_decisions(
    figures: PairFigures, *, threshold: float, resamples: int = RESAMPLES, seed: int = 0, threads: int = 2
) -> Counted:
    """Count what is decided at another threshold than the system's own: accuracy, precision, recall, F1."""

    def under(positive: Weights, negative: Weights) -> FloatArray:
        return figures.decided(positive, negative, threshold=threshold)

    similarity, same = figures.similarity, figures.pairs.same
    counts = {name: len(same) for name in DECIDED}
    counts |= {"precision": int((similarity >= threshold).sum()), "recall": int(same.sum())}
    return _count(figures, under, DECIDED, counts, resamples, seed, threads)


def _count(
    figures: PairFigures,
    under: Statistic,
    names: tuple[str, ...],
    n_pairs: Mapping[str, int],
    resamples: int,
    seed: int,
    threads: int,
) -> Counted:
    value = under(*figures.weigher.weigh(np.ones(len(figures.artists), dtype=np.int64)))
    resampled = np.full((0, len(value)), np.nan)
    if resamples:
        drawn = draw_artists(figures.artist_stratum, resamples=resamples, seed=seed)
        resampled = count_again(under, figures.weigher, drawn, threads=threads)
    return Counted(names, value, resampled, n_pairs, tuple(figures.artists.tolist()))


def counted_difference(first: Counted, second: Counted) -> dict[str, Estimate]:
    """Return how much larger each figure of `first` is than that of `second`: two systems on the same pairs and resamples.

    What makes an artist easy or hard for both drops out. Figures that either lacks are left out. Raises PairsError where the artists
    or the numbers of resamples differ.
    """
    if first.artists != second.artists or len(first.resampled) != len(second.resampled):
        raise PairsError("a paired difference needs both systems on the same pairs and the same resamples")
    found = {}
    for name in first.names:
        if name not in second.names:
            continue
        (value_1, resampled_1), (value_2, resampled_2) = first.column(name), second.column(name)
        if not np.isnan(value_1 - value_2):
            found[name] = _difference(
                value_1 - value_2, resampled_1 - resampled_2, first.n_pairs[name], len(first.artists)
            )
    return found


def counted_fall(seen: Counted, unseen: Counted, name: str = "auc") -> Estimate:
    """Return by how much a figure is smaller on unseen artists than on seen ones: two populations, each resampled by itself."""
    (value_1, resampled_1), (value_2, resampled_2) = seen.column(name), unseen.column(name)
    return _difference(value_1 - value_2, resampled_1 - _apart(resampled_2), *_of_both(seen, unseen, name))


def counted_fall_beyond(
    seen: Counted, unseen: Counted, plain_seen: Counted, plain_unseen: Counted, name: str = "auc"
) -> Estimate:
    """Return by how much a figure falls from seen to unseen artists beyond the fall of a plain measure on the same pairs.

    Seen and unseen are different artists, some merely easier: that both falls share, and it drops out. Raises PairsError where the two
    were not counted on the same artists and resamples.
    """
    for one, plain in ((seen, plain_seen), (unseen, plain_unseen)):
        if one.artists != plain.artists or len(one.resampled) != len(plain.resampled):
            raise PairsError("a fall beyond another needs both on the same pairs and the same resamples")
    columns = [one.column(name) for one in (seen, unseen, plain_seen, plain_unseen)]
    (a, a_again), (b, b_again), (c, c_again), (d, d_again) = columns
    return _difference(
        (a - b) - (c - d), (a_again - _apart(b_again)) - (c_again - _apart(d_again)), *_of_both(seen, unseen, name)
    )


def _apart(resampled: FloatArray) -> FloatArray:
    """Move the resamples of a second population on by one: as many artists and one seed would give it the draws of the first."""
    return np.roll(resampled, 1)


def _of_both(seen: Counted, unseen: Counted, name: str) -> tuple[int, int]:
    # The interval is that of the smaller population: its degrees of freedom bound those of both together from below.
    return seen.n_pairs[name] + unseen.n_pairs[name], min(len(seen.artists), len(unseen.artists))


def _difference(value: float, resampled: FloatArray, n_pairs: int, n_artists: int) -> Estimate:
    low, high = interval(value, resampled, n_artists=n_artists, scale="difference")
    return Estimate(value=value, low=low, high=high, n_pairs=n_pairs, n_artists=n_artists)
