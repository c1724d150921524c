from __future__ import annotations

import pytest

from morelli.errors import OperatingPointError
from morelli.protocol.point_names import POINTS, Promise, nearest_points, parse_point


def test_names_are_read_as_people_write_them() -> None:
    for written in ("fpr=1%", "FPR=1.0 %", " fpr = 1% ", "fpr=1.000%"):
        assert parse_point(written) == ("fpr=1%", Promise("fpr", 0.01))
    assert parse_point("Balanced") == ("balanced", None)
    assert parse_point("precision=99.5%") == ("precision=99.5%", Promise("precision", 0.995))
    assert [parse_point(name)[0] for name in POINTS] == list(POINTS)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("balnced", "did you mean 'balanced'"),
        ("fpr=1", "did you mean 'fpr=1%'"),
        ("fpr=0%", "lies between 0 and 50 %"),
        ("fpr=50%", "lies between 0 and 50 %"),
        ("precision=50%", "lies between 50 and 100 %"),
        ("precision=100%", "lies between 50 and 100 %"),
        ("fpr=-1%", "no operating point is called"),
        ("fpr=nan%", "no operating point is called"),
        ("fpr=0.01", "rates are in per cent: 'fpr=1%'"),
        ("precision=.95", "rates are in per cent: 'precision=95%'"),
        ("fpr=1e-3%", "no operating point is called"),
        ("", "no operating point is called"),
        ("x" * 10_000, "no operating point is called"),
    ],
)
def test_other_names_are_refused(name: str, words: str) -> None:
    with pytest.raises(OperatingPointError) as found:
        parse_point(name)
    assert words in str(found.value)
    assert len(str(found.value)) < 300


def test_the_nearest_are_those_of_its_kind() -> None:
    assert nearest_points("fpr=0.2%", POINTS) == "the nearest are 'fpr=0.1%', 'fpr=1%'"
    assert nearest_points("fpr=5%", POINTS) == "the nearest are 'fpr=1%', 'fpr=0.1%'"
    assert nearest_points("precision=99%", POINTS) == "the nearest is 'precision=95%'"
    assert nearest_points("precision=99%", ["balanced", "fpr=1%"]) == "known: balanced, fpr=1%"
