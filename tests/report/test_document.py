from __future__ import annotations

import json
from dataclasses import replace

import msgspec

from morelli.protocol.estimate import Estimate
from morelli.report.document import SCHEMA_VERSION, document, document_text

NAN = float("nan")


def test_every_number_is_the_estimates(make_evaluation) -> None:
    evaluation = make_evaluation()
    read = json.loads(document_text(evaluation))
    assert read["schema_version"] == SCHEMA_VERSION
    assert read["threshold"] == evaluation.threshold
    for one in read["pairs"]:
        judged = evaluation.of(one["group"], one["negatives"])
        assert one["n_pairs"] == len(judged.pairs)
        assert one["n_same"] == judged.pairs.same.sum()
        assert tuple(one["supported_llr"]) == judged.supported
        assert {name: Estimate(**figure) for name, figure in one["figures"].items()} == judged.figures
    assert len(read["pairs"]) == len(evaluation.pairs)
    for one, judged in zip(read["retrieval"], evaluation.retrieval, strict=True):
        assert {int(k): Estimate(**figure) for k, figure in one["recall"].items()} == judged.recall
    for one, judged in zip(read["operating_points"], evaluation.points, strict=True):
        for name in ("promised", "measured"):
            assert {rate: Estimate(**found) for rate, found in one[name].items()} == getattr(judged, name)
        assert (one["group"], one["negatives"], one["name"]) == (judged.group, judged.negatives, judged.name)
    for one, judged in zip(read["sets"], evaluation.sets, strict=True):
        assert {name: Estimate(**found) for name, found in one["figures"].items()} == judged.figures
        assert (one["group"], one["negatives"], one["references"]) == (
            judged.group,
            judged.negatives,
            judged.references,
        )
    for one, judged in zip(read["few_shot"], evaluation.few_shot, strict=True):
        assert Estimate(**one["accuracy"]) == judged.accuracy
        assert (one["group"], one["ways"], one["shots"]) == (judged.group, judged.ways, judged.shots)
    assert read["history"] == [dict(epoch) for epoch in evaluation.history]
    assert read["facts"] == evaluation.facts


def test_nan_is_null_and_the_text_is_strict_json(make_evaluation) -> None:
    evaluation = make_evaluation(groups=("unseen",), negatives=("random",))
    bare = Estimate(value=NAN, low=NAN, high=float("inf"), n_pairs=0, n_artists=0)
    pairs = replace(evaluation.pairs[0], figures={"cllr": bare})
    text = document_text(replace(evaluation, pairs=[pairs], history=[{"epoch": 1, "train_loss": NAN}]))
    read = msgspec.json.decode(text.encode())  # a strict reader: NaN and Infinity are errors to it
    assert read["pairs"][0]["figures"]["cllr"] | {"n_pairs": 0} == {
        "value": None, "low": None, "high": None, "n_pairs": 0, "n_artists": 0, "resampled": "artist",
    }  # fmt: skip
    assert read["history"] == [{"epoch": 1, "train_loss": None}]


def test_published_figures_stand_with_their_counterparts(make_evaluation) -> None:
    published = document(make_evaluation())["published"]
    assert isinstance(published, list)
    assert published[0]["published"] == 0.8928
    assert published[0]["name"] == "triplet_accuracy_of_four"
