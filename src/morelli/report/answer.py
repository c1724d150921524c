"""The report's answer in plain sentences."""

from __future__ import annotations

import math

from morelli.protocol.evaluation import Evaluation
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
    """Return the answer as sentences: how it does on unseen artists (else on what was judged), by kind of negatives; and the note."""
    judged = sets_in_order(evaluation)
    if not judged:
        return ["No pairs were judged."]
    groups = [group for group, _ in judged]
    group = "unseen" if "unseen" in groups else groups[0]
    parts = []
    for negatives in [negatives for one, negatives in judged if one == group]:
        where = _WHICH.get(negatives, f"with {negatives} negatives")
        figures = evaluation.of(group, negatives).figures
        said = [
            f"{before}{shown_estimate(figures[name])}{after}"
            for name, before, after in (("accuracy", "", " rightly"), ("auc", "AUC ", ""))
            if name in figures and not math.isnan(figures[name].value)
        ]
        if said:
            parts.append(f"{said[0]} {where}" + (f" ({said[1]})" if len(said) == 2 else ""))
    if not parts:
        return ["The pairs that were judged carry neither accuracy nor AUC."]
    whose = _WHOSE.get(group, f"of the group {group}")
    verb = "reaches" if parts[0].startswith("AUC") else "decides"
    first = f"Of pairs of paintings {whose}, {evaluation.system} {verb} {', and '.join(parts)}."
    return [first, "Guessing would give 0.5.", *([evaluation.note] if evaluation.note else [])]
