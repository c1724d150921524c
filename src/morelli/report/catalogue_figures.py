"""Figures of a catalogue: paintings per artist and paintings per style, as files of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from morelli.catalogue.statistics import CatalogueStatistics, StyleCount
from morelli.report.drawing import drawing_style, figure_of, file_bytes, label_text
from morelli.report.palette import DIFFERENT, INK, MUTED, SERIES

if TYPE_CHECKING:
    from matplotlib.axis import Axis

FileKind = Literal["svg", "png"]
MOST_STYLES = 30
BAR = SERIES[2]  # none of the groups' colours: nothing here is seen or unseen


def paintings_per_artist(statistics: CatalogueStatistics, *, kind: FileKind) -> bytes:
    """Return the figure of paintings per artist: artists by their paintings, and how many have how many."""
    counts = np.array(list(statistics.paintings_by.values()), dtype=np.int64)
    with drawing_style():
        figure = figure_of(width=760.0, height=300.0)
        ranked, binned = figure.subplots(1, 2, width_ratios=[3, 2])
        ranked.fill_between(np.arange(len(counts) + 1), np.append(counts, counts[-1:]), step="post", color=BAR.light)
        ranked.set_xlim(0, max(len(counts), 1))
        ranked.set_ylim(0, max(statistics.most, 1) * 1.08)
        ranked.set_xlabel(f"{statistics.artists:,} artists, most paintings first")
        ranked.set_ylabel("paintings")
        ranked.grid(axis="y")
        if len(counts):
            line: dict[str, Any] = {"color": INK.light, "linewidth": 1.0, "linestyle": (0, (5, 2))}
            ranked.axhline(statistics.median, **line)
            ranked.annotate(
                f"median {statistics.median:g}",
                (1.0, statistics.median),
                xycoords=("axes fraction", "data"),
                xytext=(-3, 3),
                textcoords="offset points",
                ha="right",
                fontsize=9.5,
            )
        names = [f"{one.low}" if one.low == one.high else f"{one.low}–{one.high}" for one in statistics.histogram]
        held = [one.artists for one in statistics.histogram]
        bars = binned.bar(range(len(held)), held, color=BAR.light, width=0.82)
        binned.bar_label(bars, labels=[f"{n:,}" if n else "" for n in held], fontsize=9.5, padding=2)
        binned.set_xticks(range(len(held)), names, fontsize=9.5 if len(held) <= 8 else 7.5)
        binned.margins(y=0.12)
        binned.set_xlabel("paintings by one artist")
        binned.set_ylabel("artists")
        _whole_numbers(ranked.xaxis, ranked.yaxis, binned.yaxis)
        return file_bytes(figure, kind=kind)


def paintings_per_style(statistics: CatalogueStatistics, *, kind: FileKind, most: int = MOST_STYLES) -> bytes:
    """Return the figure of paintings per style: `most` bars at most, most paintings first, unknown last in grey."""
    styles = shown_styles(statistics.styles, most=most)
    with drawing_style():
        figure = figure_of(width=760.0, height=70.0 + 24.0 * max(len(styles), 1))
        axes = figure.subplots()
        paintings = [one.paintings for _, one in styles]
        colours = [BAR.light if one.style else DIFFERENT.light for _, one in styles]
        bars = axes.barh(range(len(styles)), paintings, color=colours, height=0.78)
        words = [f"{one.paintings:,}" + (f" by {_artists(one.artists)}" if one.artists else "") for _, one in styles]
        axes.bar_label(bars, labels=words, fontsize=9.5, padding=4, color=MUTED.light)
        axes.set_yticks(range(len(styles)), [label_text(name) for name, _ in styles], color=INK.light)
        axes.tick_params(axis="y", length=0)
        axes.set_ylim(max(len(styles), 1) - 0.5, -0.6)
        axes.set_xlim(0, max([1, *paintings]) * 1.25)
        axes.set_xlabel("paintings")
        axes.grid(axis="x")
        _whole_numbers(axes.xaxis)
        return file_bytes(figure, kind=kind)


def shown_styles(styles: tuple[StyleCount, ...], *, most: int) -> list[tuple[str, StyleCount]]:
    """Return (label, count) of the bars: known styles, the rarest of too many left out and counted, then the unknown.

    >>> rare = tuple(StyleCount(style=name, paintings=2, artists=1) for name in ("a", "b", "c"))
    >>> [label for label, _ in shown_styles(rare, most=2)]
    ['a', '2 more styles']
    """
    known = [one for one in styles if one.style]
    shown = [(one.style, one) for one in known]
    if len(known) > most:
        rest = known[most - 1 :]
        label = f"{len(rest)} more styles"
        # An artist may stand in several of them, so how many artists they have together is not known here.
        together = StyleCount(style=label, paintings=sum(one.paintings for one in rest), artists=0)
        shown = [*shown[: most - 1], (label, together)]
    return shown + [("unknown", one) for one in styles if not one.style]


def _artists(count: int) -> str:
    return f"{count:,} artist" + ("s" if count != 1 else "")


def _whole_numbers(*several: Axis) -> None:
    from matplotlib.ticker import MaxNLocator, StrMethodFormatter

    for axis in several:
        axis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=[1, 2, 5, 10]))
        axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
