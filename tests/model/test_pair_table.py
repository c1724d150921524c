"""The dialect of tables of pairs: Python's csv module and the bytes of the file are the oracles."""

import csv
import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morelli.errors import PairsError
from morelli.model.pair_table import open_pairs

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
AWKWARD = st.sampled_from(
    ["", " ", "007", '"', '""', "a,b", "x\ny", "x\r\ny", "\r", "\ufeff", "é", " two  words ", "'", ";"]
)


def read(file):
    with open_pairs(file) as pairs:
        return pairs, list(pairs.rows())


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.lists(st.one_of(TEXT, AWKWARD), min_size=4, max_size=4), max_size=8),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    mark=st.booleans(),
    last_end=st.booleans(),
)
def test_what_csv_writes_is_read_and_every_byte_is_kept(tmp_path_factory, rows, end, quoting, mark, last_end):
    file = tmp_path_factory.getbasetemp() / "pairs.csv"
    if end == "\n" and any("\r" in field for row in rows for field in row):
        quoting = csv.QUOTE_ALL  # csv leaves a lone carriage return bare, which no reader takes for a part of a field
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator=end, quoting=quoting)
    writer.writerows([["id", "image1", "image2", "a note"], *rows])
    data = text.getvalue().encode("utf-8-sig" if mark else "utf-8")
    data = data if last_end else data.removesuffix(end.encode())
    file.write_bytes(data)
    pairs, found = read(file)
    assert pairs.columns == ("id", "image1", "image2", "a note")
    assert [(first, second) for _, first, second, _, _ in found] == [(row[1], row[2]) for row in rows]
    whole = pairs.header + pairs.end + b"".join(raw + end for *_, raw, end in found)
    assert whole == (data if last_end else data + pairs.end)
    lines = data.split(b"\n")
    for line, *_, raw, _ in found:
        assert raw.startswith(lines[line - 1].removesuffix(b"\r"))


def test_lines_are_counted_as_an_editor_does(tmp_path):
    file = tmp_path / "p.csv"
    file.write_bytes(b'image1,image2,note\r\na,b,"two\r\nlines"\r\nc,d,"say ""no"""\n\n\r\n')
    _, rows = read(file)
    assert [row[0] for row in rows] == [2, 4]
    assert rows[0][3:] == (b'a,b,"two\r\nlines"', b"\r\n")
    assert rows[1][3:] == (b'c,d,"say ""no"""', b"\n")
    with open_pairs(file) as again:
        assert list(again.rows()) == list(again.rows())  # each call begins anew


def test_columns_that_are_only_carried_may_be_called_anything(tmp_path):
    file = tmp_path / "p.csv"
    file.write_bytes(b',image1,x,image2,x,,"morelli_row"\n0,a,1,b,2,,3\n')
    pairs, rows = read(file)
    assert pairs.columns == ("", "image1", "x", "image2", "x", "", "morelli_row")
    assert rows[0][1:3] == ("a", "b")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty; a header"),
        (b"\nimage1,image2\n", "line 1 is empty; a header"),
        (b"image1,b\nx,y\n", "line 1: no column 'image2' (found: 'image1', 'b')"),
        (b"image1, image2\nx,y\n", "no column 'image2' (found: 'image1', ' image2')"),
        (b"image1;image2\nx;y\n", "line 1: its columns are parted by semicolons; save the table with commas"),
        (b"image1\timage2\nx\ty\n", "parted by tabs"),
        (b"image1|image2\nx|y\n", "parted by vertical bars"),
        (b"image1,image2,image1\nx,y,z\n", "the column 'image1' stands twice"),
        (b"image1,image2\na,b\nc,d,e\n", "line 3: 3 fields where the header has 2; a field with a comma needs quotes"),
        (b'image1,image2,note\na,b,"x\ny"\nc,d\n', "line 4: 2 fields where the header has 3"),
        (b"image1,image2\na,b\n\nc,d\n", "line 3: is empty"),
        (b"image1,image2\na,b\0c\n", "line 2: holds a NUL byte"),
        (b"image1,image2\na,b\xe9\n", "line 2: not UTF-8 (byte 4 of it)"),
        (b'image1,image2\na,"b\n', "line 2: not a row of CSV (a quote is opened and never closed)"),
        (b'image1,image2\na,"b"c\n', "line 2: not a row of CSV (a quoted field goes on after its quote"),
        (b"image1,image2\ra,b\r", "line 1: not a row of CSV (a stray carriage return; save the table with LF or CRLF"),
        (b"image1,image2\na,b\r\r\n", "line 2: ends in a stray carriage return"),
        (b"image1,image2\na,b\r", "line 2: ends in a stray carriage return"),
        ("image1,image2\n".encode("utf-16"), "is UTF-16 text; save the table as CSV UTF-8"),
        (b"PAR1....", "is a Parquet table"),
        (b"PK\x03\x04....", "is a spreadsheet or archive"),
        (b"image1,image2\n" + b"x" * 2_000_000, "line 2: longer than 1,048,576 bytes"),
        (b"image1,image2,c\na,b," + b"x" * 200_000 + b"\n", "line 2: not a row of CSV (field larger than field limit"),
    ],
)
def test_what_does_not_fit_names_its_line(tmp_path, data, words):
    file = tmp_path / "p.csv"
    file.write_bytes(data)
    with pytest.raises(PairsError) as error:
        read(file)
    assert words in str(error.value)
    assert str(file) in str(error.value)


def test_what_is_no_file_is_named(tmp_path):
    with pytest.raises(PairsError, match=r"gone\.csv: cannot be read \(No such file"):
        read(tmp_path / "gone.csv")
    with pytest.raises(PairsError, match="is a folder"):
        read(tmp_path)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(PairsError, match="is a pipe or device; a table is read twice"):
            read(tmp_path / "pipe")
