"""The report's figures, one panel a function: values in, an `<svg>` element out.

A panel is small (360 CSS pixels wide) so that a page can set panels side by side or below one another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from morelli.protocol.estimate import Estimate
from morelli.report.curves import Reliability, Roc, Tippett, share_a_bin, thin
from morelli.report.drawing import drawing_style, inline_svg, label_text, panel, stacked_panel
from morelli.report.palette import DIFFERENT, INK, MUTED, PAPER, RULE, Colour
from morelli.report.tables import shown_score

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = npt.NDArray[np.floating]
Dash = Literal["-", "--", ":", "-."]

SMALL = 9.5  # CSS pixels, of notes inside a figure
FEW_PAIRS = 30


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One row of a dot plot: a label, a figure with its interval, a colour; `hollow` marks the harder alternative."""

    label: str
    estimate: Estimate
    colour: Colour
    fill: Literal["full", "hollow"] = "full"


@dataclass(frozen=True, kw_only=True, eq=False)
class RocLine:
    """One ROC curve of a panel and its words in the key."""

    label: str
    curve: Roc
    colour: Colour
    dash: Dash = "-"


@dataclass(frozen=True, kw_only=True, eq=False)
class Line:
    """One curve over epochs (or any x): x (m,), y (m,), nan where nothing was measured."""

    label: str
    x: Floats
    y: Floats
    colour: Colour
    dash: Dash = "-"


