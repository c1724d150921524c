"""What operating points, fixed on calibration artists, do on others: a promise and what came of it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.errors import PairsError
from morelli.protocol.all_pairs import choose_rows, every_similarity, weigh_pairs
from morelli.protocol.bootstrap import draw_artists
from morelli.protocol.decision import Decision
from morelli.protocol.evaluation import PointEvaluation
from morelli.protocol.operating_point import OperatingPoint
from morelli.protocol.pairs import NEGATIVES, PER_ARTIST, Labels
from morelli.protocol.point_rates import count_artists, count_rates
from morelli.protocol.retrieval import Block


def judge_points(
    block: Block,
    decision: Decision,
    artist: Labels,
    style: Labels,
    rows: npt.NDArray[np.integer],
    *,
    group: str,
    per_artist: int = PER_ARTIST,
    duplicates: npt.NDArray[np.integer] | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> list[PointEvaluation]:
    """Measure every operating point that the decision offers on all pairs of some rows, each kind of negatives by
    itself.

    artist, style, duplicates: of the whole catalogue. rows (n,): pictures of artists whom the decision was not fitted
    on. Kinds of negatives for which the rows have no pairs are left out. Raises ValueError for a nan.
    """
    some = choose_rows(artist, rows, seed=seed)
    every = every_similarity(block, some)
    found = []
    for kind in NEGATIVES:
        if kind not in decision.points:
            continue
        try:
            pairs = weigh_pairs(
                every, artist, some, negatives=kind, style=style, per_artist=per_artist, duplicates=duplicates
            )
        except PairsError:
            continue
        drawn = np.zeros((0, pairs.n_artists), dtype=np.int64)
        if resamples:
            drawn = draw_artists(np.zeros(pairs.n_artists, dtype=np.int64), resamples=resamples, seed=seed)
        for name, point in decision.points[kind].items():
            if not isinstance(point, OperatingPoint):
                continue
            artist_pairs, artists = count_artists(pairs, upper=point.upper, lower=point.lower)
            found.append(
                PointEvaluation(
                    group=group,
                    negatives=kind,
                    name=name,
                    promised=point.achieved,
                    measured=count_rates(pairs, upper=point.upper, lower=point.lower, drawn=drawn),
                    artist_pairs=artist_pairs,
                    artists=artists,
                    remark=point.remark,
                )
            )
    return found
