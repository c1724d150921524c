"""95 % intervals from figures counted again over artists.

The standard error is that of the bootstrap over artists; the interval is figure +- t * error with Student's t for n - 1
artists, on a scale where figures are more nearly normal: the log-odds for shares (so limits never leave [0, 1]), the
logarithm for costs, as it is for differences. Percentile, basic, BCa and studentised intervals were tried on
populations whose figures are known: `docs/intervals.md` has how often each holds the truth.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Literal

import numpy as np

from morelli.protocol.arrays import FloatArray

Scale = Literal["share", "cost", "difference"]
LEVEL = 0.95


def interval(value: float, resampled: FloatArray, *, n_artists: int, scale: Scale) -> tuple[float, float]:
    """Return the 95 % interval of a figure.

    value: the figure. resampled (b,): the figure under resamples; nan where it has no value there, which are left out.
    n_artists: how many were resampled. scale: `share` for figures in [0, 1], `cost` for those in [0, inf), `difference`
    for any number. At the end of its scale (a perfect figure), where no scale helps, it is the range of the resamples.
    (nan, nan) where the figure, or more than half of the resamples, has no value, or there are fewer than two artists.
    """
    known = resampled[np.isfinite(resampled)]
    if not np.isfinite(value) or len(known) < 2 or 2 * len(known) < len(resampled) or n_artists < 2:
        return float("nan"), float("nan")
    if (scale != "difference" and value <= 0) or (scale == "share" and value >= 1):
        return float(min(value, np.quantile(known, 0.025))), float(max(value, np.quantile(known, 0.975)))
    reach = student_t(n_artists - 1) * float(known.std(ddof=1))
    if scale == "difference":
        return value - reach, value + reach
    if scale == "cost":
        factor = float(np.exp(min(reach / value, 700.0)))  # as below: zero and beyond all measure
        return value / factor, value * factor
    odds = value / (1 - value)
    # More than 700 on the logarithmic scale is 0 or 1 to every digit.
    factor = float(np.exp(min(reach / (value * (1 - value)), 700.0)))
    return odds / factor / (1 + odds / factor), 1 - 1 / (1 + odds * factor)


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
