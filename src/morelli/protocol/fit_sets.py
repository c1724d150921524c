"""Calibrating sets of references on calibration artists, a number of references at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from morelli.errors import PairsError
from morelli.protocol.all_pairs import AllPairs
from morelli.protocol.arrays import FloatArray
from morelli.protocol.bootstrap import draw_artists
from morelli.protocol.fit_calibration import fit_calibration
from morelli.protocol.fit_points import fit_points
from morelli.protocol.pairs import Labels, Negatives
from morelli.protocol.point_names import POINTS
from morelli.protocol.set_decision import SetDecision
from morelli.protocol.set_similarity import gather_set_similarity
from morelli.protocol.sets import SIZES, SetDrawer, Sets


def fit_sets(
    square: npt.NDArray[np.floating],
    artist: Labels,
    rows: npt.NDArray[np.integer],
    *,
    negatives: Negatives,
    style: Labels | None = None,
    duplicates: npt.NDArray[np.integer] | None = None,
    sizes: Sequence[int] = SIZES,
    points: Sequence[str] = POINTS,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[int, SetDecision]:
    """Fit a calibration and operating points for every number of references that the rows allow.

    square (m, m): similarities among rows (m,). artist, style, duplicates: of the whole catalogue. A number that fewer
    than ten artists allow is left out: nothing is claimed for it.
    """
    found = {}
    for size in sizes:
        try:
            drawer = SetDrawer(
                artist, rows, size=size, negatives=negatives, style=style, duplicates=duplicates, seed=seed
            )
        except PairsError:
            continue
        drawn = drawer.balanced()
        calibration = fit_calibration(
            gather_set_similarity(square, drawn.query, drawn.references),
            drawn.same,
            first_artist=drawn.first.astype(str).astype(object),
            second_artist=drawn.second.astype(str).astype(object),
            seed=seed,
        )
        every = drawer.every()
        pairs = sets_as_pairs(every, gather_set_similarity(square, every.query, every.references))
        times = draw_artists(np.zeros(pairs.n_artists, dtype=np.int64), resamples=resamples, seed=seed)
        found[size] = SetDecision(
            calibration=calibration, points=fit_points(pairs, calibration, drawn=times, names=points)
        )
    return found


def sets_as_pairs(sets: Sets, similarity: FloatArray) -> AllPairs:
    """Return sets with their similarities (k,) as rates are counted on them: a query's artist and its references'."""
    up, down = (
        there[np.argsort(similarity[there], kind="stable")]
        for there in (np.flatnonzero(sets.same), np.flatnonzero(~sets.same))
    )
    return AllPairs(
        positive=similarity[up],
        positive_weight=sets.weight[up],
        artist=sets.first[up],
        negative=similarity[down],
        negative_weight=sets.weight[down],
        first=sets.first[down],
        second=sets.second[down],
        n_artists=sets.n_artists,
    )
