"""How small the regions are that backbones look at, measured over many paintings, with intervals over artists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.names import normalise_artist
from morelli.errors import MorelliError
from morelli.looking.class_page import Looker, class_map
from morelli.looking.mass import half_area
from morelli.looking.overlay import enlarge
from morelli.looking.probe import ArtistProbe
from morelli.protocol.bootstrap import draw_artists
from morelli.protocol.estimate import Estimate
from morelli.protocol.intervals import Scale, interval
from morelli.report.tables import markdown_table

Floats = npt.NDArray[np.float64]
GRID = 8  # cells a side on which maps of different grids are compared
_SIDE = 30 * GRID  # pixels a side at which a map is measured as it is shown


class FocusError(MorelliError):
    """Paintings that are too few to measure anything on."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Maps of n paintings under k backbones, in figures.

    shown (n, k): the share of the picture that holds half of the map's mass, as it is shown. even (n, k): the same after each map was
    averaged over a grid of 8 x 8, so that none gains by its finer cells. alike (n, k): correlation with the first backbone's map on that
    grid. nan where a map is nowhere above zero.
    """

    shown: Floats
    even: Floats
    alike: Floats


@dataclass(frozen=True, kw_only=True)
class Focus:
    """What `measure` found, summed up. One entry a backbone, in order, by its label; the means are over paintings.

    shown, even, alike: as in `Measured`. shown_less, even_less: the first backbone's share less this one's, painting by painting.
    """

    labels: tuple[str, ...]
    shown: tuple[Estimate, ...]
    even: tuple[Estimate, ...]
    alike: tuple[Estimate, ...]
    shown_less: tuple[Estimate, ...]
    even_less: tuple[Estimate, ...]


def focus_of(
    lookers: Sequence[Looker],
    probes: Sequence[ArtistProbe],
    catalogue: Catalogue,
    *,
    per_artist: int,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Focus:
    """Measure backbones on paintings that no probe was trained on, at most so many of each artist. Raises FocusError, PictureError."""
    rows = np.array(sorted(set.intersection(*(set(probe.held_back_rows.tolist()) for probe in probes))), dtype=np.int64)
    artist = np.array([normalise_artist(catalogue.artist[row]) for row in rows], dtype=str)
    chosen = choose_paintings(artist.tolist(), per_artist=per_artist, seed=seed)
    if len(set(artist[chosen])) < 2:
        raise FocusError(
            f"{len(chosen)} held-back paintings by {len(set(artist[chosen]))} artists; the split must hold back paintings of two or more "
            "training artists: it does so for artists with eight or more"
        )
    files, names = [catalogue.file(int(row)) for row in rows[chosen]], artist[chosen].tolist()
    found = measure(files, names, lookers, progress=progress)

    def means(values: Floats, scale: Scale) -> tuple[Estimate, ...]:
        return tuple(estimate_means(values, names, scale=scale, seed=seed))

    return Focus(
        labels=tuple(looker.backbone.label for looker in lookers),
        shown=means(found.shown, "share"),
        even=means(found.even, "share"),
        alike=means(found.alike, "difference"),
        shown_less=means(found.shown[:, :1] - found.shown, "difference"),
        even_less=means(found.even[:, :1] - found.even, "difference"),
    )


def focus_text(focus: Focus) -> str:
    """Return it as a table that is read in a terminal as well as as Markdown."""
    header = ["map", "paintings", "half on", "first less this", f"half on, {GRID} × {GRID}", "first less this", "alike"]
    rows = [
        [
            label,
            f"{focus.shown[n].n_pairs:,} by {focus.shown[n].n_artists:,}",
            str(focus.shown[n]),
            "" if n == 0 else str(focus.shown_less[n]),
            str(focus.even[n]),
            "" if n == 0 else str(focus.even_less[n]),
            "" if n == 0 else str(focus.alike[n]),
        ]
        for n, label in enumerate(focus.labels)
    ]
    return markdown_table(header, rows, align=["left", *["right"] * (len(header) - 1)])  # type: ignore[list-item]


def focus_document(focus: Focus) -> list[dict[str, Any]]:
    """Return it as plain values for JSON, one table a backbone; what has no value is null."""

    def plain(one: Estimate) -> dict[str, Any]:
        numbers = {"value": one.value, "low": one.low, "high": one.high}
        return {key: value if np.isfinite(value) else None for key, value in numbers.items()} | {
            "paintings": one.n_pairs,
            "artists": one.n_artists,
        }

    names = ("shown", "even", "alike", "shown_less", "even_less")
    return [
        {"map": label, **{name: plain(getattr(focus, name)[n]) for name in names}}
        for n, label in enumerate(focus.labels)
    ]


def measure(
    files: Sequence[Path],
    artist: Sequence[str],
    lookers: Sequence[Looker],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Measured:
    """Measure the maps of paintings, each under the class of its own artist. Raises PictureError."""
    out = np.full((3, len(files), len(lookers)), np.nan)
    for row, (file, name) in enumerate(zip(files, artist, strict=True)):
        first: Floats | None = None
        for column, looker in enumerate(lookers):
            found = class_map(looker, looker.backbone.view.open(file).pixels, name=name)
            heat = enlarge(np.maximum(found.values, 0), looker.backbone.cells, height=_SIDE, width=_SIDE)
            coarse = heat.reshape(GRID, _SIDE // GRID, GRID, _SIDE // GRID).mean(axis=(1, 3))
            first = coarse if first is None else first
            out[:, row, column] = half_area(heat), half_area(coarse), _correlation(first, coarse)
        if progress is not None:
            progress(row + 1, len(files))
    return Measured(*out)


def estimate_means(
    values: Floats, artist: Sequence[str], *, scale: Scale, resamples: int = 1000, seed: int = 0
) -> list[Estimate]:
    """Return the mean of every column of values (n, k) over paintings, with its interval over artists; nan is left out.

    Raises FocusError for fewer than two artists.
    """
    names, place = np.unique(np.asarray(artist, dtype=str), return_inverse=True)
    if len(names) < 2:
        raise FocusError(f"{len(names)} artists; an interval over artists needs two, and means something with dozens")
    drawn = draw_artists(np.zeros(len(names), dtype=np.int64), resamples=resamples, seed=seed)
    found = []
    for column in values.T:
        known = np.isfinite(column)
        weight = drawn[:, place[known]]
        with np.errstate(invalid="ignore"):
            again = (weight @ column[known]) / weight.sum(axis=1)
        value = float(column[known].mean()) if known.any() else float("nan")
        artists = len(set(place[known].tolist()))
        low, high = interval(value, again, n_artists=artists, scale=scale)
        found.append(Estimate(value=value, low=low, high=high, n_pairs=int(known.sum()), n_artists=artists))
    return found


def choose_paintings(artist: Sequence[str], *, per_artist: int, seed: int = 0) -> npt.NDArray[np.int64]:
    """Return the places of at most so many paintings of each artist, drawn from (seed); sorted."""
    names = np.asarray(artist, dtype=str)
    order = np.random.default_rng([seed, len(names)]).permutation(len(names))
    taken: dict[str, int] = {}
    chosen = []
    for place in order:
        if taken.setdefault(str(names[place]), 0) < per_artist:
            taken[str(names[place])] += 1
            chosen.append(int(place))
    return np.array(sorted(chosen), dtype=np.int64)


def _correlation(first: Floats, other: Floats) -> float:
    a, b = first - first.mean(), other - other.mean()
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum() / size) if size > 0 else float("nan")
