from __future__ import annotations

import numpy as np
import pytest

from morelli.errors import PairsError
from morelli.protocol.pairs import Negatives
from morelli.protocol.sets import SetDrawer, Sets

# Fourteen artists of two styles with 3 to 9 paintings; the last two have one style to themselves or none.
COUNT = [3, 4, 5, 6, 7, 8, 9, 3, 4, 5, 6, 7, 5, 4]
ARTIST = np.repeat([f"a{one:02d}" for one in range(14)], COUNT).astype(object)
STYLE = np.array([("x", "y")[int(name[1:]) % 2] if name < "a12" else ("z" if name == "a12" else "") for name in ARTIST])
STYLE = STYLE.astype(object)
ROWS = np.arange(1, len(ARTIST))  # a catalogue's rows need not begin at 0


def _draw(size: int, negatives: Negatives, **options: object) -> SetDrawer:
    return SetDrawer(ARTIST, ROWS, size=size, negatives=negatives, style=STYLE, **options)  # type: ignore[arg-type]


def _check(sets: Sets, size: int, negatives: Negatives) -> None:
    artist, style = ARTIST[ROWS], STYLE[ROWS]
    assert sets.references.shape == (len(sets), size)
    for query, references, same, first, second in zip(
        sets.query, sets.references, sets.same, sets.first, sets.second, strict=True
    ):
        owners = set(artist[references])
        assert len(owners) == 1  # one artist's
        assert len(set(references.tolist())) == size  # none twice
        assert query not in references
        assert (artist[query] in owners) == same == (first == second)
        assert (artist == artist[query]).sum() > size
        if not same and negatives == "style-matched":
            assert set(style[references]) == {style[query]}
    for kind in (True, False):
        assert sets.weight[sets.same == kind].sum() == pytest.approx(1)
    assert set(sets.first) | set(sets.second) == set(range(sets.n_artists))
    # One number an artist, the same on both sides.
    number = {(artist[q], f) for q, f in zip(sets.query, sets.first, strict=True)}
    number |= {(artist[r[0]], s) for r, s in zip(sets.references, sets.second, strict=True)}
    assert len({name for name, _ in number}) == len({n for _, n in number}) == len(number)


@pytest.mark.parametrize("negatives", ["random", "style-matched"])
@pytest.mark.parametrize("size", [2, 3])
def test_sets_are_what_they_say(size: int, negatives: Negatives) -> None:
    drawer = _draw(size, negatives)
    _check(drawer.balanced(per_artist=30), size, negatives)
    _check(drawer.every(), size, negatives)


def test_a_balanced_draw_is_balanced_and_artists_count_alike() -> None:
    sets = _draw(2, "random").balanced(per_artist=400)
    half = len(sets) // 2
    np.testing.assert_array_equal(sets.query[:half], sets.query[half:])  # the same queries in both kinds
    assert sets.same[:half].all()
    assert not sets.same[half:].any()
    _, count = np.unique(sets.first[:half], return_counts=True)
    assert set(count) == {400}
    # The other artist is drawn uniformly, the references uniformly among their paintings.
    _, count = np.unique(sets.second[half:], return_counts=True)
    assert len(count) == 14
    assert count.min() > 0.8 * count.mean()
    assert count.max() < 1.2 * count.mean()
    mine = sets.references[half:][ARTIST[ROWS][sets.references[half:, 0]] == "a06"]
    _, count = np.unique(mine, return_counts=True)
    assert len(count) == 9
    assert count.min() > 0.7 * count.mean()


def test_every_other_artist_is_set_beside_every_query_once() -> None:
    sets = _draw(2, "style-matched").every(repeats=3)
    artist, style = ARTIST[ROWS], STYLE[ROWS]
    for query in np.unique(sets.query):
        there = sets.query == query
        assert (there & sets.same).sum() == 3
        others = {artist[r[0]] for r in sets.references[there & ~sets.same]}
        wanted = {
            name
            for name in np.unique(artist.astype(str))
            if name != artist[query] and ((artist == name) & (style == style[query])).sum() >= 2
        }
        assert others == wanted
        assert (there & ~sets.same).sum() == len(wanted)
    # Artists weigh alike, whatever they painted.
    mass = np.bincount(sets.first, weights=sets.weight * sets.same)
    assert mass[mass > 0] == pytest.approx(1 / (mass > 0).sum())


def test_scans_of_one_work_take_part_once() -> None:
    duplicates = np.full(len(ARTIST), -1)
    duplicates[[20, 21, 22]] = 5
    sets = _draw(2, "random", duplicates=duplicates).every()
    used = set(ROWS[np.unique(np.concatenate([sets.query, sets.references.ravel()]))].tolist())
    assert used & {20, 21, 22} == {20}


def test_a_seed_gives_one_draw() -> None:
    one, again, other = (_draw(2, "random", seed=seed).balanced() for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.references, again.references)
    assert not np.array_equal(one.references, other.references)


def test_too_few_artists_are_refused() -> None:
    with pytest.raises(PairsError, match="4 artists allow random sets of 6 references; 10 are the least"):
        _draw(6, "random")
    with pytest.raises(PairsError, match="at least two styles"):
        SetDrawer(ARTIST, ROWS[STYLE[ROWS] == "x"], size=2, negatives="style-matched", style=STYLE)
