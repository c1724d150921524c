import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morelli.errors import KaggleError
from morelli.kaggle.long_table import OneOf, Whole, lines_with, read_header, read_long_table

WORDS = ("1.jpg", "2.jpg", "10.jpg", 'o\'k, "yes".jpg')
COLUMNS = {"index": Whole(), "image1": OneOf(WORDS, "picture"), "image2": OneOf(WORDS, "picture")}
HEAD = b"index,image1,image2\n"


def read(folder, data):
    source = folder / "a[1]*.csv"  # a name that is a pattern
    source.write_bytes(data)
    return read_long_table(source, COLUMNS)


def text(rows, end):
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator=end).writerows([["index", "image1", "image2"], *rows])
    return buffer.getvalue().encode()


row = st.tuples(st.integers(0, 10**18 - 1), st.sampled_from(WORDS), st.sampled_from(WORDS))


@given(st.lists(row, max_size=30), st.sampled_from(["\n", "\r\n"]), st.booleans())
@settings(max_examples=25, deadline=None)
def test_what_is_read_is_what_the_csv_module_reads(tmp_path_factory, rows, end, cut):
    data = text(rows, end)
    found = read(tmp_path_factory.mktemp("t"), data[: -len(end)] if cut and rows else data)
    assert found["index"].tolist() == [index for index, _, _ in rows]
    assert [WORDS[code] for code in found["image1"]] == [one for _, one, _ in rows]
    assert [WORDS[code] for code in found["image2"]] == [other for _, _, other in rows]


@pytest.fixture(scope="module")
def long_table():
    """Many blocks of plain rows, some rows with quotes among them: (lines, columns, index, codes)."""
    rng = np.random.default_rng(4)
    words = ("1.jpg", "2.jpg", "10.jpg", "103249.jpg")
    index, codes = rng.permutation(100_000), rng.integers(0, 4, (2, 100_000))
    lines = [f"{i},{words[a]},{words[b]}\n" for i, a, b in zip(index, *codes, strict=True)]
    lines[40_000:40_003] = [
        line.replace(",1", ',"1').replace(".jpg\n", '.jpg"\n') for line in ("0,2.jpg,10.jpg\n",) * 3
    ]
    index[40_000:40_003], codes[:, 40_000:40_003] = 0, [[1], [2]]
    columns = {"index": Whole(), "image1": OneOf(words, "picture"), "image2": OneOf(words, "picture")}
    return lines, columns, index, codes


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("workers", [1, 3])
def test_the_order_is_that_of_the_file_however_long_it_is(tmp_path, long_table, end, workers):
    lines, columns, index, codes = long_table
    (tmp_path / "t.csv").write_bytes((HEAD.decode() + "".join(lines)).replace("\n", end).encode())
    found = read_long_table(tmp_path / "t.csv", columns, workers=workers)
    np.testing.assert_array_equal(found["index"], index)
    np.testing.assert_array_equal([found["image1"], found["image2"]], codes)
    assert [array.dtype for array in found.values()] == [np.int64, np.uint8, np.uint8]


def test_a_bad_row_far_down_is_named_by_its_line(tmp_path, long_table):
    lines, columns, *_ = long_table
    bad = [*lines[:77_775], "5,1.jpg,3.jpg\n", *lines[77_775:]]
    (tmp_path / "t.csv").write_bytes(HEAD + "".join(bad).encode())
    with pytest.raises(KaggleError, match=r"t\.csv, line 77777: image2 is '3\.jpg'"):
        read_long_table(tmp_path / "t.csv", columns)
    (tmp_path / "t.csv").write_bytes(HEAD + "".join(lines[:50_000]).encode() + b"x" * 600_000 + b"\n1,1.jpg,1.jpg\n")
    with pytest.raises(KaggleError, match=r"t\.csv, line 50002: longer than any row"):
        read_long_table(tmp_path / "t.csv", columns)


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (b"1,10.jpg,99.jpg", "line 3: image2 is '99.jpg', which is no picture"),
        (b"1,,2.jpg", "line 3: image1 is '', which is no picture"),
        (b"1,1.jpg, 2.jpg", "line 3: image2 is ' 2.jpg', which is no picture"),
        (b"1,1.jpg", "line 3: 2 fields where the header has 3"),
        (b"1,1.jpg,2.jpg,2.jpg", "line 3: 4 fields where the header has 3"),
        (b"x,1.jpg,2.jpg", "line 3: index is 'x', not a whole number"),
        (b",1.jpg,2.jpg", "line 3: index is '', not a whole number"),
        (b"\\0,1.jpg,2.jpg", "line 3: index is '.+0', not a whole number"),
        (b"99999999999999999999,1.jpg,2.jpg", "line 3: index is '9+', not a whole number"),
        (b'1,"1.jpg,2.jpg', "line 3: not a CSV row"),
        (b"1,1\xff.jpg,2.jpg", "line 3: not UTF-8 text"),
        (b"1,1\x00.jpg,2.jpg", "line 3: "),
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path, bad, message, end):
    data = HEAD + b"0,1.jpg,2.jpg\n" + bad + b"\n2,2.jpg,1.jpg\n"
    with pytest.raises(KaggleError, match=r"a\[1\]\*\.csv, " + message):
        read(tmp_path, data.replace(b"\n", end))


def test_empty_lines_are_passed_over_and_counted(tmp_path):
    assert read(tmp_path, HEAD + b"0,1.jpg,2.jpg\n\n1,2.jpg,2.jpg\n")["index"].tolist() == [0, 1]
    with pytest.raises(KaggleError, match=r"line 4: image1 is '3\.jpg'"):
        read(tmp_path, HEAD + b"0,1.jpg,2.jpg\n\n1,3.jpg,2.jpg\n")


def test_a_header_is_read_or_named(tmp_path):
    source = tmp_path / "t.csv"
    source.write_bytes(b'\xef\xbb\xbfindex,"image1",image2\r\n0,1.jpg,2.jpg\r\n')
    assert read_header(source) == ("index", "image1", "image2")
    assert read_long_table(source, COLUMNS)["index"].tolist() == [0]
    for data, message in ((b"", "is empty"), (b"\xff\xfe\n", "line 1: not the header"), (b'"a\n', "line 1: not the")):
        source.write_bytes(data)
        with pytest.raises(KaggleError, match=message):
            read_header(source)
    with pytest.raises(KaggleError, match=r"gone\.csv: cannot be read \(No such file"):
        read_header(tmp_path / "gone.csv")


def test_lines_with_a_number(tmp_path):
    (tmp_path / "t.csv").write_text("index\n7\n\n8\n07\nx\n")
    assert lines_with(tmp_path / "t.csv", 7) == [2, 5]
