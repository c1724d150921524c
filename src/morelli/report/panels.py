"""Which panels an evaluation's figures have: from its sets of pairs and its history to captions and pictures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from morelli.catalogue.names import normalise_artist
from morelli.protocol.evaluation import Evaluation, PairEvaluation
from morelli.report.curves import Bools, Floats, reliability, roc, score_edges, tippett
from morelli.report.figures import (
    Dash,
    Line,
    Mark,
    RocLine,
    estimates_panel,
    histogram_panel,
    lines_panel,
    reliability_panel,
    roc_panel,
    tippett_panel,
)
from morelli.report.names import NEGATIVES, named
from morelli.report.palette import INK, SERIES, UNSEEN, Colour, of_group
from morelli.report.tables import sets_in_order, shown

_SEED = 0  # of the reliability diagram's intervals: the same evaluation gives the same page


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One picture of a figure and the words above it."""

    caption: str
    svg: str


def glance_panels(evaluation: Evaluation, *, figures: Sequence[str] = ("accuracy", "auc")) -> list[Panel]:
    """Return one dot plot a figure, with every set of pairs in it; none for a figure that was not measured."""
    panels = []
    for figure in figures:
        marks = []
        for group, negatives in sets_in_order(evaluation):
            estimate = evaluation.of(group, negatives).figures.get(figure)
            if estimate is not None and not math.isnan(estimate.value):
                fill: Literal["full", "hollow"] = "full" if negatives == "random" else "hollow"
                label = f"{group}, {negatives}"
                marks.append(Mark(label=label, estimate=estimate, colour=of_group(group), fill=fill))
        if marks:
            caption = named(figure).label
            svg = estimates_panel(marks, name=f"glance-{figure}", title=caption, chance=0.5)
            panels.append(Panel(caption=caption, svg=svg))
    return panels


def roc_panels(evaluation: Evaluation) -> list[Panel]:
    """Return one panel a kind of negatives, one curve a group; sets without pairs of both kinds are left out."""
    panels = []
    for number, negatives in enumerate(_kinds_of_negatives(evaluation)):
        lines = []
        for group, kind in sets_in_order(evaluation):
            one = evaluation.of(group, kind)
            if kind == negatives and _has_both_kinds(one.pairs.same):
                auc = one.figures.get("auc")
                label = group if auc is None else f"{group}, AUC {shown(auc.value)}"
                dash: Dash = "--" if group == "mix" else "-"
                curve = roc(one.similarity, one.pairs.same)
                lines.append(RocLine(label=label, curve=curve, colour=of_group(group), dash=dash))
        if lines:
            caption = f"{negatives.capitalize()} negatives"
            panels.append(Panel(caption=caption, svg=roc_panel(lines, name=f"roc-{number}", title=f"ROC, {caption}")))
    return panels


def histogram_panels(evaluation: Evaluation) -> list[Panel]:
    """Return one panel a set of pairs, all over the same range of scores so that they can be compared."""
    judged = _by_negatives(evaluation)
    if not judged:
        return []
    edges = score_edges(np.concatenate([one.similarity for one in judged]), threshold=evaluation.threshold)
    return [
        Panel(
            caption=_caption(one),
            svg=histogram_panel(
                one.similarity,
                one.pairs.same,
                edges=edges,
                threshold=evaluation.threshold,
                colour=of_group(one.group),
                name=f"scores-{number}",
                title=f"Scores, {_caption(one)}",
            ),
        )
        for number, one in enumerate(judged)
    ]


def reliability_panels(evaluation: Evaluation) -> list[Panel]:
    """Return one panel a set of pairs whose scores are calibrated and of both kinds."""
    panels = []
    names = np.array([normalise_artist(name) for name in evaluation.artist], dtype=str)
    _, artist = np.unique(names, return_inverse=True)
    for number, one in enumerate(_by_negatives(evaluation)):
        if not _has_both_kinds(one.pairs.same) or np.isnan(one.llr).any():
            continue
        bins = reliability(
            one.llr,
            one.pairs.same,
            artist[one.pairs.first],
            artist[one.pairs.second],
            rng=np.random.default_rng(_SEED),
        )
        svg = reliability_panel(
            bins, colour=of_group(one.group), name=f"reliability-{number}", title=f"Reliability, {_caption(one)}"
        )
        panels.append(Panel(caption=_caption(one), svg=svg))
    return panels


def tippett_panels(evaluation: Evaluation) -> list[Panel]:
    """Return one panel a set of pairs whose scores are calibrated and of both kinds."""
    return [
        Panel(
            caption=_caption(one),
            svg=tippett_panel(
                tippett(one.llr, one.pairs.same),
                colour=of_group(one.group),
                name=f"tippett-{number}",
                title=f"Tippett plot, {_caption(one)}",
            ),
        )
        for number, one in enumerate(_by_negatives(evaluation))
        if _has_both_kinds(one.pairs.same) and not np.isnan(one.llr).any()
    ]


