"""95 % intervals from figures counted again over artists.

The standard error is that of the bootstrap over artists; the interval is figure +- t * error with Student's t for n - 1
artists, on a scale where figures are more nearly normal: the log-odds for shares (so limits never leave [0, 1]), the
logarithm for costs, as it is for differences. Noise can only raise a calibration error or loss: there the interval is
on the plain scale, and that of the error reaches further down by the bias that the bootstrap sees. Percentile, basic,
BCa and studentised intervals were tried on populations whose figures are known: `docs/intervals.md` has how often each
holds the truth.
"""

from __future__ import annotations

from math import hypot
from statistics import NormalDist
from typing import Literal

import numpy as np

from morelli.protocol.arrays import FloatArray

Scale = Literal["share", "nearly-sure", "cost", "excess", "folded", "difference"]
LEVEL = 0.95
LEAST_ARTISTS = 4  # resampled by two or three there are so few samples that an interval looks sure of itself


def interval(value: float, resampled: FloatArray, *, n_artists: int, scale: Scale) -> tuple[float, float]:
    """Return the 95 % interval of a figure.

    value: the figure. resampled (b,): the figure under resamples; nan where it has no value there, which are left out.
    n_artists: how many were resampled. scale: `share` for figures in [0, 1]; `nearly-sure` for shares whose exceptions
    few artists make; `cost` for those in [0, inf); `excess` for those in [0, inf) that chance alone keeps from 0;
    `folded` for shares that are sums of absolute values, which noise raises; `difference` for any number.
    A share of 0 or 1 has as its other limit what so many artists without an exception still allow (`unseen_share`); a
    cost of 0 has the range of its resamples. (nan, nan) where the figure, or more than half of the resamples, has no
    value, or there are fewer than four artists.
    """
    known = resampled[np.isfinite(resampled)]
    if not np.isfinite(value) or len(known) < 2 or 2 * len(known) < len(resampled) or n_artists < LEAST_ARTISTS:
        return float("nan"), float("nan")
    reach = student_t(n_artists - 1) * float(known.std(ddof=1))
    if scale == "difference":
        return value - reach, value + reach
    if scale == "excess":
        return max(value - reach, 0.0), value + reach
    if scale == "folded":
        # The bootstrap sees only half of what noise adds to sums of absolute values, for it adds noise to noise.
        bias = 2 * max(float(known.mean()) - value, 0.0)
        return max(value - bias - reach, 0.0), min(value + reach, 1.0)
    if scale == "cost":
        if value <= 0:
            return float(min(value, np.quantile(known, 0.025))), float(np.quantile(known, 0.975))
        factor = float(np.exp(min(reach / value, 700.0)))  # e^700: zero and beyond all measure
        return value / factor, value * factor
    low, high = _share_interval(value, known, reach=reach, n_artists=n_artists)
    if scale == "nearly-sure" and n_artists * (1 - value) < 1:
        # Less than one artist's exceptions: an artist who makes more of them may just not have been drawn.
        low = min(low, max(value - unseen_share(n_artists), 0.0))
    return low, high


def unseen_share(n_artists: int) -> float:
    """Return the share of exceptions that so many artists without one still allow: exact for independent artists.

    >>> round(unseen_share(50), 3)
    0.071
    """
    return float(1 - 0.025 ** (1 / n_artists))


def _share_interval(value: float, known: FloatArray, *, reach: float, n_artists: int) -> tuple[float, float]:
    """Return the interval of a share on the log-odds.

    Near 0 and 1 a wide error on the log-odds reaches to the other end of the scale. No limit therefore lies beyond both
    twice the error on the plain scale and the score interval (Wilson 1927) of a share with this standard error.
    """
    if value <= 0:
        return 0.0, max(unseen_share(n_artists), float(np.quantile(known, 0.975)))
    if value >= 1:
        return min(1 - unseen_share(n_artists), float(np.quantile(known, 0.025))), 1.0
    variance = value * (1 - value)
    odds, factor = value / (1 - value), float(np.exp(min(reach / variance, 700.0)))  # e^700: 0 or 1 to every digit
    ratio = reach**2 / variance
    middle, half = (value + ratio / 2) / (1 + ratio), hypot(reach, ratio / 2) / (1 + ratio)
    low = max(odds / factor / (1 + odds / factor), min(middle - half, value - 2 * reach))
    high = min(1 - 1 / (1 + odds * factor), max(middle + half, value + 2 * reach))
    return float(min(max(low, 0.0), value)), float(max(min(high, 1.0), value))


def student_t(degrees: int, *, level: float = LEVEL) -> float:
    """Return the two-sided quantile of Student's t, by Hill's series (1970); right to 0.01 from 3 degrees of freedom.

    >>> round(student_t(49), 3), round(student_t(10**6), 3)
    (2.01, 1.96)
    """
    if degrees < 1:
        raise ValueError(f"{degrees} degrees of freedom; at least 1 is needed")
    if degrees == 1:
        return float(np.tan(np.pi * level / 2))
    if degrees == 2:
        return float(level * np.sqrt(2 / (1 - level**2)))
    x = NormalDist().inv_cdf((1 + level) / 2)
    series = (
        x,
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    return float(sum(term / degrees**power for power, term in enumerate(series)))
