"""A catalogue in figures: how many paintings by how many artists, in which styles, and how much of it is unknown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.names import normalise_artist

LEAST_FOR_A_PAIR = 2  # paintings by one artist, for a positive pair
LEAST_FOR_TEST_SEEN = 8  # from which a trained artist's own paintings can be held back


@dataclass(frozen=True, kw_only=True)
class StyleCount:
    """One style: its name (empty: unknown), its paintings, the artists they are by."""

    style: str
    paintings: int
    artists: int


@dataclass(frozen=True, kw_only=True)
class Bin:
    """How many artists have from `low` to `high` paintings, both included."""

    low: int
    high: int
    artists: int


@dataclass(frozen=True, kw_only=True)
class CatalogueStatistics:
    """Figures of a catalogue. Artists are told apart by their normalised names.

    paintings_by: artist's name, as it was first read -> paintings, most first. histogram: of these counts, bins that
    double. styles: most paintings first. artists_of_several_styles: artists with more than one known style.
    unknown: column -> share of empty values, 0 to 1.
    """

    paintings: int
    artists: int
    least: int
    median: float
    mean: float
    most: int
    with_a_pair: int
    with_test_seen: int
    artists_of_several_styles: int
    paintings_by: Mapping[str, int]
    histogram: tuple[Bin, ...]
    styles: tuple[StyleCount, ...]
    unknown: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        plain = dict(vars(self))
        plain["paintings_by"] = dict(self.paintings_by)
        plain["unknown"] = dict(self.unknown)
        for name in ("histogram", "styles"):
            plain[name] = [dict(vars(one)) for one in plain[name]]
        return plain


def describe(catalogue: Catalogue) -> CatalogueStatistics:
    """Return the figures of a catalogue; zeros where it has no row."""
    first_name: dict[str, str] = {}
    counts: Counter[str] = Counter()
    styles_of: defaultdict[str, set[str]] = defaultdict(set)
    artists_in: defaultdict[str, set[str]] = defaultdict(set)
    paintings_in: Counter[str] = Counter()
    slugs = {name: normalise_artist(name) for name in set(catalogue.artist)}
    for name, style in zip(catalogue.artist, catalogue.get("style"), strict=True):
        artist = slugs[name]
        first_name.setdefault(artist, name)
        counts[artist] += 1
        paintings_in[style] += 1
        artists_in[style].add(artist)
        if style:
            styles_of[artist].add(style)
    numbers = np.array(list(counts.values()) or [0])
    has_styles = any(paintings_in)
    return CatalogueStatistics(
        paintings=len(catalogue),
        artists=len(counts),
        least=int(numbers.min()),
        median=float(np.median(numbers)),
        mean=float(numbers.mean()),
        most=int(numbers.max()),
        with_a_pair=int(np.sum(numbers >= LEAST_FOR_A_PAIR)),
        with_test_seen=int(np.sum(numbers >= LEAST_FOR_TEST_SEEN)),
        artists_of_several_styles=sum(len(styles) > 1 for styles in styles_of.values()),
        paintings_by={first_name[a]: n for a, n in sorted(counts.items(), key=lambda one: (-one[1], one[0]))},
        histogram=_histogram(numbers) if counts else (),
        styles=tuple(
            StyleCount(style=style, paintings=n, artists=len(artists_in[style]))
            for style, n in sorted(paintings_in.items(), key=lambda one: (-one[1], one[0]))
        )
        if has_styles
        else (),
        unknown={
            name: float(np.mean([value == "" for value in column])) if len(column) else 0.0
            for name, column in catalogue.columns.items()
        },
    )


def _histogram(counts: np.ndarray) -> tuple[Bin, ...]:
    """Bins 1, 2-3, 4-7, 8-15, ... up to the largest count."""
    bins = []
    low = 1
    while low <= counts.max():
        high = 2 * low - 1
        bins.append(Bin(low=low, high=high, artists=int(np.sum((counts >= low) & (counts <= high)))))
        low = high + 1
    return tuple(bins)
