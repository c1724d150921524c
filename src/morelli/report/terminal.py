"""The main figures of an evaluation as a table for a terminal."""

from __future__ import annotations

from morelli.protocol.evaluation import Evaluation
from morelli.report.names import named
from morelli.report.published import beside_published
from morelli.report.tables import Align, as_published, markdown_table, sets_in_order, shown, shown_estimate

FIGURES = ("accuracy", "auc", "eer", "cllr", "triplet_accuracy", "triplet_accuracy_of_four")


def evaluation_text(evaluation: Evaluation) -> str:
    """Return a table, one row a set of pairs, with 95 % intervals over artists; then how well it is calibrated, recall@1,
    few shots, sets and what was published.
    """
    header = ["pairs", *(named(name).label for name in FIGURES)]
    rows = []
    for group, negatives in sets_in_order(evaluation):
        figures = evaluation.of(group, negatives).figures
        cells = [shown_estimate(figures[name]) if name in figures else shown(float("nan")) for name in FIGURES]
        rows.append([f"{group}, {negatives}", *cells])
    align: list[Align] = ["left"]
    align += ["right"] * len(FIGURES)
    lines = [markdown_table(header, rows, align=align), ""]
    lines += [
        f"calibration, {one.group}, {one.negatives}: ECE {shown_estimate(one.figures['ece'])}, "
        f"Cllr {shown_estimate(one.figures['calibration_loss'])} above its minimum"
        for one in evaluation.pairs
        if one.group == "unseen" and {"ece", "calibration_loss"} <= one.figures.keys()
    ]
    lines += [
        f"recall@{k}, {one.group}: {shown_estimate(one.recall[k])} ({len(one.query)} queries)"
        for one in evaluation.retrieval
        for k in sorted(one.recall)[:1]
    ]
    lines += [
        f"{one.ways}-way {one.shots}-shot, {one.group}: {shown_estimate(one.accuracy)} (guessing: {1 / one.ways:g})"
        for one in evaluation.few_shot
        if one.group == "unseen"
    ]
    lines += [
        f"{one.references} references, {one.group}, {one.negatives}: AUC {shown_estimate(one.figures['auc'])}, "
        f"Cllr {shown_estimate(one.figures['cllr'])}"
        + (
            f", {shown_estimate(one.figures['calibration_loss'])} of it above its minimum"
            if "calibration_loss" in one.figures
            else ""
        )
        for one in evaluation.sets
        if one.group == "unseen"
    ]
    lines += [
        f"published: {one.label} {as_published(one.published)}"
        + ("" if one.ours is None else f"; here {shown_estimate(one.ours)} ({one.ours_of})")
        for one in beside_published(evaluation)
    ]
    return "\n".join(
        [*lines, f"threshold {evaluation.threshold:.4g}, {evaluation.threshold_from}; 95 % intervals over artists"]
    )


def card_lines(evaluation: Evaluation, *, split: str) -> list[str]:
    """Return what a model's card says of an evaluation: its table, the rest of its lines as a list, and what it was measured on."""
    table, _, rest = evaluation_text(evaluation).partition("\n\n")
    facts = {name: value for name, value in evaluation.facts.items() if not name.startswith("trained: ")}
    about = "; ".join(f"{name}: {value}" for name, value in {"split": split, **facts}.items())
    return [*table.splitlines(), "", *(f"- {line}" for line in rest.splitlines() if line), f"- measured on: {about}"]
