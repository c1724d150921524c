"""A split in figures, and what is thin about it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.names import normalise_artist

ROWS = ("train", "test-seen", "validation", "calibration", "test", "set-aside")
FEW_ARTISTS = 20


@dataclass(frozen=True, kw_only=True)
class PartRow:
    """One part: how many artists, paintings and styles it has. paired_artists: those with two paintings or more
    there.
    """

    part: str
    artists: int
    paired_artists: int
    paintings: int
    styles: int


def split_table(catalogue: Catalogue, part: npt.NDArray[np.object_]) -> tuple[PartRow, ...]:
    """Count what each part has; `part` (n,) as `Split.assign` returns it."""
    artist = np.array([normalise_artist(name) for name in catalogue.artist], dtype=object)
    style = catalogue.get("style")
    rows = []
    for name in ROWS:
        there = part == name
        _, counts = np.unique(artist[there].astype(str), return_counts=True)
        rows.append(
            PartRow(
                part=name,
                artists=len(counts),
                paired_artists=int((counts > 1).sum()),
                paintings=int(there.sum()),
                styles=len(set(style[there].tolist()) - {""}),
            )
        )
    return tuple(rows)


def thin_parts(table: tuple[PartRow, ...]) -> tuple[str, ...]:
    """Return a sentence for every part that is too small to say much, and for styles that a part lacks."""
    said = []
    most = max(row.styles for row in table)
    for row in table:
        if row.part == "set-aside" or not row.artists:
            continue
        if row.paired_artists < FEW_ARTISTS and row.part != "train":
            effect = {
                "validation": "the epoch is chosen by very few artists",
                "calibration": "the threshold is rough and no likelihood ratio can be large",
            }.get(row.part, "intervals will be wide")
            said.append(
                f"{row.part} has {row.paired_artists} artists with two paintings or more: {effect} "
                f"({FEW_ARTISTS} is little, 50 is sound)"
            )
        if row.styles < most and row.part != "test-seen":
            said.append(f"{row.part} has {row.styles} of {most} styles")
    return tuple(said)
