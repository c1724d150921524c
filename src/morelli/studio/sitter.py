"""Who sits for a portrait, and in what."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class PortraitPlan:
    """Whom a portrait will show."""

    woman: bool
    old: bool
    hair: str
    long_hair: bool
    beard: bool
    hat: str
    dress: tuple[float, float, float]  # lightness, chroma, hue
    collar: str
    title: str


HAIR_COLOURS = {
    "dark": (0.26, 0.03, 50.0), "black": (0.19, 0.015, 280.0), "brown": (0.4, 0.06, 55.0),
    "fair": (0.68, 0.09, 82.0), "red": (0.48, 0.12, 45.0), "grey": (0.7, 0.012, 90.0)
}  # fmt: skip
_COLOURS = ((25.0, "Red"), (60.0, "Brown"), (95.0, "Yellow"), (145.0, "Green"), (250.0, "Blue"), (310.0, "Violet"))


def plan_portrait(rng: np.random.Generator) -> PortraitPlan:
    """Draw whom to paint."""
    woman, old = bool(rng.random() < 0.5), bool(rng.random() < 0.25)
    hair = "grey" if old else str(rng.choice([h for h in HAIR_COLOURS if h != "grey"]))
    hue, word = _COLOURS[int(rng.integers(len(_COLOURS)))]
    pale = rng.random()
    dress = (
        (0.25, 0.015, 270.0)
        if pale < 0.25
        else (0.84, 0.02, 90.0)
        if pale < 0.38
        else (float(rng.uniform(0.35, 0.65)), float(rng.uniform(0.06, 0.14)), hue)
    )
    colour = "Black" if pale < 0.25 else "White" if pale < 0.38 else word
    hat = str(rng.choice(["none", "none", "none", "none", "brim", "beret", "scarf" if woman else "cap"]))
    age = "an Old " if old else "a " if rng.random() < 0.5 else "a Young "
    who = age + ("Woman" if woman else "Man")
    wear = {
        "brim": " with a Hat",
        "beret": " in a Beret",
        "scarf": " with a Headscarf",
        "cap": " in a Cap",
        "none": f" in {colour}",
    }[hat]
    beard = bool(not woman and rng.random() < 0.45)
    title = f"Portrait of {who}{wear}" if rng.random() < 0.6 else f"{who[0].upper()}{who[1:]}{wear}"
    return PortraitPlan(
        woman,
        old,
        hair,
        woman and bool(rng.random() < 0.6),
        beard,
        hat,
        dress,
        str(rng.choice(["open", "white", "shawl", "ruff", "plain"])),
        title,
    )
