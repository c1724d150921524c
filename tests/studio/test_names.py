from __future__ import annotations

import pytest

from morelli.studio.names import _FIRST, _HEAD, _TAIL, CAPACITY, painter_name


def test_no_two_surnames_are_spelt_alike() -> None:
    surnames = [a + b for a in _HEAD for b in _TAIL]
    assert len(set(surnames)) == len(surnames)
    assert len(set(_FIRST)) == len(_FIRST)


@pytest.mark.parametrize("seed", [0, 7])
def test_names_are_unique_and_surnames_too_for_long(seed: int) -> None:
    surnames = len(_HEAD) * len(_TAIL)
    names = [painter_name(seed, i) for i in range(0, 2 * surnames, 5)]
    assert len(set(names)) == len(names)
    early = [painter_name(seed, i).split()[1] for i in range(500)]
    assert len(set(early)) == 500


def test_names_depend_on_the_seed() -> None:
    assert [painter_name(0, i) for i in range(5)] != [painter_name(1, i) for i in range(5)]


def test_beyond_all_names() -> None:
    assert painter_name(0, CAPACITY - 1)
    with pytest.raises(ValueError, match="not among"):
        painter_name(0, CAPACITY)
