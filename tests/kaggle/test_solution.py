import csv

import numpy as np
import pytest

from morelli.errors import KaggleError
from morelli.kaggle.layout import find_test_pictures
from morelli.kaggle.pairs import read_pairs
from morelli.kaggle.solution import read_artists, read_solution


@pytest.fixture(scope="module")
def names(competition):
    with find_test_pictures(competition) as found:
        return found.names


@pytest.fixture(scope="module")
def pairs(competition, names):
    return read_pairs(competition / "submission_info.csv", names)


@pytest.fixture(scope="module")
def truth(competition):
    """Name of a picture -> its row of all_data_info.csv, read by the csv module."""
    with (competition / "all_data_info.csv").open(encoding="utf-8") as file:
        return {row["new_filename"]: row for row in csv.DictReader(file)}


@pytest.fixture
def table(tmp_path, pairs, names, truth):
    """Write a table of answers: rows in another order, `usage` of each row where a function is given; return it."""

    def write(usage=None, *, wrong=()):
        rows = []
        for row in np.random.default_rng(8).permutation(len(pairs)):
            one, other = (truth[names[side[row]]]["artist"] for side in (pairs.first, pairs.second))
            same = (one == other) != (row in wrong)
            rows.append(f"{pairs.index[row]},{int(same)}" + (f",{usage(row)}" if usage else ""))
        file = tmp_path / "solution.csv"
        file.write_text("\n".join(["index,sameArtist" + (",Usage" if usage else ""), *rows]) + "\n")
        return file

    return write


def by_hand(pairs, names, truth):
    return [
        int(truth[names[a]]["artist"] == truth[names[b]]["artist"])
        for a, b in zip(pairs.first, pairs.second, strict=True)
    ]


def test_the_truth_of_all_data_info(competition, pairs, names, truth):
    found = read_solution(None, competition, pairs, names)
    assert found.same.tolist() == by_hand(pairs, names, truth)
    assert 0 < sum(found.same.tolist()) < len(pairs)
    for name, artist in zip(names, found.artists.of, strict=True):
        assert found.artists.names[artist] == truth[name]["artist"]
        assert found.artists.seen[artist] == (truth[name]["artist_group"] == "train_and_test")
    assert (int(found.artists.seen.sum()), len(found.artists.names)) == (10, 20)
    assert found.remarks == ()
    assert found.usage == {}


def test_artist_group_says_the_same_where_in_train_is_not_there(own_competition, names):
    both = read_artists(own_competition / "all_data_info.csv", names)
    with (own_competition / "all_data_info.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with (own_competition / "group.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, [name for name in rows[0] if name != "in_train"], extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)
    group = read_artists(own_competition / "group.csv", names)
    np.testing.assert_array_equal(both.seen, group.seen)
    np.testing.assert_array_equal(both.of, group.of)


def test_a_table_of_answers_says_the_same(own_competition, pairs, names, truth, table):
    file = table()
    found = read_solution(file, own_competition, pairs, names)
    assert found.same.tolist() == by_hand(pairs, names, truth)
    assert found.artists is not None
    assert found.remarks == ()
    (own_competition / "all_data_info.csv").unlink()
    assert read_solution(None, own_competition, pairs, names) is None
    alone = read_solution(file, own_competition, pairs, names)
    np.testing.assert_array_equal(alone.same, found.same)
    assert alone.artists is None


def test_a_table_that_differs_is_believed_and_told(competition, pairs, names, truth, table):
    found = read_solution(table(wrong=(3, 11)), competition, pairs, names)
    wanted = by_hand(pairs, names, truth)
    for row in (3, 11):
        wanted[row] = 1 - wanted[row]
    assert found.same.tolist() == wanted
    assert "2 pairs say otherwise than" in found.remarks[0]


def test_usage_is_read(competition, pairs, names, table):
    found = read_solution(table(lambda row: ("Public", "Private", "Ignored")[row % 3]), competition, pairs, names)
    assert {name: np.flatnonzero(rows).tolist() for name, rows in found.usage.items()} == {
        "public": list(range(0, len(pairs), 3)),
        "private": list(range(1, len(pairs), 3)),
    }


def test_pictures_without_an_artist_are_not_judged_and_told(own_competition, pairs, names):
    file = own_competition / "all_data_info.csv"
    lines = file.read_text().splitlines(keepends=True)
    gone = names[5]
    file.write_text("".join(line for line in lines if not line.endswith(f",{gone}\n")))
    found = read_solution(None, own_competition, pairs, names)
    without = [5 in (a, b) for a, b in zip(pairs.first, pairs.second, strict=True)]
    assert (found.same < 0).tolist() == without
    assert f"{sum(without)} pairs have a picture whose artist it does not give" in found.remarks[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,answer\n0,1\n", "line 1: the columns are id, answer; give all_data_info"),
        ("index,sameArtist,Usage,more\n", "line 1: the columns are"),
        ("index,sameArtist\n", "holds no pairs"),
        ("index,sameArtist\n0,1\n1,0\n", "2 answers, indices 0 to 1, for .* pairs, .*not of one competition"),
        ("index,sameArtist\n0,1\n0,0\n", "lines 2 and 3: the index 0 stands twice"),
        ("index,sameArtist\n0,1\n2,0\n", "the index 1 is missing"),
        ("index,sameArtist\n0,1\n1,0.7\n", r"line 3: sameArtist is '0\.7', which is no answer: 0 or 1"),
        (
            "index,sameArtist,Usage\n0,1,Secret\n",
            "line 2: Usage is 'Secret', which is no usage: Public, Private, Ignored",
        ),
        ("new_filename,in_train\n1126.jpg,False\n", "line 1: no column 'artist'"),
        ("new_filename,artist\n1126.jpg,A\n", "line 1: no column 'in_train' and no 'artist_group'"),
        ("new_filename,artist,in_train\n1126.jpg,A,perhaps\n", "line 2: in_train is 'perhaps', not True or False"),
        ("new_filename,artist,in_train\nx.jpg,A,True\n", "names the artist of no test picture"),
    ],
)
def test_what_is_wrong_is_named(competition, pairs, names, tmp_path, text, message):
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(KaggleError, match=rf"s\.csv[,:].*{message}"):
        read_solution(tmp_path / "s.csv", competition, pairs, names)


@pytest.mark.parametrize(("answer", "words"), [(0, "by two artists"), (1, "by one artist")])
def test_a_solution_of_one_kind_is_named_before_the_work(competition, pairs, names, tmp_path, answer, words):
    lines = "".join(f"{index},{answer}\n" for index in pairs.index)
    (tmp_path / "s.csv").write_text(f"index,sameArtist\n{lines}")
    with pytest.raises(KaggleError, match=rf"s\.csv: all of its .* pairs are {words}; there is no AUC"):
        read_solution(tmp_path / "s.csv", competition, pairs, names)
