"""The report's answer in plain sentences."""

from __future__ import annotations

import math

from morelli.protocol.evaluation import Evaluation
from morelli.report.names import named
from morelli.report.tables import sets_in_order, shown_estimate

_WHOSE = {
    "unseen": "by artists it never saw in training",
    "seen": "by artists whose other paintings it was trained on",
    "mix": "by seen and unseen artists pooled",
}
_WHICH = {
    "random": "when the other painter is drawn at random",
    "style-matched": "when the other painter works in the same style",
}


def answer(evaluation: Evaluation) -> list[str]:
    """Return the answer as sentences: how it does on unseen artists (else on what was judged), by kind of negatives."""
    judged = sets_in_order(evaluation)
    if not judged:
        return ["No pairs were judged."]
    groups = [group for group, _ in judged]
    group = "unseen" if "unseen" in groups else groups[0]
    parts = []
    for negatives in [negatives for one, negatives in judged if one == group]:
        where = _WHICH.get(negatives, f"with {negatives} negatives")
        figures = {name: evaluation.of(group, negatives).figures.get(name) for name in ("accuracy", "auc")}
        said = [
            f"{named(name).label} {shown_estimate(one)}"
            if name == "auc"
            else f"a share of {shown_estimate(one)} of pairs"
            for name, one in figures.items()
            if one is not None and not math.isnan(one.value)
        ]
        if said:
            parts.append(f"{said[0]} {where}" + (f" ({said[1]})" if len(said) == 2 else ""))
    if not parts:
        return ["The pairs that were judged carry neither accuracy nor AUC."]
    whose = _WHOSE.get(group, f"of the group {group}")
    verb = "decides rightly" if parts[0].startswith("a share") else "reaches"
    first = f"Shown two paintings {whose}, {evaluation.system} {verb} {parts[0]}"
    return [f"{first}, and {' and '.join(parts[1:])}." if parts[1:] else f"{first}.", "Guessing would give 0.5."]
