"""The learning curves of all systems in one figure: loss on training pairs, loss on validation artists, AUC on validation artists."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from morelli.report.drawing import drawing_style, figure_of, file_bytes, inline_svg, label_text
from morelli.report.figures import Dash
from morelli.report.palette import MIX, RULE, SEEN, SERIES, UNSEEN, Colour

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = npt.NDArray[np.floating]
_COLOURS = (UNSEEN, SEEN, SERIES[1], MIX, SERIES[2], SERIES[3], SERIES[4], SERIES[0])
_DASHES: tuple[Dash, ...] = ("-", "--", ":", "-.")
_MARKED = 12  # epochs; a shorter curve has a dot for each
TITLE = "Learning curves of all systems"


@dataclass(frozen=True, kw_only=True, eq=False)
class Course:
    """The course of one training: epoch, train_loss, validation_loss, validation_auc (e,), nan where an epoch has none.

    Losses are shares of their first epoch's: those of different objectives have no common scale.
    """

    name: str
    epoch: Floats
    train_loss: Floats
    validation_loss: Floats
    validation_auc: Floats


def course(name: str, history: Sequence[Mapping[str, float]]) -> Course:
    """Return the course of a training from its history, which must not be empty."""

    def column(key: str) -> Floats:
        return np.array([row.get(key, math.nan) for row in history], dtype=float)

    return Course(
        name=name,
        epoch=np.arange(1, len(history) + 1, dtype=float),
        train_loss=_of_first(column("train_loss")),
        validation_loss=_of_first(column("validation_loss")),
        validation_auc=column("validation_auc"),
    )


def _of_first(losses: Floats) -> Floats:
    known = losses[np.isfinite(losses)]
    return losses / known[0] if len(known) and known[0] > 0 else losses


def learning_svg(courses: Sequence[Course], *, name: str) -> str:
    """Return the figure as an `<svg>` element; empty where no system has a course."""
    if not courses:
        return ""
    said = "; ".join(f"{one.name}: {len(one.epoch)} epochs, {_best(one.validation_auc)}" for one in courses)
    with drawing_style():
        return inline_svg(_draw(courses), name=name, title=TITLE, description=said)


def learning_file(courses: Sequence[Course]) -> bytes:
    """Return the figure as an SVG file of its own; empty axes where no system has a course."""
    with drawing_style():
        return file_bytes(_draw(courses), kind="svg")


def _draw(courses: Sequence[Course]) -> Figure:
    rows = math.ceil(max(len(courses), 1) / 4)
    figure = figure_of(width=1080.0, height=300.0 + 22.0 * rows)
    axes = figure.subplots(1, 3)
    columns: tuple[tuple[str, Callable[[Course], Floats]], ...] = (
        ("training loss, share of its first epoch’s", lambda one: one.train_loss),
        ("loss on validation artists, share of its first", lambda one: one.validation_loss),
        ("AUC on validation artists", lambda one: one.validation_auc),
    )
    for place, (title, of) in enumerate(columns):
        for number, one in enumerate(courses):
            y = of(one)
            known = np.isfinite(y)
            colour, dash = look(number)
            dots = "o" if np.count_nonzero(known) <= _MARKED else ""
            axes[place].plot(
                one.epoch[known],
                y[known],
                color=colour.light,
                linestyle=dash,
                marker=dots,
                markersize=3.0,
                linewidth=1.6,
                label=label_text(one.name),
            )
            if place == 2 and known.any():
                best = int(np.nanargmax(y))
                axes[place].plot(
                    one.epoch[best], y[best], "o", color=colour.light, markerfacecolor="none", markersize=8.0
                )
        axes[place].set_title(title, fontsize=11.0, loc="left")
        axes[place].set_xlabel("epoch")
        axes[place].grid(color=RULE.light)
        axes[place].xaxis.get_major_locator().set_params(integer=True)
    handles, labels = axes[0].get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=10.0, handlelength=2.6)
    return figure


def look(number: int) -> tuple[Colour, Dash]:
    """Return the colour and the dash of the n-th system: no two of the first 32 share both."""
    return _COLOURS[number % len(_COLOURS)], _DASHES[number // len(_COLOURS) % len(_DASHES)]


def _best(auc: Floats) -> str:
    known = auc[np.isfinite(auc)]
    return f"validation AUC {known.max():.3f} at best" if len(known) else "no validation AUC"
