"""The likelihood ratios that a set of judged pairs can support by themselves: empirical lower and upper bounds.

Vergeer, van Es, de Jongh, Alberink and Stoel (2016), "Numerical likelihood ratios outputted by LR systems are often
based on extrapolation: when to stop extrapolating?", Science & Justice 56. A threshold on the ratio is worth using
where deciding by it costs less than ignoring the evidence, even after one more misleading pair on either side; the
bounds are where that ends.

It counts pairs as if they were independent, which pairs of a few dozen artists are not: alone the bounds are wider than
the artists support. `fit_calibration` therefore cuts its curve to both: to these bounds, of pairs of artists left out,
and to `llr_bound`, which counts artists. An evaluation reports the bounds of its own pairs beside the ratios given.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.protocol.arrays import FloatArray, checked_scores


def empirical_bounds(llr: npt.NDArray[np.floating], same: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Return the lowest (at most 0) and the highest (at least 0) natural-log ratio that these pairs (n,) support.

    Never outside of the ratios that were given, nor of what the pairs' number allows. Raises ValueError for a nan or an
    empty class.
    """
    values, labels = checked_scores(llr, same, what="empirical_bounds")
    upper = _highest(values[labels], values[~labels])
    # Turned round, misses are false accepts and small ratios large ones.
    lower = -_highest(-values[~labels], -values[labels])
    return lower, upper


def _highest(right: FloatArray, wrong: FloatArray) -> float:
    """Return the highest llr, at least 0, up to which a threshold costs no more than ignoring the evidence.

    At a threshold t above 1 that costs 1; to decide by it costs the share of `right` at or below it, and t times the
    share of `wrong` above it, each with one more misleading pair. Between neighbouring ratios both shares stand still.
    """
    limit = min(float(max(right.max(), wrong.max())), float(np.log(len(wrong) + 1)))
    if limit <= 0:
        return 0.0
    inner = np.concatenate([right, wrong])
    edges = np.unique(np.concatenate([[0.0, limit], inner[(inner > 0) & (inner < limit)]]))
    begin, end = edges[:-1], edges[1:]
    missed = (np.searchsorted(np.sort(right), begin, side="right") + 1) / (len(right) + 1)
    above = (len(wrong) - np.searchsorted(np.sort(wrong), begin, side="right") + 1) / (len(wrong) + 1)
    # missed + t * above passes 1 at t = (1 - missed) / above.
    with np.errstate(divide="ignore"):
        turn = np.log((1 - missed) / above)
    bad = np.flatnonzero(turn < end)
    return limit if not len(bad) else float(max(begin[bad[0]], turn[bad[0]], 0.0))