def estimates_panel(marks: Sequence[Mark], *, name: str, title: str, chance: float | None = None) -> str:
    """Return a dot plot of figures with their intervals, first row on top. `chance`: where guessing stands."""
    with drawing_style():
        figure, axes = panel(height=64.0 + 25.0 * max(len(marks), 1))
        if chance is not None:
            axes.axvline(chance, color=MUTED.light, linewidth=0.9, linestyle=(0, (4, 3)))
            axes.annotate(
                "guessing",
                (chance, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(4, -1),
                textcoords="offset points",
                fontsize=SMALL,
                color=MUTED.light,
                va="bottom",
            )
        for row, mark in enumerate(marks):
            one = mark.estimate
            if not (math.isnan(one.low) or math.isnan(one.high)):
                axes.hlines(row, one.low, one.high, color=mark.colour.light, linewidth=2.2)
            if not math.isnan(one.value):
                inside = mark.colour.light if mark.fill == "full" else PAPER.light
                axes.plot([one.value], [row], "o", color=mark.colour.light, markerfacecolor=inside, markersize=6.5)
        axes.set_yticks(range(len(marks)), [label_text(mark.label) for mark in marks], color=INK.light)
        axes.set_ylim(len(marks) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        axes.margins(x=0.08)
        axes.locator_params(axis="x", nbins=5)
        said = "; ".join(f"{mark.label}: {mark.estimate}" for mark in marks)
        return inline_svg(figure, name=name, title=title, description=said)


def roc_panel(lines: Sequence[RocLine], *, name: str, title: str) -> str:
    """Return ROC curves in one square, with the diagonal of guessing."""
    with drawing_style():
        figure, axes = panel(height=340.0)
        axes.plot([0, 1], [0, 1], color=MUTED.light, linewidth=0.9, linestyle=(0, (4, 3)))
        for line in lines:
            curve = thin(line.curve)
            style: dict[str, Any] = {"color": line.colour.light, "linewidth": 1.8, "linestyle": line.dash}
            axes.plot(curve.false_accept, curve.true_accept, label=label_text(line.label), **style)
        axes.set_xlim(-0.01, 1.01)
        axes.set_ylim(-0.01, 1.01)
        axes.set_aspect("equal")
        axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
        axes.grid()
        axes.set_xlabel("different artists, called same")
        axes.set_ylabel("same artist, called same")
        if lines:
            axes.legend(loc="lower right", fontsize=10, handlelength=2.4)
        return inline_svg(figure, name=name, title=title, description="; ".join(line.label for line in lines))


def histogram_panel(
    similarity: Floats,
    same: npt.NDArray[np.bool_],
    *,
    edges: Floats,
    threshold: float,
    colour: Colour,
    name: str,
    title: str,
) -> str:
    """Return the scores of same-artist pairs (filled) and of different-artist pairs (grey line), and the threshold."""
    same_share = share_a_bin(similarity[same], edges=edges)
    other_share = share_a_bin(similarity[~same], edges=edges)
    with drawing_style():
        figure, axes = panel(height=230.0)
        axes.stairs(same_share, edges, fill=True, color=colour.light, alpha=0.45, linewidth=0, label="same artist")
        axes.stairs(same_share, edges, color=colour.light, linewidth=1.1)
        axes.stairs(other_share, edges, color=DIFFERENT.light, linewidth=1.6, label="different artists")
        top = max(float(same_share.max()), float(other_share.max()), 1e-9) * 1.28
        axes.set_ylim(0, top)
        if edges[0] <= threshold <= edges[-1]:
            axes.axvline(threshold, ymax=0.86, color=INK.light, linewidth=1.1, linestyle=(0, (5, 2)))
            right_half = threshold > (edges[0] + edges[-1]) / 2
            axes.annotate(
                f"threshold {shown_score(threshold)}",
                (threshold, top * 0.86),
                xytext=(-4 if right_half else 4, -2),
                textcoords="offset points",
                ha="right" if right_half else "left",
                va="top",
                fontsize=SMALL,
            )
        axes.set_xlim(edges[0], edges[-1])
        axes.set_xlabel("similarity")
        axes.set_ylabel("share of pairs")
        axes.locator_params(axis="both", nbins=5)
        axes.legend(loc="upper left", fontsize=SMALL, ncols=2, borderaxespad=0.1, handlelength=1.6)
        said = (
            f"{int(same.sum())} same-artist pairs, median {_median(similarity[same])}; "
            f"{int((~same).sum())} different-artist pairs, median {_median(similarity[~same])}; "
            f"threshold {shown_score(threshold)}"
        )
        return inline_svg(figure, name=name, title=title, description=said)


def tippett_panel(curves: Tippett, *, colour: Colour, name: str, title: str) -> str:
    """Return the shares of same-artist and of different-artist pairs with at least so large a ratio.

    What lies on the wrong side of 1 misleads; both shares are written at that line.
    """
    with drawing_style():
        figure, axes = panel(height=300.0)
        axes.axvline(0.0, ymax=0.82, color=INK.light, linewidth=1.1, linestyle=(0, (5, 2)))
        style: dict[str, Any] = {"where": "pre", "linewidth": 1.8}
        low, high = float(curves.log10_lr[0]), float(curves.log10_lr[-1])
        margin = 0.04 * max(high - low, 0.5)
        x = np.concatenate([[low - margin], curves.log10_lr, [high + margin]])
        for y, line, label in (
            (curves.same, colour, "same artist"),
            (curves.different, DIFFERENT, "different artists"),
        ):
            axes.step(x, np.concatenate([[1.0], y, [0.0]]), color=line.light, label=label, **style)
        at = int(np.searchsorted(curves.log10_lr, 0.0))
        after = min(at + 1, len(curves.log10_lr) - 1)
        above = float(curves.different[after]) if high > 0 else 0.0
        below = 1 - float(curves.same[at])
        axes.set_xlim(low - margin, high + margin)
        axes.set_ylim(-0.02, 1.24)  # room for the words above the curves
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
        axes.grid()
        axes.set_xlabel("log10 of the likelihood ratio")
        axes.set_ylabel("share of pairs at or above it")
        axes.locator_params(axis="x", nbins=6)
        axes.legend(loc="upper left", fontsize=SMALL, handlelength=1.8, borderaxespad=0.1)
        said = (
            f"misleading: {below:.3f} of the same-artist pairs have a ratio below 1, {above:.3f} of the "
            "different-artist pairs above 1"
        )
        axes.annotate(
            f"misleading: same artist {below:.3f},\ndifferent artists {above:.3f}",
            (1.0, 1.0),
            xycoords="axes fraction",
            xytext=(-4, -4),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=SMALL,
        )
        return inline_svg(figure, name=name, title=title, description=said)


def reliability_panel(bins: Reliability, *, colour: Colour, name: str, title: str) -> str:
    """Return stated probability against what came true, with intervals over artists; below, the pairs a point.

    Points on fewer than `FEW_PAIRS` pairs are hollow and stand off the line: their intervals promise too much.
    """
    with drawing_style():
        figure, (upper, lower) = stacked_panel(height=390.0, ratios=(4.4, 1.0))
        upper.plot([0, 1], [0, 1], color=MUTED.light, linewidth=0.9, linestyle=(0, (4, 3)))
        upper.vlines(bins.probability, bins.low, bins.high, color=colour.light, linewidth=1.6)
        firm = bins.n_pairs >= FEW_PAIRS
        style: dict[str, Any] = {"color": colour.light, "markersize": 5.5}
        upper.plot(bins.probability[firm], bins.observed[firm], "o-", linewidth=0.9, **style)
        upper.plot(bins.probability[~firm], bins.observed[~firm], "o", markerfacecolor=PAPER.light, **style)
        upper.set_ylim(-0.02, 1.02)
        upper.set_xlim(-0.02, 1.02)
        upper.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
        upper.set_ylabel("share by the same artist")
        upper.grid()
        lower.bar(bins.probability, bins.n_pairs, width=0.045, color=colour.light, alpha=0.6)
        for x, count in zip(bins.probability, bins.n_pairs, strict=True):
            where: dict[str, Any] = {"xytext": (0, 2), "textcoords": "offset points", "ha": "center"}
            lower.annotate(_count(int(count)), (x, count), fontsize=8.5, **where)
        lower.margins(y=0.45)
        lower.set_yticks([])
        lower.spines["left"].set_visible(False)
        lower.set_ylabel("pairs", color=MUTED.light)
        lower.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "0.25", "0.5", "0.75", "1"])
        lower.set_xlabel("stated probability of the same artist")
        said = "; ".join(
            f"stated {p:.2f}, came true {o:.2f} ({n} pairs)"
            for p, o, n in zip(bins.probability, bins.observed, bins.n_pairs, strict=True)
        )
        return inline_svg(figure, name=name, title=title, description=said)


