"""Colours of the figures and the page: one meaning, one colour, everywhere.

The three groups have colours after Okabe and Ito's set ("Color Universal Design", 2008), which people with any of the
common kinds of colour blindness tell apart; the figures never rest on colour alone (line styles, marks and words say
the same).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Colour:
    """One colour: its CSS variable, its value on white and on the dark page. Both are `#rrggbb`, in lower case."""

    name: str
    light: str
    dark: str


SEEN = Colour(name="seen", light="#0072b2", dark="#5ab4e6")
UNSEEN = Colour(name="unseen", light="#d05a00", dark="#f08b3c")
MIX = Colour(name="mix", light="#8c5a86", dark="#cc9ac6")
DIFFERENT = Colour(name="different", light="#77756f", dark="#a09d95")
INK = Colour(name="ink", light="#1c1b19", dark="#ece9e2")
MUTED = Colour(name="muted", light="#5f5d58", dark="#aeaba3")
RULE = Colour(name="rule", light="#d8d5cd", dark="#403e3a")
PAPER = Colour(name="paper", light="#fffefb", dark="#191817")
RIGHT = Colour(name="right", light="#00795a", dark="#3cc49c")
WRONG = Colour(name="wrong", light="#b3261e", dark="#ff8a7a")

COLOURS = (SEEN, UNSEEN, MIX, DIFFERENT, INK, MUTED, RULE, PAPER, RIGHT, WRONG)

# Further systems and curves that are no group: the rest of Okabe and Ito's set, away from the three above.
SERIES = (
    Colour(name="series-1", light="#1c1b19", dark="#ece9e2"),
    Colour(name="series-2", light="#009e73", dark="#3cc49c"),
    Colour(name="series-3", light="#b8860b", dark="#e6b84d"),
    Colour(name="series-4", light="#56a0d3", dark="#8cc8f0"),
    Colour(name="series-5", light="#a8456f", dark="#e08bb0"),
    Colour(name="series-6", light="#77756f", dark="#a09d95"),
)

_GROUPS = {"seen": SEEN, "unseen": UNSEEN, "mix": MIX}


def of_group(group: str) -> Colour:
    """Return a group's colour; the grey of `different` for one that has none.

    >>> of_group("unseen").light
    '#d05a00'
    """
    return _GROUPS.get(group, DIFFERENT)
