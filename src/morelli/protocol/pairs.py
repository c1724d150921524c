"""Pairs of paintings, and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of catalogue rows.

    first, second: (n,) int64 rows. same: (n,) bool. group: (n,) of str, each `seen`, `unseen` or `cross`.
    """

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    same: npt.NDArray[np.bool_]
    group: npt.NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.first)