def lines_panel(
    lines: Sequence[Line],
    *,
    name: str,
    title: str,
    x_label: str,
    y_label: str,
    scale: Literal["linear", "log"] = "linear",
    rings: Sequence[tuple[float, float]] = (),
) -> str:
    """Return curves over a shared x (learning curves of one system or of several). `rings`: points to ring and name."""
    with drawing_style():
        figure, axes = panel()
        for line in lines:
            known = np.isfinite(line.y) & np.isfinite(line.x)
            dots = "o" if np.count_nonzero(known) <= 25 else ""
            style: dict[str, Any] = {"color": line.colour.light, "linewidth": 1.6, "linestyle": line.dash}
            axes.plot(line.x[known], line.y[known], marker=dots, markersize=3.2, label=label_text(line.label), **style)
        for ring in rings:
            axes.plot([ring[0]], [ring[1]], "o", color=INK.light, markerfacecolor="none", markersize=9)
            where: dict[str, Any] = {"xytext": (0, 8), "textcoords": "offset points", "ha": "center"}
            axes.annotate(f"{ring[1]:.3f}", ring, fontsize=SMALL, **where)
            axes.margins(y=0.18)
        axes.set_yscale(scale)
        if scale == "log":
            _plain_log_ticks(axes)
        axes.grid(color=RULE.light)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        _whole_ticks(axes, lines)
        if len(lines) > 1:
            axes.legend(loc="best", fontsize=SMALL, handlelength=2.2)
        said = "; ".join(f"{line.label}: {_ends(line)}" for line in lines)
        return inline_svg(figure, name=name, title=title, description=said)


def _whole_ticks(axes: Axes, lines: Sequence[Line]) -> None:
    """Epochs are whole numbers; so are their ticks."""
    from matplotlib.ticker import MaxNLocator

    if all(np.array_equal(line.x, np.round(line.x)) for line in lines):
        axes.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))


def _plain_log_ticks(axes: Axes) -> None:
    """Powers of ten written out; 2 and 5 in between where the curves stay within two decades."""
    low, high = axes.get_ylim()
    between = high < 100 * low

    def minor(value: float, _: object) -> str:
        return f"{value:g}" if between and f"{value:.0e}"[0] in "25" else ""

    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.yaxis.set_minor_formatter(minor)


def _median(values: Floats) -> str:
    return shown_score(float(np.median(values))) if len(values) else "none"


def _ends(line: Line) -> str:
    known = line.y[np.isfinite(line.y)]
    return f"from {known[0]:.3g} to {known[-1]:.3g}" if len(known) else "no values"


def _count(count: int) -> str:
    return str(count) if count < 10_000 else f"{count / 1000:.0f}k"
