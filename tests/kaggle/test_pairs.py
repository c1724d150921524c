import numpy as np
import pytest

from morelli.errors import KaggleError
from morelli.kaggle.pairs import Pairs, read_pairs

NAMES = ("1.jpg", "2.jpg", "3.jpg")


@pytest.fixture
def read(tmp_path):
    def read(text):
        (tmp_path / "submission_info.csv").write_text(text)
        return read_pairs(tmp_path / "submission_info.csv", NAMES)

    return read


@pytest.mark.parametrize("head", ["index,image1,image2", "index,img1,img2"])
def test_pairs_in_their_order(read, head):
    pairs = read(f"{head}\n2,3.jpg,1.jpg\n0,2.jpg,3.jpg\n1,1.jpg,1.jpg\n")
    assert pairs.index.tolist() == [2, 0, 1]
    assert [[NAMES[k] for k in pair] for pair in zip(pairs.first, pairs.second, strict=True)] == [
        ["3.jpg", "1.jpg"],
        ["2.jpg", "3.jpg"],
        ["1.jpg", "1.jpg"],
    ]
    assert pairs.row_of(np.array([1, 2, 0, 3, -1])).tolist() == [2, 0, 1, -1, -1]


def test_indices_may_begin_with_one(read):
    assert read("index,image1,image2\n1,1.jpg,2.jpg\n2,1.jpg,3.jpg\n").row_of(np.array([2, 1, 0])).tolist() == [
        1,
        0,
        -1,
    ]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("", "holds no pairs"),
        ("0,1.jpg,2.jpg\n1,1.jpg,3.jpg\n0,2.jpg,3.jpg\n", "lines 2 and 4: the index 0 stands twice"),
        ("0,1.jpg,2.jpg\n1,1.jpg,3.jpg\n3,2.jpg,3.jpg\n", "the index 2 is missing: 3 rows with indices from 0 to 3"),
        ("7,1.jpg,2.jpg\n8,1.jpg,3.jpg\n", "the least index is 7, not 0 or 1"),
        ("-1,1.jpg,2.jpg\n0,1.jpg,3.jpg\n", "line 2: index is '-1', not a whole number"),
        ("0,1.jpg,2.jpg\n1.5,1.jpg,3.jpg\n2,2.jpg,3.jpg\n", r"line 3: index is '1\.5', not a whole number"),
        (
            "0,1.jpg,2.jpg\n1,1.jpg,4.jpg\n",
            r"line 3: image2 is '4\.jpg', which is no picture in test/; unpack the whole",
        ),
        ("0,1.jpg,2.jpg\n1,1.jpg\n", "line 3: 2 fields"),
    ],
)
def test_what_is_wrong_is_named(read, rows, message):
    with pytest.raises(KaggleError, match=rf"submission_info\.csv[,:].*({message})"):
        read(f"index,image1,image2\n{rows}")


def test_other_columns_are_refused(read):
    with pytest.raises(KaggleError, match="line 1: the columns are index, sameArtist, not index, image1, image2"):
        read("index,sameArtist\n0,1\n")


def test_a_row_of_each_index_is_a_plain_search(rng):
    index = rng.permutation(50) + 1
    pairs = Pairs(index, np.zeros(50, np.uint8), np.zeros(50, np.uint8))
    wanted = rng.integers(-5, 60, 40)
    assert pairs.row_of(wanted).tolist() == [
        index.tolist().index(k) if k in index.tolist() else -1 for k in wanted.tolist()
    ]
