"""The hand: the habits a made-up painter keeps from picture to picture, whatever the subject."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from morelli.studio.sketch import Habits

Ground = Literal["weave", "paper", "panel"]


@dataclass(frozen=True, kw_only=True)
class Hand:
    """How one painter paints. Lengths are shares of the picture's side, angles radians, colours OKLCh (hue in degrees).

    Nothing here says what is painted; `horizon`, `closeness`, `light_left` and `balance` only say how a painter likes
    to place it.
    """

    family: str
    # palette
    chroma: float  # factor on every local colour's chroma
    darkest: float  # lightness of the deepest shadow, 0..1
    lightest: float  # lightness of the highest light, 0..1
    contrast: float  # steepness of the step between light and shadow; 1 is as seen
    anchors: tuple[float, ...]  # hues of the pigments on the palette
    palette_pull: float  # 0: colours as seen, 1: only the palette's hues
    shadow_hue: float
    shadow_tint: float  # chroma added to shadows, at `shadow_hue`
    light_hue: float
    light_tint: float  # chroma added to lights, at `light_hue`
    # the stroke
    underpainting: float  # strength of the first thin wash over the ground
    width: float  # widest brush
    finest: float  # thinnest brush
    layers: int  # passes from the widest to the thinnest brush
    length: float  # in widths
    bend: float  # 0: straight strokes, 1: strokes follow every turn of the form
    taper: float  # 0: blunt ends, 1: pointed
    pressure: float  # variation of the width from stroke to stroke
    bristle: float  # contrast of the bristles' streaks
    dryness: float  # how soon the brush runs out of paint
    opacity: float
    wetness: float  # how much wet paint beneath is picked up
    rim: float  # dark edge where thin paint pools
    impasto: float  # height of the paint
    coverage: float  # how many strokes lie over one another in a layer
    patience: float  # 0: stops at the first rough likeness, 1: corrects everything
    # direction
    follow: float  # weight of the form's own direction
    slant: float  # the hand's own direction
    slant_weight: float
    swirl: float  # weight of a flow that winds through the picture
    stray: float  # angle's deviation from stroke to stroke
    # colour from stroke to stroke
    hue_jitter: float
    value_jitter: float
    # edges
    softness: float  # blur of the motif before it is painted, in shares of the side
    outline: float  # opacity of contours; 0 is none
    outline_width: float
    outline_lightness: float
    # ground and finish
    ground: Ground
    ground_lightness: float
    ground_hue: float
    ground_chroma: float
    grain: float  # strength of the ground's texture
    grain_scale: float  # threads or fibres: period as a share of the side
    varnish: float  # yellowing
    craquelure: float
    # composition
    horizon: float  # height of the horizon, 0 top .. 1 bottom
    closeness: float  # factor on the size of things
    light_left: float  # how often the light comes from the left
    balance: float  # how far things stand from the middle

    @property
    def habits(self) -> Habits:
        """The habits of composition: all that a scene is told."""
        return Habits(horizon=self.horizon, closeness=self.closeness, light_left=self.light_left, balance=self.balance)


@dataclass(frozen=True, kw_only=True)
class StyleFamily:
    """A school: neighbouring hands.

    centre: the hand in the middle. spread: how far its members stray, as a factor on the common spread of every habit.
    period: the years in which its painters begin.
    """

    name: str
    centre: Hand
    spread: float = 1.0
    period: tuple[int, int]


# How far members of one family stray from its centre: ("times": factor's log-sd | "plus": sd, lowest, highest).
_SPREAD: dict[str, tuple[str, float, float, float]] = {
    "chroma": ("times", 0.22, 0.15, 2.4),
    "darkest": ("plus", 0.05, 0.03, 0.5),
    "lightest": ("plus", 0.04, 0.65, 1.0),
    "contrast": ("times", 0.18, 0.5, 2.2),
    "palette_pull": ("plus", 0.12, 0.0, 0.85),
    "shadow_hue": ("plus", 35.0, -720.0, 720.0),
    "shadow_tint": ("times", 0.35, 0.0, 0.12),
    "light_hue": ("plus", 14.0, -720.0, 720.0),
    "light_tint": ("times", 0.35, 0.0, 0.09),
    "underpainting": ("plus", 0.1, 0.0, 1.0),
    "width": ("times", 0.28, 0.02, 0.16),
    "finest": ("times", 0.25, 0.006, 0.05),
    "length": ("times", 0.3, 1.2, 14.0),
    "bend": ("plus", 0.15, 0.0, 1.0),
    "taper": ("plus", 0.2, 0.0, 1.0),
    "pressure": ("times", 0.3, 0.0, 0.6),
    "bristle": ("times", 0.35, 0.0, 0.5),
    "dryness": ("plus", 0.1, 0.0, 0.8),
    "opacity": ("plus", 0.07, 0.3, 1.0),
    "wetness": ("plus", 0.1, 0.0, 0.8),
    "rim": ("times", 0.3, 0.0, 0.5),
    "impasto": ("times", 0.4, 0.0, 2.0),
    "coverage": ("times", 0.15, 0.6, 3.5),
    "patience": ("plus", 0.12, 0.0, 1.0),
    "follow": ("times", 0.3, 0.0, 2.0),
    "slant": ("plus", 0.45, -7.0, 7.0),
    "slant_weight": ("times", 0.35, 0.0, 2.0),
    "swirl": ("times", 0.4, 0.0, 2.0),
    "stray": ("times", 0.3, 0.0, 1.2),
    "hue_jitter": ("times", 0.35, 0.0, 0.2),
    "value_jitter": ("times", 0.3, 0.0, 0.15),
    "softness": ("times", 0.35, 0.0, 0.03),
    "outline": ("plus", 0.08, 0.0, 1.0),
    "outline_width": ("times", 0.3, 0.004, 0.03),
    "outline_lightness": ("plus", 0.06, 0.05, 0.6),
    "ground_lightness": ("plus", 0.08, 0.15, 0.97),
    "ground_hue": ("plus", 20.0, -720.0, 720.0),
    "ground_chroma": ("times", 0.3, 0.0, 0.1),
    "grain": ("times", 0.35, 0.0, 1.0),
    "grain_scale": ("times", 0.2, 0.009, 0.03),
    "varnish": ("times", 0.5, 0.0, 0.5),
    "craquelure": ("times", 0.5, 0.0, 1.0),
    "horizon": ("plus", 0.06, 0.3, 0.72),
    "closeness": ("times", 0.1, 0.75, 1.3),
    "light_left": ("plus", 0.3, 0.05, 0.95),
    "balance": ("plus", 0.03, 0.0, 0.14),
}


def draw_hand(rng: np.random.Generator, family: StyleFamily) -> Hand:
    """Draw one painter of a family: every habit strays from the family's centre by its own spread."""
    values: dict[str, object] = {}
    for field in fields(Hand):
        centre = getattr(family.centre, field.name)
        if field.name == "anchors":
            turn = rng.normal(0.0, 14.0 * family.spread, len(centre))
            values[field.name] = tuple(float((hue + shift) % 360.0) for hue, shift in zip(centre, turn, strict=True))
        elif field.name in _SPREAD:
            kind, spread, lowest, highest = _SPREAD[field.name]
            stray = float(np.clip(rng.normal(), -2.2, 2.2)) * spread * family.spread
            moved = centre * np.exp(stray) if kind == "times" else centre + stray
            if field.name == "outline" and centre == 0.0:
                moved = 0.0  # a school without contours has none
            values[field.name] = float(np.clip(moved, lowest, highest))
        else:
            values[field.name] = centre
    return Hand(**values)  # type: ignore[arg-type]
