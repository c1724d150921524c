"""What is fixed before anything is judged: one threshold, and a calibration for each kind of negatives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.errors import PairsError, nearest
from morelli.protocol.arrays import FloatArray
from morelli.protocol.calibration import Calibration, calibration_from_dict, fit_calibration
from morelli.protocol.pairs import NEGATIVES, PER_ARTIST, Labels, Negatives, draw_pairs
from morelli.protocol.threshold import best_threshold

Score = Callable[[npt.NDArray[np.int64], npt.NDArray[np.int64]], npt.NDArray[np.floating]]
"""Rows of a catalogue (n,) and (n,) -> similarities (n,), larger more alike, the same in both orders."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """How similarities are read.

    threshold: pairs at or above it are called the same artist; from balanced random pairs. calibrations: by kind of
    negatives, `random` always, `style-matched` where the styles allowed it. fitted_on: in words.
    """

    threshold: float
    calibrations: Mapping[str, Calibration]
    fitted_on: str

    def __post_init__(self) -> None:
        if not np.isfinite(self.threshold):
            raise ValueError(f"threshold {self.threshold} is not finite")
        if "random" not in self.calibrations or not set(self.calibrations) <= set(NEGATIVES):
            raise ValueError(
                f"calibrations for {sorted(self.calibrations)}; 'random' must be there, 'style-matched' may be"
            )

    def llr(self, similarity: npt.NDArray[np.floating], *, negatives: str) -> FloatArray:
        """Turn similarities (n,) into natural-log likelihood ratios (n,) against one kind of negatives."""
        if negatives not in self.calibrations:
            raise PairsError(f"no calibration for {negatives!r} negatives; {nearest(negatives, self.calibrations)}")
        return self.calibrations[negatives].llr(similarity)

    def to_dict(self) -> dict[str, object]:
        """Return plain values for a file."""
        return {
            "threshold": self.threshold,
            "fitted_on": self.fitted_on,
            "calibrations": {name: one.to_dict() for name, one in sorted(self.calibrations.items())},
        }

    @classmethod
    def from_dict(cls, found: Mapping[str, object], *, source: str) -> Decision:
        """Read what `to_dict` wrote. source: the file's name, for messages. Raises ValueError."""
        known = ("threshold", "fitted_on", "calibrations")
        for key in found:
            if key not in known:
                raise ValueError(f"{source}: unknown key {key!r}; {nearest(key, known)}")
        threshold, calibrations = found.get("threshold"), found.get("calibrations")
        if not isinstance(threshold, (int, float)) or isinstance(threshold, bool) or not isinstance(calibrations, dict):
            raise ValueError(f"{source}: needs a threshold (a number) and calibrations")
        return cls(
            threshold=float(threshold),
            fitted_on=str(found.get("fitted_on", "")),
            calibrations={
                name: calibration_from_dict(one, source=f"{source}, {name}") for name, one in calibrations.items()
            },
        )


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
) -> Decision:
    """Fit threshold and calibrations on pairs of the `calibration` artists, and on nothing else.

    artist (one name an artist), style, part (n,): of the whole catalogue, `part` as `Split.assign` returns it.
    negatives: kinds to calibrate for; None: `random`, and `style-matched` where the calibration artists show two styles
    with two artists. Raises PairsError where no pairs can be drawn.
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
    n_artists = len(set(artist[rows].tolist()))
    return Decision(
        threshold=best_threshold(similarity["random"], drawn["random"].same),
        calibrations=calibrations,
        fitted_on=f"{len(drawn['random'])} balanced random pairs of {n_artists} calibration artists",
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
