"""Why a verdict was reached: what in two pictures speaks for one hand, and what against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from morelli.pictures.view import Box
from morelli.verdict.verdict import Verdict

METHODS = {
    "exact": "what each place adds to the similarity, exactly",
    "occlusion": "what the similarity loses where a place is blurred, beside the average place",
}
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Side:
    """One of the two pictures. path: its file; seen: the part of it that the model reads.

    values (h, w): of even tiles of that part, row by row: what each adds to the similarity (above zero it speaks for one hand, below
    against). held: what of the similarity comes from no place in this picture; 0 under occlusion.
    """

    path: str
    seen: Box
    values: Values
    held: float


@dataclass(frozen=True, kw_only=True)
class Match:
    """A region of each picture, which belong together; value: what the two of them together add to the similarity."""

    first: Box
    second: Box
    value: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Explanation:
    """Why a verdict was reached.

    method: `exact`, where the values of either picture and its `held` add up to the similarity; `occlusion`, where a value is what the
    similarity loses as its tile is blurred, more than by the average tile: what all lose says nothing of them. cohort: whether the
    similarity is normalised against one, so that a value also counts what a place shares with other painters' works. matches: the regions
    that are most alike, the strongest first.
    """

    method: Literal["exact", "occlusion"]
    verdict: Verdict
    first: Side
    second: Side
    cohort: bool
    matches: tuple[Match, ...]
