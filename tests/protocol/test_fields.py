from __future__ import annotations

import json
import math

import pytest

from morelli.protocol import fields


@pytest.mark.parametrize("bad", [None, True, "1", [], {}, float("nan"), float("inf"), 10**400])
def test_only_finite_numbers_are_numbers(bad: object) -> None:
    with pytest.raises(ValueError, match=r"^file\.json, bound: ") as found:
        fields.number(bad, source="file.json, bound")
    assert len(str(found.value)) < 120


def test_what_json_reads_is_checked() -> None:
    assert fields.number(json.loads("1e3"), source="x") == 1000.0
    with pytest.raises(ValueError, match="not finite"):
        fields.number(json.loads("NaN"), source="x")
    assert math.isnan(fields.number_or_nan(None, source="x"))
    assert fields.number_or_none(None, source="x") is None
    assert fields.numbers([1, 2.5], source="x") == (1.0, 2.5)
    for bad in (1, "12", [1, "2"], [None]):
        with pytest.raises(ValueError, match="x: "):
            fields.numbers(bad, source="x")


@pytest.mark.parametrize("bad", [-1, 1.0, True, "3", 1 << 60, None])
def test_only_whole_numbers_count(bad: object) -> None:
    assert fields.whole(3, source="x") == 3
    with pytest.raises(ValueError, match="whole number"):
        fields.whole(bad, source="x")


def test_keys_are_known_and_there() -> None:
    fields.check_keys({"a": 1}, needed=("a",), optional=("b",), source="x")
    with pytest.raises(ValueError, match="x: no 'a'"):
        fields.check_keys({"b": 1}, needed=("a",), optional=("b",), source="x")
    with pytest.raises(ValueError, match="did you mean 'bound'"):
        fields.check_keys({"bond": 1}, needed=("bound",), source="x")
    with pytest.raises(ValueError, match="a JSON object, not a list"):
        fields.table([], source="x")
    with pytest.raises(ValueError, match="a text"):
        fields.text(3, source="x")
