"""The model card: what a model is, what it was trained on, what it reaches, where it may fail."""

from __future__ import annotations

from collections.abc import Sequence

from morelli.model.description import ModelDescription
from morelli.protocol.decision import Decision


def write_card(description: ModelDescription, decision: Decision, *, figures: Sequence[str] = ()) -> str:
    """Return the card as Markdown. figures: lines of what it reached, where that was measured."""
    system = description.system
    lines = [
        f"# {system['title']} (`{system['name']}`)",
        "",
        "Says how alike two paintings are, as far as who painted them goes.",
        "",
        "## What it is",
        "",
        f"- System: {system['source']}.",
        f"- {description.parameters:,} trained parameters; a picture is seen as `{description.view.kind}`, "
        f"{description.view.size} px a side, and becomes {description.embedding} values.",
        f"- Similarity: {description.similarity.replace('-', ' ')}; larger is more alike.",
        f"- Licence: {description.licence}.",
        *(["", str(system["remarks"])] if system["remarks"] else []),
        "",
        "## What it was trained on",
        "",
        *(f"- {name}: {value}" for name, value in description.training.items()),
        "",
        "## How it decides",
        "",
        f"- Threshold {decision.threshold:.6g} on the similarity, from {decision.fitted_on}.",
        *(
            f"- Calibrated against {name} negatives: {one.to_dict()['kind']}, {one.n_pairs} pairs of {one.n_artists} artists; likelihood "
            f"ratios are cut at {one.n_artists + 1}, which is what so many artists can support."
            for name, one in sorted(decision.calibrations.items())
        ),
        *(["", "## What it reaches", "", *figures] if figures else []),
        "",
        "## Where it may fail",
        "",
        "- It is no test of authenticity: forgeries, copies and workshops were not studied.",
        "- Pictures of another kind than the training data (other periods, photographs of walls, details) are outside what was measured.",
        "- Artists of one tradition resemble each other: read the style-matched figures, not the random ones.",
    ]
    return "\n".join(lines) + "\n"
