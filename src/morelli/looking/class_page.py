"""Class-activation heatmaps of paintings, a row each, the backbones side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from morelli.looking.attribution import grad_cam
from morelli.looking.backbone_map import BackboneMap
from morelli.looking.heat import Painting, heat_foot, heat_panel, open_painting, painting_panel
from morelli.looking.linear import LinearClasses, LinearHead
from morelli.looking.panels import Panel, draw_panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class Looker:
    """A backbone and the classes that its map is read under. shown: class name -> how it is written on the page, where otherwise.

    about: a remark on both, for the foot of the page.
    """

    backbone: BackboneMap
    classes: LinearClasses
    about: str
    shown: Mapping[str, str]


@dataclass(frozen=True)
class Wanted:
    """Which class of a painting is shown. name: none means the top class; why, remark: in words."""

    name: str | None
    why: str
    remark: str = ""


@dataclass(frozen=True, eq=False)
class ClassMap:
    """A map under one class. values (h, w): Grad-CAM before its ReLU; name, chance: of the class; top_name, top_chance: of the top one."""

    values: npt.NDArray[np.float64]
    name: str
    chance: float
    top_name: str
    top_chance: float


def class_map(looker: Looker, pixels: npt.NDArray[np.uint8], *, name: str | None) -> ClassMap:
    """Return the map of one picture, uint8 (1, s, s, 3), under the class of that name; of its top class where there is none such."""
    maps: Tensor = looker.backbone.maps(pixels)
    head = LinearHead(looker.classes)
    chances = looker.classes.probabilities(maps.mean(dim=(2, 3)).numpy())[0]
    names = looker.classes.names
    highest = int(chances.argmax())
    number = names.index(name) if name in names else highest
    values = grad_cam(head, maps, target=torch.tensor([number]))[0].numpy().astype(np.float64)
    return ClassMap(values, names[number], float(chances[number]), names[highest], float(chances[highest]))


def class_page(files: Sequence[Path], lookers: Sequence[Looker], wanted: Sequence[Wanted]) -> Figure:
    """Return a page: a row a painting, first the painting itself, then its map under every looker. Call inside `drawing_style`."""
    rows = []
    for file, want in zip(files, wanted, strict=True):
        painting = open_painting(file, view=lookers[0].backbone.view)
        width, height = painting.original_size
        about = [f"{width:,} × {height:,} px", *([want.remark] if want.remark else [])]
        rows.append(
            [
                painting_panel(painting, title=painting.name, words=about),
                *(_panel(painting, one, want) for one in lookers),
            ]
        )
    return draw_panels(rows, foot=heat_foot([looker.about for looker in lookers]))


def _panel(painting: Painting, looker: Looker, want: Wanted) -> Panel:
    found = class_map(looker, looker.backbone.view.open(painting.file).pixels, name=want.name)
    why = want.why if found.name == want.name else "top class"
    top = "" if found.top_name != found.name or why == "top class" else ", top class"
    words = [f"{looker.shown.get(found.name, found.name)}: {why}{top}, probability {show_chance(found.chance)}"]
    if found.top_name != found.name:
        words.append(f"top class: {looker.shown.get(found.top_name, found.top_name)}, {show_chance(found.top_chance)}")
    return heat_panel(painting, found.values, looker.backbone.cells, title=looker.backbone.label, words=words)


def show_chance(chance: float) -> str:
    """Return a probability in two digits, a small one as what it is under.

    >>> show_chance(0.312), show_chance(0.0004)
    ('0.31', 'under 0.01')
    """
    return f"{chance:.2f}" if chance >= 0.01 else "under 0.01"
