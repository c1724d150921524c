from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from morelli.report.evidence import evidence, evidence_of, evidence_rows
from morelli.report.markdown import markdown


def test_it_counts_what_misleads(make_evaluation) -> None:
    evaluation = make_evaluation(groups=("unseen",))
    one = evaluation.of("unseen", "random")
    found = evidence_of(one)
    same = one.llr[one.pairs.same]
    wrong = sum(value < 0 for value in same.tolist())
    assert found.misleading_same == (wrong, len(same))
    assert found.misleading_different == (np.sum(one.llr[~one.pairs.same] > 0), len(one.llr) - len(same))
    assert found.given == pytest.approx((one.llr.min() / math.log(10), one.llr.max() / math.log(10)))
    assert found.supported == pytest.approx((-2.5 / math.log(10), 2.25 / math.log(10)))
    rows = evidence_rows(evidence(evaluation))
    assert [len(row) for row in rows] == [3, 3, 3, 3]
    assert rows[2][1] == f"{wrong / len(same):.3f} ({wrong} of {len(same)})"
    assert rows[1][1] == "−1.09 to +0.98"
    text = markdown(evaluation)
    assert "## Evidence" in text
    assert "−1.09 to +0.98" in text


def test_what_is_uncalibrated_has_none(make_evaluation) -> None:
    evaluation = make_evaluation(groups=("unseen",), negatives=("random",))
    one = evaluation.pairs[0]
    assert evidence_of(replace(one, llr=np.full(len(one.pairs), np.nan))) is None
    assert evidence(replace(evaluation, pairs=[])) == []
    unknown = evidence_of(replace(one, supported=(math.nan, math.nan)))
    assert evidence_rows([unknown])[1][1] == "–"
    assert "## Evidence" not in markdown(replace(evaluation, pairs=[]))
