"""A verdict's evidence on its scale: how far the likelihood ratio is from saying nothing, and how far it could go."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from morelli.looking.colouring import tint_signed
from morelli.report.palette import INK, MUTED, PAPER
from morelli.verdict.verdict import Verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_NARROW = 0.1  # powers of ten: a scale is at least so wide to either side


def draw_scale(
    figure: Figure, verdict: Verdict, *, left: float, bottom: float, width: float, page: tuple[float, float]
) -> None:
    """Draw the scale of a verdict's likelihood ratio, from the lowest to the highest that the calibration supports, with lines across it
    beyond which either decision is never said. All in points.
    """
    low, high = min(verdict.log10_lr_limits[0], -_NARROW), max(verdict.log10_lr_limits[1], _NARROW)
    axes = figure.add_axes((left / page[0], (bottom + 18) / page[1], width / page[0], 10 / page[1]))
    place = np.linspace(low, high, 512)
    shade = np.where(place > 0, place / high, -place / low)
    axes.imshow(tint_signed(np.full((1, 512), 0.75), 0.85 * shade[None]), aspect="auto", extent=(low, high, 0, 1))
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    ticks = [float(power) for power in range(int(np.ceil(low)), int(np.floor(high)) + 1)]
    axes.set_xticks(ticks, [tick_words(tick) for tick in ticks], fontsize=8.4, color=MUTED.light)
    axes.tick_params(length=3, pad=2)
    for decided in verdict.log10_lr_decided:
        if decided is not None:
            axes.plot([decided] * 2, [-0.35, 1.35], color=INK.light, linewidth=1.1, clip_on=False)
    axes.plot(verdict.log10_lr, 0.5, marker="o", markersize=11, color=PAPER.light, clip_on=False)
    axes.plot(verdict.log10_lr, 0.5, marker="o", markersize=7, color=INK.light, clip_on=False)
    axes.set_xlim(low, high)
    axes.set_ylim(0, 1)
    same, different = verdict.hypotheses
    for words, x, side in ((f"← {different}", 0.0, "left"), (f"{same} →", 1.0, "right")):
        axes.text(x, 1.9, words, transform=axes.transAxes, ha=side, va="bottom", fontsize=8.8, color=MUTED.light)


def tick_words(power: float) -> str:
    """Return how a power of ten of the likelihood ratio is called on the scale.

    >>> tick_words(0.0), tick_words(2.0), tick_words(-1.0)
    ('1: no evidence', '100', '1/10')
    """
    if power == 0:
        return "1: no evidence"
    return f"{10**power:,.0f}" if power > 0 else f"1/{10**-power:,.0f}"
