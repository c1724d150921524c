"""Isotonic regression by pooling adjacent violators."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def pool_adjacent_violators(value: npt.NDArray[Any], weight: npt.NDArray[Any]) -> FloatArray:
    """Return the non-decreasing sequence (n,) that is nearest to `value` (n,) in weighted squares.

    weight (n,): positive. All falling runs of blocks are pooled at once, again and again until none falls: the answer
    does not depend on the order of pooling (Robertson, Wright and Dykstra 1988, section 1.4), and whole arrays take few
    passes.

    >>> pool_adjacent_violators(np.array([1.0, 3.0, 2.0, 4.0]), np.ones(4)).tolist()
    [1.0, 2.5, 2.5, 4.0]
    """
    total, mass = value * weight, weight
    size = np.ones(len(value), dtype=np.int64)
    while True:
        mean = total / mass
        starts = np.flatnonzero(np.concatenate([[True], mean[1:] > mean[:-1]]))
        if len(starts) == len(mean):
            return np.repeat(mean, size)
        total = np.add.reduceat(total, starts)
        mass = np.add.reduceat(mass, starts)
        size = np.add.reduceat(size, starts)


def isotonic_probability(
    score: FloatArray, same: npt.NDArray[np.bool_], weight: FloatArray
) -> tuple[FloatArray, FloatArray, npt.NDArray[np.int64]]:
    """Fit P(same | score), non-decreasing in the score: distinct scores (m,) rising, their probability (m,), and each
    pair's place (n,).

    Equal scores are one point, whatever their order. Points of no weight take the probability of the point below (the
    first: above).
    """
    distinct, place = np.unique(score, return_inverse=True)
    mass = np.bincount(place, weights=weight, minlength=len(distinct))
    hits = np.bincount(place, weights=weight * same, minlength=len(distinct))
    heavy = mass > 0
    fitted = pool_adjacent_violators(hits[heavy] / mass[heavy], mass[heavy])
    probability = fitted[np.maximum(np.cumsum(heavy) - 1, 0)]
    return distinct, probability, place