def learning_panels(history: Sequence[Mapping[str, float]]) -> list[Panel]:
    """Return the learning curves: losses, figures on validation artists, learning rate; what the history has."""
    if not history:
        return []
    epochs = column(history, "epoch")
    if np.isnan(epochs).all():
        epochs = np.arange(1, len(history) + 1, dtype=np.float64)
    held = [key for key in dict.fromkeys(key for epoch in history for key in epoch) if _is_known(column(history, key))]
    chosen = [at for at, epoch in enumerate(history) if is_chosen(epoch)]
    panels = []
    losses = [key for key in held if key.endswith("loss")]
    if losses:
        lines = _lines(history, losses, epochs)
        svg = lines_panel(lines, name="learning-loss", title="Loss", x_label="epoch", y_label="loss")
        panels.append(Panel(caption="Loss", svg=svg))
    for key in [key for key in held if key.startswith("validation_") and key not in losses]:
        figure = key.removeprefix("validation_")
        known = named(figure)
        y = column(history, key)
        caption = f"{known.label} on validation artists"
        svg = lines_panel(
            [Line(label=known.label, x=epochs, y=y, colour=UNSEEN)],
            name=f"learning-{len(panels)}",
            title=caption,
            x_label="epoch",
            y_label=known.label,
            rings=[(float(epochs[at]), float(y[at])) for at in chosen if np.isfinite(y[at])],
        )
        panels.append(Panel(caption=caption, svg=svg))
    if "active_share" in held:
        share = Line(label="share", x=epochs, y=column(history, "active_share"), colour=INK)
        caption = "Examples that still teach (loss above zero)"
        svg = lines_panel([share], name="learning-active", title=caption, x_label="epoch", y_label="share")
        panels.append(Panel(caption=caption, svg=svg))
    if "learning_rate" in held:
        rate = column(history, "learning_rate")
        svg = lines_panel(
            [Line(label="learning rate", x=epochs, y=rate, colour=INK)],
            name="learning-rate",
            title="Learning rate",
            x_label="epoch",
            y_label="learning rate",
            scale="log" if np.nanmin(rate) > 0 else "linear",
        )
        panels.append(Panel(caption="Learning rate", svg=svg))
    return panels


def is_chosen(epoch: Mapping[str, float]) -> bool:
    """Tell whether an epoch's weights are the model's; no epoch is marked in histories of before this was kept."""
    return epoch.get("chosen") == 1.0


def column(history: Sequence[Mapping[str, float]], key: str) -> Floats:
    """Return one column of a history (epochs,), nan where an epoch does not hold it.

    >>> column([{"epoch": 1}, {"epoch": 2, "train_loss": 0.5}], "train_loss").tolist()
    [nan, 0.5]
    """
    return np.array([float(epoch.get(key, math.nan)) for epoch in history])


def _lines(history: Sequence[Mapping[str, float]], keys: Iterable[str], epochs: Floats) -> list[Line]:
    lines = []
    for number, key in enumerate(keys):
        usual: dict[str, Colour] = {"train_loss": INK, "validation_loss": UNSEEN}
        colour = usual.get(key, SERIES[number % len(SERIES)])
        label = key.removesuffix("_loss").replace("_", " ")
        dash: Dash = "--" if key == "train_loss" else "-"
        lines.append(Line(label=label, x=epochs, y=column(history, key), colour=colour, dash=dash))
    return lines


def _is_known(values: Floats) -> bool:
    return bool(np.isfinite(values).any())


def _has_both_kinds(same: Bools) -> bool:
    return bool(same.any() and not same.all())


def _caption(one: PairEvaluation) -> str:
    return f"{'Mix' if one.group == 'mix' else one.group.capitalize() + ' artists'}, {one.negatives} negatives"


def _by_negatives(evaluation: Evaluation) -> list[PairEvaluation]:
    """Return the sets of pairs, one kind of negatives after the other: a row of the page a kind, a column a group."""
    return [
        evaluation.of(group, negatives)
        for kind in _kinds_of_negatives(evaluation)
        for group, negatives in sets_in_order(evaluation)
        if negatives == kind
    ]


def _kinds_of_negatives(evaluation: Evaluation) -> list[str]:
    judged = [negatives for _, negatives in sets_in_order(evaluation)]
    others = [kind for kind in dict.fromkeys(judged) if kind not in NEGATIVES]
    return [kind for kind in NEGATIVES if kind in judged] + others
