"""What a submission came to, as text and as JSON, with the published figures beside it."""

from __future__ import annotations

import json
import math
from typing import Any

from morelli.kaggle.submit import Submitted
from morelli.report.tables import Align, as_published, markdown_table, shown_estimate, shown_score

# The winner's final submission, 18 networks: the private leaderboard and, from the organiser, both artists seen and both unseen.
PUBLISHED = {"private": 0.92890, "both seen": 0.94218, "both unseen": 0.82509}


def submitted_text(done: Submitted) -> str:
    """Return what was written and, where the truth is known, a table of figures."""
    lines = [
        f"{done.out}: {done.pairs:,} pairs of {done.pictures:,} pictures, {done.replaced:,} of them whole copies of broken files",
        f"{len(done.skipped):,} pictures cannot be used: their {done.neutral_pairs:,} pairs have the score "
        f"{shown_score(done.neutral)}, just below the model's threshold",
    ]
    if done.figures:
        header = ["pairs", "AUC", "published", "pairs judged", "same artist", "artists"]
        align: list[Align] = ["left", "right", "right", "right", "right", "right"]
        rows = [
            [
                name,
                shown_estimate(figure.estimate),
                as_published(PUBLISHED[name]) if name in PUBLISHED else "",
                f"{figure.estimate.n_pairs:,}",
                f"{figure.same:,}",
                f"{figure.estimate.n_artists:,}" if figure.estimate.n_artists else "not given",
            ]
            for name, figure in done.figures.items()
            if name != "cross"
        ]
        lines += ["", markdown_table(header, rows, align=align)]
        if "cross" in done.figures:
            cross = done.figures["cross"].estimate
            lines.append(
                f"cross (one artist seen, one unseen): false-accept rate {shown_estimate(cross)} at the model's threshold, "
                f"{cross.n_pairs:,} pairs, {cross.n_artists:,} artists"
            )
        over = "95 % intervals over artists; " if any(one.estimate.n_artists for one in done.figures.values()) else ""
        lines.append(f"{over}published: the competition's winner")
    return "\n".join([*lines, *(f"mind: {line}" for line in done.remarks)])


def submitted_json(done: Submitted) -> str:
    """Return the same as JSON; an interval that was not made is null."""
    figures: dict[str, Any] = {}
    for name, figure in done.figures.items():
        one = figure.estimate
        figures[name] = {
            "figure": "false_accept_rate" if name == "cross" else "auc",
            "value": one.value,
            "low": None if math.isnan(one.low) else one.low,
            "high": None if math.isnan(one.high) else one.high,
            "pairs": one.n_pairs,
            "same": figure.same,
            "artists": one.n_artists,
            "published": PUBLISHED.get(name),
        }
    found = {
        "out": str(done.out),
        "pairs": done.pairs,
        "pictures": done.pictures,
        "replaced": done.replaced,
        "skipped": [str(error) for error in done.skipped],
        "neutral_pairs": done.neutral_pairs,
        "neutral": done.neutral,
        "figures": figures,
        "remarks": list(done.remarks),
    }
    return json.dumps(found, indent=1, ensure_ascii=False)
