"""Scenes: what is painted, drawn from a seed that knows nothing of the painter but the habits of placing."""

from __future__ import annotations

from typing import Literal

import numpy as np

from morelli.studio.abstract import draw_abstract, plan_abstract
from morelli.studio.landscape import draw_landscape, plan_landscape
from morelli.studio.portrait import draw_portrait
from morelli.studio.sitter import plan_portrait
from morelli.studio.sketch import Habits, Scene
from morelli.studio.still_life import draw_still_life, plan_still_life

Kind = Literal["portrait", "landscape", "still life", "abstract"]
KINDS: tuple[Kind, ...] = ("portrait", "landscape", "still life", "abstract")


def draw_scene(kind: Kind, habits: Habits, plan: np.random.Generator, rng: np.random.Generator) -> Scene:
    """Draw a scene. `plan` decides what it shows (as in `scene_title`), `rng` how that looks."""
    if kind == "portrait":
        return draw_portrait(plan_portrait(plan), habits, rng).finish()
    if kind == "landscape":
        return draw_landscape(plan_landscape(plan), habits, rng).finish()
    if kind == "still life":
        return draw_still_life(plan_still_life(plan), habits, rng).finish()
    return draw_abstract(plan_abstract(plan), habits, rng).finish()


def scene_title(kind: Kind, plan: np.random.Generator) -> str:
    """Return the title of the scene that `draw_scene` draws from the same `plan`."""
    if kind == "portrait":
        return plan_portrait(plan).title
    if kind == "landscape":
        return plan_landscape(plan).title
    if kind == "still life":
        return plan_still_life(plan).title
    return plan_abstract(plan).title
