import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morelli.kaggle.plain_rows import Words, numbers, read_plain_rows

PICTURES = ("7.jpg", "70.jpg", "1042.jpg", "103249.jpg")
USAGES = ("Public", "Private", "Ignored")


def eight(text):
    return np.frombuffer(text[-8:].rjust(8, b"\xff"), dtype="<u8")


@given(st.integers(0, 99_999_999), st.integers(1, 8), st.binary(min_size=8, max_size=8))
@settings(deadline=None)
def test_digits_become_their_number_whatever_stands_before(value, width, before):
    text = f"{value:0{width}d}".encode()
    assert numbers(eight(before + text), np.array([len(text)])).tolist() == [value]


@pytest.mark.parametrize("place", range(8))
def test_any_other_byte_is_no_number(place):
    for byte in sorted(set(range(256)) - set(range(48, 58))):
        text = bytearray(b"12345678")
        text[place] = byte
        assert numbers(eight(bytes(text)), np.array([8])) is None
        shorter = numbers(eight(bytes(text)), np.array([7]))
        assert (shorter is not None and shorter.tolist() == [2345678]) if place == 0 else shorter is None


def by_csv(data, columns):
    """Rows as the csv module has them; None where one is of other width or holds what the columns do not."""
    values = [[] for _ in columns]
    for row in csv.reader(io.StringIO(data.decode("latin-1"), newline="")):
        if len(row) != len(columns):
            return None
        for field, words, column in zip(row, columns, values, strict=True):
            if (words is None and not field.isdigit()) or (words is not None and field not in words):
                return None
            column.append(int(field) if words is None else words.index(field))
    return values


TABLES = ((None, PICTURES, PICTURES), (None, ("0", "1")), (None, ("0", "1", "0.0", "1.0"), USAGES), (USAGES, None))


def plain(table):
    return [None if words is None else Words(words) for words in table]


@given(st.sampled_from(TABLES), st.data())
@settings(max_examples=150, deadline=None)
def test_plain_rows_are_those_of_the_csv_module(table, data):
    fields = [st.integers(0, 99_999_999).map(str) if words is None else st.sampled_from(words) for words in table]
    rows = data.draw(st.lists(st.tuples(*fields), min_size=1, max_size=20))
    text = "".join(",".join(row) + "\n" for row in rows).encode()
    found = read_plain_rows(text, plain(table))
    assert [column.tolist() for column in found] == by_csv(text, table)


@given(st.sampled_from(TABLES), st.data())
@settings(max_examples=400, deadline=None)
def test_a_changed_byte_is_seen_or_is_another_plain_row(table, data):
    """Nothing is read other than the csv module would read it."""
    fields = [st.integers(0, 999).map(str) if words is None else st.sampled_from(words) for words in table]
    rows = data.draw(st.lists(st.tuples(*fields), min_size=1, max_size=4))
    text = bytearray("".join(",".join(row) + "\n" for row in rows).encode())
    place = data.draw(st.integers(0, len(text) - 1))
    text[place] = data.draw(st.one_of(st.integers(0, 255), st.sampled_from(b'0123456789,.\n"jpg ')))
    found = read_plain_rows(bytes(text), plain(table))
    if found is not None:
        assert [column.tolist() for column in found] == by_csv(bytes(text), table)


@pytest.mark.parametrize(
    "words",
    [
        ("07.jpg", "8.jpg"),  # leading zeros
        ("12345678.jpg", "1.jpg"),  # too many digits for a table
        ("a-very-long-name.jpg", "b.jpg"),
        ("7.jpeg-2000-file", "8.jpeg-2000-file"),  # too long an ending
        tuple(f"{k}x{k}" for k in range(100)),
        ("a", "ba"),
        ("", "b"),
        ("é.jpg", "ü.jpg"),
        (),
    ],
)
def test_words_that_no_plain_row_holds_are_never_misread(words):
    known = Words(words)
    for word in (*words, "1.jpg", "8.jpg", "9", "b", "x"):
        found = read_plain_rows(f"{word}\n".encode(), [known]) if word else None
        assert found is None or (word in words and found[0].tolist() == [words.index(word)])


def test_what_is_no_row_is_not_plain():
    for text in (
        b"",
        b"\n",
        b"1,2.jpg\n",
        b"1,7.jpg,7.jpg",
        b"1\n7.jpg,7.jpg,\n",
        b"1,7.jpg,7.jpg,7.jpg,1,1\n",
        b",,\n",
    ):
        assert read_plain_rows(text, plain(TABLES[0])) is None
