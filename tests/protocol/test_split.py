from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.names import normalise_artist
from morelli.errors import SplitError
from morelli.protocol.split import PARTS, Split, make_split

ROOT = Path("collection")


def make_catalogue(artists: dict[str, tuple[str, int]]) -> Catalogue:
    """name -> (style, paintings)."""
    rows = [(f"{name}/{i}.jpg", name, style) for name, (style, n) in artists.items() for i in range(n)]
    columns = np.array(rows, dtype=object).T
    return Catalogue(ROOT, dict(zip(("path", "artist", "style"), columns, strict=True)))


def _town(n: int = 200, *, seed: int = 0) -> dict[str, tuple[str, int]]:
    rng = np.random.default_rng(seed)
    sizes = np.array([0.4, 0.3, 0.15, 0.1, 0.05])
    return {f"Painter {i}": (f"style {rng.choice(5, p=sizes)}", int(rng.integers(2, 20))) for i in range(n)}


def test_shares_are_met_overall_and_every_part_has_every_style() -> None:
    town = _town(506)
    split = make_split(make_catalogue(town))
    assert [len(split.names(part)) for part in PARTS] == [329, 51, 50, 76]
    for style in {style for style, _ in town.values()}:
        names = [normalise_artist(name) for name in town if town[name][0] == style]
        counts = Counter(split.artists[name] for name in names)
        for part, share in zip(PARTS, split.shares, strict=True):
            assert abs(counts[part] - share * len(names)) < 2
            assert counts[part] > 0


def test_many_small_styles_do_not_all_round_the_same_way() -> None:
    split = make_split(make_catalogue({f"p{i}": (f"style {i // 2}", 3) for i in range(200)}))
    assert [len(split.names(part)) for part in PARTS] == [130, 20, 20, 30]


