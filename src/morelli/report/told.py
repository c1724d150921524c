"""Whether a museum's artists can be told apart, as a table for a terminal and as plain values."""

from __future__ import annotations

import math
from collections.abc import Sequence

from morelli.model.recalibrate import Prospect
from morelli.protocol.tellable import ArtistTold
from morelli.report.document import Json, estimate_document
from morelli.report.tables import markdown_table

MOST = 40


def told_text(prospect: Prospect) -> str:
    """Return the table, the hardest artists first, and the AUC of all; the easiest of many are counted."""
    shown = prospect.told[:MOST]
    lines = [
        f"calibrating on {prospect.artists.in_words()}",
        *(f"left out: {n:,} {what}" for what, n in prospect.left_out.items()),
        "",
        told_table(shown),
    ]
    if rest := len(prospect.told) - len(shown):
        lines.append(f"... and {rest} more artists, easier to tell")
    lines += ["", *(f"AUC against {kind} negatives: {one} (guessing: 0.5)" for kind, one in prospect.auc.items())]
    return "\n".join(lines)


def told_table(told: Sequence[ArtistTold]) -> str:
    """Return a Markdown table: how alike an artist's paintings are to each other, and to those of the nearest other artist."""
    rows = [
        [
            one.artist,
            f"{one.paintings}",
            f"{one.inside:.4g}",
            one.nearest,
            f"{one.outside:.4g}",
            f"{one.difference.value:.3g} {_interval(one)}",
            one.told,
        ]
        for one in told
    ]
    header = ["artist", "paintings", "among them", "nearest artist", "to theirs", "difference", "told apart"]
    return markdown_table(header, rows, align=["left", "right", "right", "left", "right", "right", "left"])


def _interval(one: ArtistTold) -> str:
    found = one.difference
    return "(too few paintings for an interval)" if math.isnan(found.low) else f"[{found.low:.3g}, {found.high:.3g}]"


def told_document(prospect: Prospect) -> dict[str, Json]:
    """Return it as plain values for JSON."""
    return {
        "artists": [
            {
                "artist": one.artist,
                "paintings": one.paintings,
                "inside": one.inside,
                "nearest": one.nearest,
                "outside": one.outside,
                "difference": estimate_document(one.difference),
                "told": one.told,
            }
            for one in prospect.told
        ],
        "auc": {kind: estimate_document(one) for kind, one in prospect.auc.items()},
        "calibrated_on": {"artists": prospect.artists.artists, "paintings": prospect.artists.paintings},
        "left_out": dict(prospect.left_out),
        "warnings": list(prospect.warnings()),
    }
