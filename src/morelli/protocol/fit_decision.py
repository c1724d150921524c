"""Fitting a decision on calibration artists."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from morelli.errors import PairsError
from morelli.protocol.all_pairs import choose_rows, every_similarity, weigh_pairs
from morelli.protocol.bootstrap import draw_artists
from morelli.protocol.calibration import Calibration
from morelli.protocol.calibration_artists import CalibrationArtists
from morelli.protocol.decision import Decision
from morelli.protocol.fit_calibration import fit_calibration
from morelli.protocol.fit_points import fit_points
from morelli.protocol.fit_sets import fit_sets
from morelli.protocol.pairs import NEGATIVES, PER_ARTIST, Labels, Negatives, draw_pairs
from morelli.protocol.point_names import POINTS
from morelli.protocol.retrieval import Block, block_from_pairs
from morelli.protocol.set_decision import Points, SetDecision
from morelli.protocol.set_similarity import to_square
from morelli.protocol.sets import SIZES
from morelli.protocol.threshold import best_threshold

RESAMPLES = 1000
Score = Callable[[npt.NDArray[np.int64], npt.NDArray[np.int64]], npt.NDArray[np.floating]]
"""Rows of a catalogue (n,) and (n,) -> similarities (n,), larger more alike, the same in both orders."""


def fit_decision(
    score: Score,
    artist: Labels,
    style: Labels,
    part: Labels,
    *,
    seed: int = 0,
    per_artist: int = PER_ARTIST,
    negatives: Sequence[Negatives] | None = None,
    duplicates: npt.NDArray[np.integer] | None = None,
    block: Block | None = None,
    points: Sequence[str] = POINTS,
    sizes: Sequence[int] = SIZES,
    resamples: int = RESAMPLES,
) -> Decision:
    """Fit threshold, calibrations, operating points and sets on pairs of the `calibration` artists, and on nothing else.

    artist (one name an artist), style, part (n,): of the whole catalogue, `part` as `Split.assign` returns it.
    negatives: kinds to fit for; None: `random`, and `style-matched` where the calibration artists show two styles
    with two artists. block: the same similarities for rows (q,) and (m,) -> (q, m), where there is a faster way than
    pair by pair. Threshold and calibrations come from balanced drawn pairs, operating points from all pairs, for they
    promise rates that a draw would not show. sizes: numbers of references to fit sets for, as far as the artists allow.
    Raises PairsError where no pairs can be drawn.
    """
    rows = np.flatnonzero(part == "calibration")
    if not len(rows):
        raise PairsError("no painting is in 'calibration'; without artists set aside for it nothing can be decided")
    drawn = {
        kind: draw_pairs(
            artist, rows, seed=seed, negatives=kind, style=style, per_artist=per_artist, duplicates=duplicates
        )
        for kind in (negatives or available_negatives(artist, style, rows))
    }
    if "random" not in drawn:
        raise PairsError("a decision needs 'random' negatives: the threshold comes from them")
    similarity = {kind: score(pairs.first, pairs.second) for kind, pairs in drawn.items()}
    calibrations: dict[str, Calibration] = {
        kind: fit_calibration(
            similarity[kind],
            pairs.same,
            first_artist=artist[pairs.first],
            second_artist=artist[pairs.second],
            seed=seed,
        )
        for kind, pairs in drawn.items()
    }
    artists = CalibrationArtists.count(artist, style, rows)
    some = choose_rows(artist, rows, seed=seed)
    every = every_similarity(block or block_from_pairs(score), some)
    square = to_square(every, len(some))
    fitted: dict[str, Points] = {}
    sets: dict[str, dict[int, SetDecision]] = {}
    for kind in drawn:
        pairs = weigh_pairs(
            every, artist, some, negatives=kind, style=style, per_artist=per_artist, duplicates=duplicates
        )
        times = draw_artists(np.zeros(pairs.n_artists, dtype=np.int64), resamples=resamples, seed=seed)
        fitted[kind] = fit_points(pairs, calibrations[kind], drawn=times, names=points)
        sets[kind] = fit_sets(
            square,
            artist,
            some,
            negatives=kind,
            style=style,
            duplicates=duplicates,
            sizes=sizes,
            points=points,
            resamples=resamples,
            seed=seed,
        )
    return Decision(
        threshold=best_threshold(similarity["random"], drawn["random"].same),
        calibrations=calibrations,
        fitted_on=f"{len(drawn['random'])} balanced random pairs of {artists.artists} calibration artists",
        points=fitted,
        sets={kind: one for kind, one in sets.items() if one},
        artists=artists,
    )


def available_negatives(artist: Labels, style: Labels, rows: npt.NDArray[np.integer]) -> tuple[Negatives, ...]:
    """Return the kinds of negatives that these rows allow: style-matched ones need two styles, one of them of two
    artists.

    >>> artist = np.array(["a", "a", "b", "b"], dtype=object)
    >>> available_negatives(artist, np.array(["x", "y", "x", "x"], dtype=object), np.arange(4))
    ('random', 'style-matched')
    >>> available_negatives(artist, np.array(["", "", "", ""], dtype=object), np.arange(4))
    ('random',)
    """
    cells = {(style[row], artist[row]) for row in rows if style[row]}
    styles = [one for one, _ in cells]
    enough = len(set(styles)) > 1 and len(set(styles)) < len(styles)
    return NEGATIVES if enough else ("random",)
