"""Published figures beside their true counterparts here, each with what keeps the two from being the same thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from morelli.protocol.estimate import Estimate
from morelli.protocol.evaluation import Evaluation
from morelli.report.names import FIGURES, GROUPS, named

_NOTES = {
    "triplet_accuracy_of_four": (
        "A triplet counts as right when the same artist's painting is the nearer one, both distances averaged over a "
        "batch of four. That is an easier question than deciding one pair, so the figure stands beside its own "
        "counterpart and never beside pair accuracy."
    ),
    "triplet_accuracy": (
        "A triplet only asks which of two paintings is the nearer one, with no threshold: an easier question than "
        "deciding one pair, so it stands beside triplet accuracy and never beside pair accuracy."
    ),
}
_OTHER_DATA = "Measured by its authors on their own data and split; compare the size, not the decimals."
_NONE = "Nothing measured here answers the same question, so it stands alone."

# name -> (figure, group). A bare figure is of unseen artists, the question every source ends with; published negatives
# are random ones.
_COUNTERPARTS: dict[str, tuple[str, str]] = {
    **{figure: (figure, "unseen") for figure in FIGURES},
    **{f"{figure}_{group}": (figure, group) for figure in FIGURES for group in GROUPS},
    **{f"{group}_{figure}": (figure, group) for figure in FIGURES for group in GROUPS},
}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """A published figure and ours: None where there is no counterpart or none was measured. `note`: what to mind."""

    name: str
    label: str
    published: float
    ours: Estimate | None
    ours_of: str
    note: str


def beside_published(evaluation: Evaluation) -> list[Comparison]:
    """Return each of the evaluation's published figures beside its counterpart, in the order given.

    A name is a figure's (`triplet_accuracy_of_four`: unseen artists), or a figure's with a group (`accuracy_seen`); any
    other has no counterpart.
    """
    comparisons = []
    for name, value in evaluation.published.items():
        if name not in _COUNTERPARTS:
            label = name.replace("_", " ").capitalize()
            comparisons.append(
                Comparison(name=name, label=label, published=float(value), ours=None, ours_of="", note=_NONE)
            )
            continue
        figure, group = _COUNTERPARTS[name]
        ours = None
        for one in evaluation.pairs:
            if (one.group, one.negatives) == (group, "random"):
                ours = one.figures.get(figure)
        comparisons.append(
            Comparison(
                name=name,
                label=f"{named(figure).label}, {group}",
                published=float(value),
                ours=ours,
                ours_of=f"{group} artists, random negatives" if ours is not None else "not measured here",
                note=_NOTES.get(figure, _OTHER_DATA),
            )
        )
    return comparisons


def notes(comparisons: Sequence[Comparison]) -> list[tuple[str, str]]:
    """Return what to mind: (figures it holds for, note), each note once."""
    held: dict[str, list[str]] = {}
    for one in comparisons:
        held.setdefault(one.note, []).append(one.label)
    return [("; ".join(labels), note) for note, labels in held.items()]
