"""The points behind the figures: ROC curves, histograms of scores, reliability. Arrays in, arrays out."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.errors import PairsError
from morelli.protocol.roc import roc_curve

Floats = npt.NDArray[np.floating]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Roc:
    """A ROC curve from (0, 0) to (1, 1): shares (m,) of different-artist and of same-artist pairs accepted."""

    false_accept: Floats
    true_accept: Floats


def roc(similarity: Floats, same: Bools) -> Roc:
    """Return the ROC curve of scores (n,) and labels (n,), a point a distinct score: tied scores are accepted together.

    Raises PairsError where a score is nan or where one of the two kinds of pairs is missing.

    >>> roc(np.array([0.9, 0.4, 0.4, 0.1]), np.array([True, True, False, False])).true_accept.tolist()
    [0.0, 0.5, 1.0, 1.0]
    """
    if np.isnan(similarity).any():
        raise PairsError("a similarity is not a number (nan): a ROC curve needs a score for every pair")
    n_same = int(np.count_nonzero(same))
    if n_same in (0, len(same)):
        raise PairsError(f"a ROC curve needs pairs of both kinds; of {len(same)} pairs {n_same} are by the same artist")
    false_accept, true_accept, _ = roc_curve(similarity, same)
    return Roc(false_accept=false_accept, true_accept=true_accept)


def thin(curve: Roc, *, points: int = 300) -> Roc:
    """Return about `points` of a curve's points at most, evenly along its way, both ends kept: what an eye can see."""
    way = np.append(0.0, np.cumsum(np.diff(curve.false_accept) + np.diff(curve.true_accept)))
    step = np.floor(way / 2.0 * points).astype(np.int64)
    keep = np.append(True, step[1:] != step[:-1])
    keep[-1] = True
    return Roc(false_accept=curve.false_accept[keep], true_accept=curve.true_accept[keep])


def score_edges(similarity: Floats, *, threshold: float, bins: int = 40, tail: float = 0.001) -> Floats:
    """Return the edges (bins + 1,) of a histogram of scores with the threshold inside.

    The rarest scores, a share `tail` at either end, do not stretch it (`share_a_bin` counts them in the outermost
    bins); a lone score gets a unit around it.
    """
    finite = similarity[np.isfinite(similarity)]
    low, high = np.quantile(finite, [tail, 1 - tail]).tolist() if len(finite) else (0.0, 1.0)
    if math.isfinite(threshold):
        low, high = min(low, threshold), max(high, threshold)
    if high <= low:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1)


