"""`report.json`: an evaluation as a document for programs. Numbers in full; what is not a number is null, never NaN."""

from __future__ import annotations

import json
import math

from morelli.protocol.estimate import Estimate
from morelli.protocol.evaluation import Evaluation
from morelli.report.names import in_order
from morelli.report.published import beside_published
from morelli.report.tables import sets_in_order

SCHEMA_VERSION = 1

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def document(evaluation: Evaluation) -> dict[str, Json]:
    """Return the document of an evaluation: plain dictionaries, lists, texts and numbers."""
    pairs: list[Json] = []
    for group, negatives in sets_in_order(evaluation):
        one = evaluation.of(group, negatives)
        pairs.append(
            {
                "group": group,
                "negatives": negatives,
                "n_pairs": len(one.pairs),
                "n_same": int(one.pairs.same.sum()),
                "supported_llr": [number(limit) for limit in one.supported],
                "figures": {name: estimate_document(one.figures[name]) for name in in_order(one.figures)},
            }
        )
    return {
        "schema_version": SCHEMA_VERSION,
        "system": evaluation.system,
        "model_id": evaluation.model_id,
        "threshold": number(evaluation.threshold),
        "threshold_from": evaluation.threshold_from,
        "facts": dict(evaluation.facts),
        **({"note": evaluation.note} if evaluation.note else {}),
        "pairs": pairs,
        "retrieval": [
            {"group": one.group, "recall": {str(k): estimate_document(one.recall[k]) for k in sorted(one.recall)}}
            for one in evaluation.retrieval
        ],
        "operating_points": [
            {
                "group": one.group,
                "negatives": one.negatives,
                "name": one.name,
                "promised": {name: estimate_document(found) for name, found in one.promised.items()},
                "measured": {name: estimate_document(found) for name, found in one.measured.items()},
                "artist_pairs": one.artist_pairs,
                "artists": one.artists,
                "remark": one.remark,
            }
            for one in evaluation.points
        ],
        "sets": [
            {
                "group": one.group,
                "negatives": one.negatives,
                "references": one.references,
                "figures": {name: estimate_document(found) for name, found in one.figures.items()},
            }
            for one in evaluation.sets
        ],
        "few_shot": [
            {
                "group": one.group,
                "ways": one.ways,
                "shots": one.shots,
                "accuracy": estimate_document(one.accuracy),
                "guessing": 1 / one.ways,
            }
            for one in evaluation.few_shot
        ],
        "published": [
            {
                "name": one.name,
                "published": number(one.published),
                "ours": None if one.ours is None else estimate_document(one.ours),
                "ours_of": one.ours_of,
                "note": one.note,
            }
            for one in beside_published(evaluation)
        ],
        "history": [{key: number(value) for key, value in epoch.items()} for epoch in evaluation.history],
    }


def document_text(evaluation: Evaluation) -> str:
    """Return the document as JSON text, indented, ending in a line feed."""
    return json.dumps(document(evaluation), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def estimate_document(estimate: Estimate) -> dict[str, Json]:
    """Return a figure with everything behind it."""
    return {
        "value": number(estimate.value),
        "low": number(estimate.low),
        "high": number(estimate.high),
        "n_pairs": int(estimate.n_pairs),
        "n_artists": int(estimate.n_artists),
        "resampled": estimate.resampled,
    }


def number(value: float) -> Json:
    """Return a number as JSON has it: whole ones whole, and None for nan and the infinities.

    >>> number(3), number(0.5), number(float("nan"))
    (3, 0.5, None)
    """
    if isinstance(value, int):
        return value
    return float(value) if math.isfinite(value) else None