@given(seed=st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_rows_may_come_in_any_order_and_names_in_any_spelling(seed: int) -> None:
    catalogue = make_catalogue(_town(60))
    order = np.random.default_rng(seed).permutation(len(catalogue))
    groups = np.arange(len(catalogue)) // 3
    one = make_split(catalogue, seed=1, duplicate_groups=groups)
    shuffled = catalogue.select(order)
    shouted = np.array([name.upper() if i % 2 else name for i, name in enumerate(shuffled.artist)], dtype=object)
    other = make_split(Catalogue(ROOT, {**shuffled.columns, "artist": shouted}), seed=1, duplicate_groups=groups[order])
    assert one == other
    assert one.to_json() == other.to_json()


def test_a_new_artist_moves_few_others() -> None:
    town = _town(300)
    before = make_split(make_catalogue(town))
    for number in range(10):
        after = make_split(make_catalogue({**town, f"Newcomer {number}": (f"style {number % 6}", 5)}))
        moved = sum(after.artists[name] != part for name, part in before.artists.items())
        assert moved <= 12, f"{moved} of 300 moved"


def test_seeds_differ() -> None:
    catalogue = make_catalogue(_town(100))
    assert make_split(catalogue, seed=0).artists != make_split(catalogue, seed=1).artists


def test_test_seen_is_a_fifth_of_those_with_eight_or_more() -> None:
    town = _town(200)
    catalogue = make_catalogue(town)
    split = make_split(catalogue)
    part = split.assign(catalogue)
    for name, (_, n) in town.items():
        mine = part[catalogue.artist == name]
        seen = int((mine == "test-seen").sum())
        if split.artists[normalise_artist(name)] != "train" or n < 8:
            assert seen == 0
        else:
            assert seen == max(2, round(n / 5))
            assert set(mine) == {"train", "test-seen"}


def test_one_of_each_group_of_duplicates_takes_part() -> None:
    catalogue = make_catalogue(_town(40))
    rng = np.random.default_rng(0)
    groups = rng.integers(-1, len(catalogue) // 2, len(catalogue))
    split = make_split(catalogue, duplicate_groups=groups)
    part = split.assign(catalogue)
    for label in set(groups.tolist()):
        inside = np.flatnonzero(groups == label)
        taking = [catalogue.path[row] for row in inside if part[row] != "set-aside"]
        assert len(taking) == (len(inside) if label == -1 else 1)
        if label >= 0:
            assert taking == [min(catalogue.path[inside])]
    out = {min(catalogue.path[groups == label]) for label in set(groups[groups >= 0][:5].tolist())}
    fewer = make_split(catalogue, duplicate_groups=groups, set_aside=out)
    for label in set(groups[groups >= 0].tolist()):
        taking = sorted(set(catalogue.path[groups == label]) - fewer.set_aside)
        assert taking == sorted(set(catalogue.path[groups == label]) - out)[:1]
    with pytest.raises(SplitError, match="duplicate groups for 3 rows"):
        make_split(catalogue, duplicate_groups=np.zeros(3, dtype=int))


def test_artists_of_one_painting_are_trained_on() -> None:
    town = {**_town(40), **{f"Lone {i}": ("style 0", 1) for i in range(30)}}
    split = make_split(make_catalogue(town))
    assert {split.artists[f"lone-{i}"] for i in range(30)} == {"train"}
    assert len(split.names("test")) == 6


@pytest.mark.parametrize("n", range(8))
def test_too_few_artists_are_told_how_many_are_needed(n: int) -> None:
    town = {f"p{i}": ("", 3) for i in range(n)} | {f"lone{i}": ("", 1) for i in range(9)}
    with pytest.raises(SplitError, match=rf"collection: {n} artists .* at least 8 .*'morelli compare'"):
        make_split(make_catalogue(town))


@pytest.mark.parametrize("n", range(8, 31))
def test_as_few_as_eight_give_two_to_every_part(n: int) -> None:
    split = make_split(make_catalogue({f"p{i}": (f"s{i % 3}", 3) for i in range(n)}))
    assert min(len(split.names(part)) for part in PARTS) >= 2
    assert len(split.artists) == n


def test_other_shares() -> None:
    catalogue = make_catalogue(_town(100))
    split = make_split(catalogue, shares=(0.0, 0.0, 0.5, 0.5))
    assert [len(split.names(part)) for part in PARTS] == [0, 0, 50, 50]
    for shares in ((0.5, 0.5, 0.5, 0.5), (1.0,), (1.2, -0.2, 0.0, 0.0), (float("nan"), 0.4, 0.3, 0.3)):
        with pytest.raises(SplitError, match="sum to 1"):
            make_split(catalogue, shares=shares)


def test_unknown_artists_are_named_or_set_aside() -> None:
    catalogue = make_catalogue(_town(40))
    split = make_split(catalogue)
    more = make_catalogue({**_town(40), "Stranger": ("style 0", 2), "Other": ("", 1)})
    with pytest.raises(SplitError, match=r"2 artists \(3 paintings\) are not in the split: 'Other', 'Stranger'"):
        split.assign(more)
    part = split.assign(more, unknown="set-aside")
    assert part[-3:].tolist() == ["set-aside"] * 3
    assert part[:-3].tolist() == split.assign(catalogue).tolist()


def test_a_split_of_other_data_is_refused() -> None:
    catalogue = make_catalogue({"A": ("", 2), "B": ("", 2)})
    split = Split(artists={"a": "test", "b": "train"}, test_seen=frozenset({"A/0.jpg"}))
    with pytest.raises(SplitError, match=r"A/0.jpg: in the split's test_seen, but its artist 'A' is in 'test'"):
        split.assign(catalogue)


def test_a_split_of_other_paths_is_refused_and_a_cleaned_catalogue_is_not() -> None:
    catalogue = make_catalogue(_town(40))
    split = make_split(catalogue, set_aside=["Painter 1/0.jpg"])
    moved = np.array([f"elsewhere/{path}" for path in catalogue.path], dtype=object)
    with pytest.raises(SplitError, match=r"none of the split's \d+ test_seen paths"):
        split.assign(Catalogue(ROOT, {**catalogue.columns, "path": moved}))
    cleaned = catalogue.select(np.flatnonzero(catalogue.path != "Painter 1/0.jpg"))
    assert "set-aside" not in split.assign(cleaned)
    only_test = catalogue.select(np.flatnonzero(split.assign(catalogue) == "test"))
    assert set(split.assign(only_test)) == {"test"}


def test_a_seed_may_have_any_length() -> None:
    catalogue = make_catalogue(_town(40))
    assert make_split(catalogue, seed=10**100) != make_split(catalogue, seed=10**101)


def test_text_and_back() -> None:
    catalogue = make_catalogue(_town(60))
    split = make_split(catalogue, seed=7, duplicate_groups=np.arange(len(catalogue)) // 2)
    text = split.to_json()
    again = Split.from_json(text, source="split.json")
    assert again == split
    assert again.to_json() == text


def _changed(**changes: object) -> str:
    found = json.loads(Split(artists={"a": "train", "b": "test"}).to_json())
    return json.dumps({**found, **changes})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", r"split.json, line 1: not JSON"),
        ("[]", "should be a JSON object"),
        (_changed(test_sen=[]), "did you mean 'test_seen'"),
        (_changed(schema=99), "schema 99"),
        (
            _changed(artists={"train": ["a"], "validation": [], "calibration": [], "test": ["a"]}),
            "is in 'train' and in",
        ),
        (_changed(artists={"train": []}), "no 'validation'"),
        (_changed(artists={"train": [1], "validation": [], "calibration": [], "test": []}), "list of strings"),
        (_changed(test_seen="x"), "list of strings"),
        (_changed(shares=[1, 2]), "should be 4 numbers"),
        (_changed(seed="x"), "whole number"),
        ("[" * 100_000, "not a split"),
        ('{"seed": ' + "9" * 5000 + "}", "not a split"),
        (_changed(shares=[10**400, 0, 0, 0]), "too large"),
        (_changed(test_seen=["x"], set_aside=["x"]), "in test_seen and in set_aside"),
    ],
)
def test_bad_files_are_refused(text: str, words: str) -> None:
    with pytest.raises(SplitError, match=words):
        Split.from_json(text, source="split.json")


def test_real_paintings(paintings: Path) -> None:
    catalogue = Catalogue.read(paintings / "paintings.csv")
    split = make_split(catalogue)
    assert [len(split.names(part)) for part in PARTS] == [329, 51, 50, 76]
    counts = Counter(split.assign(catalogue))
    assert counts["test-seen"] > 1000
    styles = set(catalogue.get("style"))
    part = split.assign(catalogue)
    for name in ("train", "validation", "calibration", "test", "test-seen"):
        assert set(catalogue.get("style")[part == name]) == styles
