"""What a reader of many scores must know of their pictures: the warnings of `compare`, for pairs of a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.model.known_range import KnownRange
from morelli.model.seen import TrainedOn
from morelli.pictures.observe import Observation, open_observed
from morelli.pictures.same import shows_the_same
from morelli.pictures.view import View, ViewedPicture
from morelli.printable import names_apart
from morelli.protocol.operating_point import Answer
from morelli.verdict.compare import why_withheld
from morelli.verdict.warnings import known_as, range_warnings, seen_warnings, too_little, warnings_of

_KEPT = 100_000  # pairs whose warnings are kept: a table may have a pair again, and in both orders


class Watch:
    """Opens pictures, looks at each, and says what is to be said of two of them. About 20 KB a picture are kept."""

    def __init__(self, view: View, known: KnownRange | None, trained_on: TrainedOn) -> None:
        """view: how the model looks at a picture. known: the range of what it knows, where it has one. trained_on: what it has seen."""
        self._view, self._known, self._trained_on = view, known, trained_on
        self._seen: dict[Path, Observation] = {}
        self._before: dict[Path, str] = {}
        self._said: dict[tuple[Path, Path], tuple[str, ...]] = {}

    def open(self, path: Path | str) -> ViewedPicture:
        """Open a picture in the view, from any thread, and remember what was seen of it. Raises PictureError."""
        viewed, seen = open_observed(path, view=self._view)
        self._seen[Path(path)] = seen
        self._before[Path(path)] = known_as(Path(path), self._trained_on)
        return viewed

    def warnings(self, first: Path, second: Path, outside: npt.NDArray[np.bool_]) -> tuple[str, ...]:
        """Return what is to be said of two pictures that were opened, each and together, as `compare` says it.

        outside (2,): which of them are outside of what the model knows, as their embeddings tell.
        """
        key = (min(first, second), max(first, second))
        if key not in self._said:
            if len(self._said) >= _KEPT:
                self._said.clear()
            names = names_apart(first, second)
            self._said[key] = (
                *warnings_of(names[0], self._seen[first], names[1], self._seen[second], view=self._view),
                *range_warnings(names, outside, self._known),
                *seen_warnings(names, [self._before[first], self._before[second]]),
            )
        return self._said[key]

    def decide(self, first: Path, second: Path, decision: Answer) -> tuple[Answer, str]:
        """Return the decision about two pictures that were opened and why it is none, where `compare` would withhold it; else no words."""
        names = names_apart(first, second)
        one, other = self._seen[first], self._seen[second]
        little = [too_little(name, seen, view=self._view) for name, seen in zip(names, (one, other), strict=True)]
        same = decision == "different" and shows_the_same(one.sketch, other.sketch)
        why = why_withheld(decision, little=little, same=same)
        return ("undecided", why) if why else (decision, "")