def share_a_bin(similarity: Floats, *, edges: Floats) -> Floats:
    """Return the share of the finite scores in each bin (b,), outliers in the outermost; 0 where there are none."""
    finite = similarity[np.isfinite(similarity)]
    counts = np.histogram(np.clip(finite, edges[0], edges[-1]), bins=edges)[0]
    return counts / max(len(finite), 1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Tippett:
    """Shares of pairs whose ratio is at least as large: log10_lr (m,) rising, same (m,) and different (m,) falling."""

    log10_lr: Floats
    same: Floats
    different: Floats


def tippett(llr: Floats, same: Bools) -> Tippett:
    """Return the Tippett curves of natural-log ratios (n,): a point a distinct ratio, and 1 itself.

    Raises PairsError where a ratio is nan or one of the two kinds of pairs is missing.

    >>> tippett(np.log([0.1, 10.0, 0.01, 1.0]), np.array([True, True, False, False])).same.tolist()
    [1.0, 1.0, 0.5, 0.5]
    """
    if np.isnan(llr).any():
        raise PairsError("a log-likelihood ratio is not a number (nan): Tippett curves need calibrated scores")
    if same.all() or not same.any():
        raise PairsError("Tippett curves need pairs of both kinds, same artist and different artists")
    at = np.union1d(llr, [0.0])
    shares = [1 - np.searchsorted(np.sort(llr[kind]), at, side="left") / kind.sum() for kind in (same, ~same)]
    return Tippett(log10_lr=at / math.log(10), same=shares[0], different=shares[1])


@dataclass(frozen=True, kw_only=True, eq=False)
class Reliability:
    """What was promised and what came, in bins of the probability; only bins that hold pairs.

    probability (b,): mean of the bin's probabilities. observed (b,): share of same-artist pairs, at prior 0.5.
    low, high (b,): 95 % interval over artists; nan where no resample reached the bin. n_pairs (b,): pairs behind it.
    """

    probability: Floats
    observed: Floats
    low: Floats
    high: Floats
    n_pairs: npt.NDArray[np.int64]


def reliability(
    llr: Floats,
    same: Bools,
    artist1: npt.NDArray[np.int64],
    artist2: npt.NDArray[np.int64],
    *,
    rng: np.random.Generator,
    bins: int = 10,
    resamples: int = 300,
) -> Reliability:
    """Return the reliability of calibrated log-likelihood ratios (n,), read as probabilities at prior 0.5.

    artist1, artist2 (n,): the two artists of each pair, as numbers from 0. Same- and different-artist pairs weigh half
    each, whatever their counts. The interval is the bootstrap over artists of the whole package: an artist drawn w
    times weighs its positives w, a negative between two artists w_a w_b. Raises PairsError where a ratio is nan or one
    of the two kinds of pairs is missing.
    """
    if np.isnan(llr).any():
        raise PairsError("a log-likelihood ratio is not a number (nan): reliability needs calibrated scores")
    if same.all() or not same.any():
        raise PairsError("reliability needs pairs of both kinds, same artist and different artists")
    probability = 1.0 / (1.0 + np.exp(-np.clip(llr, -500.0, 500.0)))
    bin_of = np.minimum((probability * bins).astype(np.int64), bins - 1)
    n_pairs = np.bincount(bin_of, minlength=bins)
    held = n_pairs > 0
    mean = np.bincount(bin_of, weights=probability, minlength=bins)[held] / n_pairs[held]

    # Pairs of the same two artists in the same bin weigh alike in every resample: they are counted once.
    n_artists = int(max(artist1.max(), artist2.max())) + 1
    of_pair = ((bin_of * 2 + same) * n_artists + np.minimum(artist1, artist2)) * n_artists + np.maximum(
        artist1, artist2
    )
    cells, times_held = np.unique(of_pair, return_counts=True)
    count = times_held.astype(np.float64)
    rest, cell2 = np.divmod(cells, n_artists)
    rest, cell1 = np.divmod(rest, n_artists)
    cell_bin, cell_same = rest // 2, rest % 2 == 1

    def observed(weight: Floats) -> Floats:
        """Share of same-artist pairs a bin (bins,) under weights of the cells, each kind half; nan where empty."""
        positive = np.bincount(cell_bin[cell_same], weights=weight[cell_same], minlength=bins)
        negative = np.bincount(cell_bin[~cell_same], weights=weight[~cell_same], minlength=bins)
        shares = np.full(bins, np.nan)
        if positive.sum() > 0 and negative.sum() > 0:
            positive, negative = positive / positive.sum(), negative / negative.sum()
            both = positive + negative
            shares[both > 0] = positive[both > 0] / both[both > 0]
        return shares

    judged = np.unique(np.concatenate([cell1, cell2]))
    drawn = np.empty((resamples, bins))
    for row in range(resamples):
        times = np.bincount(rng.choice(judged, size=len(judged)), minlength=n_artists)
        drawn[row] = observed(count * np.where(cell_same, times[cell1], times[cell1] * times[cell2]))
    low, high = np.full(bins, np.nan), np.full(bins, np.nan)
    for one in np.flatnonzero(held):
        values = drawn[~np.isnan(drawn[:, one]), one]
        if len(values):
            low[one], high[one] = np.quantile(values, [0.025, 0.975])
    shares = observed(count)
    return Reliability(probability=mean, observed=shares[held], low=low[held], high=high[held], n_pairs=n_pairs[held])
