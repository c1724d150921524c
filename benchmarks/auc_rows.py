"""Markdown rows of AUC and of the paired difference to the first row, for the benchmarks that compare ways of scoring the same pairs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from morelli.protocol.counted import Counted, count_figures, counted_difference
from morelli.protocol.pair_figures import PairFigures
from morelli.protocol.pairs import Pairs
from morelli.study.table.hypotheses import signed

Similarity = Callable[[npt.NDArray[np.integer], npt.NDArray[np.integer]], npt.NDArray[np.floating]]
HEAD = "random | difference | style-matched | difference |\n|---|---|---|---|---|"


class AucRows:
    """Makes the rows. pairs: by kind of negatives; artist (n,): of the catalogue's rows; the first row is what others differ from."""

    def __init__(self, pairs: Mapping[str, Pairs], artist: npt.NDArray[np.object_], *, resamples: int) -> None:
        self.pairs, self.artist, self.resamples = pairs, artist, resamples
        self._first: dict[str, Counted] = {}

    def row(self, name: str, similarity: Similarity) -> str:
        """Return one row. similarity: catalogue rows (m,) and (m,) -> the similarity (m,) of each two."""
        cells = []
        for kind, drawn in self.pairs.items():
            scores = similarity(drawn.first, drawn.second).astype(np.float64)
            figures = PairFigures(drawn, scores, self.artist, threshold=float("inf"), calibration=None)
            counted = count_figures(figures, resamples=self.resamples)
            first = self._first.setdefault(kind, counted)
            cells.append(str(counted.estimates()["auc"]))
            cells.append("–" if first is counted else signed(counted_difference(counted, first)["auc"]))
        return f"| {name} | " + " | ".join(cells) + " |"
