"""A verdict about a set of references as text and as JSON."""

from __future__ import annotations

from morelli.printable import printable
from morelli.verdict.sets import SetVerdict
from morelli.verdict.words import verdict_json, verdict_text

_SHOWN = 5


def set_verdict_text(found: SetVerdict) -> str:
    """Return the verdict in words, with what was compared and what was left out."""
    n, size = len(found.references), found.calibrated_for
    plural = "s" if n > 1 else ""
    read = f"{n} painting{plural}" + (
        "" if n == size else f", read as every choice of {size} of them: calibrated for {size}"
    )
    more = [("references", read)]
    alike = [f"{similarity:8.4f}  {printable(file)}" for file, similarity in found.references[:_SHOWN]]
    more += [("most alike" if at == 0 else "", words) for at, words in enumerate(alike)]
    more += [("left out", printable(f"{file}: {reason.removeprefix(f'{file}: ')}")) for file, reason in found.left_out]
    return verdict_text(found.verdict, more=more)


def set_verdict_json(found: SetVerdict) -> str:
    """Return the verdict as one JSON object: that of a pair, and the references."""
    return verdict_json(
        found.verdict,
        more={
            "references": [{"path": path, "similarity": similarity} for path, similarity in found.references],
            "left_out": [{"path": path, "reason": reason} for path, reason in found.left_out],
            "calibrated_for": found.calibrated_for,
        },
    )
