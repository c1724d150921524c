"""A pair of paintings and what in each speaks for, and against, one hand: a row a painting."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from morelli.looking.heat import open_painting, painting_panel, signed_foot, signed_panel
from morelli.looking.pair_map import pair_maps
from morelli.looking.panels import draw_panels
from morelli.looking.rebuild import rebuild
from morelli.model.model import Model

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def pair_page(first: Path, second: Path, model: Model) -> Figure:
    """Return the page of a pair under a model: each painting, and the parts that raise and that lower the similarity to the other.

    Call inside `drawing_style`. Raises PictureError, ModelError, HeatmapError.
    """
    paintings = [open_painting(file, view=model.view) for file in (first, second)]
    pictures = np.concatenate([model.view.open(file).pixels for file in (first, second)])
    rebuilt = rebuild(model, pictures)
    maps = rebuilt.maps(pictures)
    one, other = (tuple(several[place : place + 1] for several in maps) for place in (0, 1))
    found = pair_maps(rebuilt.head, one, other, similarity=rebuilt.similarity)
    cells = rebuilt.cells(size=model.view.size)
    rows = []
    for painting, values in zip(paintings, (found.first, found.second), strict=True):
        width, height = painting.original_size
        rows.append(
            [
                painting_panel(painting, title=painting.name, words=[f"{width:,} × {height:,} px"]),
                signed_panel(painting, list(zip(values, cells, strict=True)), title=model.name, words=[]),
            ]
        )
    lines = (
        f"Gradient of the pair's similarity ({found.similarity:.4g}) times {_where(maps)}; the other's embedding is held fixed.",
        "Each picture in shares of its own largest value, above or below zero.",
    )
    return draw_panels(rows, foot=signed_foot(lines, low="less alike", high="more alike"))


def _where(maps: Sequence[Tensor]) -> str:
    grids = [f"{one.shape[2]} × {one.shape[3]}" for one in maps]
    return (
        f"the last map ({grids[0]})" if len(grids) == 1 else f"{len(grids)} maps ({grids[0]} to {grids[-1]}), added up"
    )
