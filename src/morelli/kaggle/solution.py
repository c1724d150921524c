"""What is true of the test pairs: from `all_data_info.csv`, from a table index,sameArtist, or from both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.catalogue.kaggle_layout import ALL_DATA_INFO
from morelli.catalogue.table import Table, read_table
from morelli.errors import KaggleError
from morelli.kaggle.long_table import Column, IntArray, OneOf, Whole, read_header, read_long_table
from morelli.kaggle.pairs import Pairs, check_indices

BoolArray = npt.NDArray[np.bool_]
_USAGES = ("Public", "Private", "Ignored")
_SAME = ("0", "1", "0.0", "1.0")
_TRUE, _FALSE = ("true", "1"), ("false", "0")


@dataclass(frozen=True, eq=False)
class Artists:
    """Who painted the test pictures. names: distinct; of (m,): each picture's place in them, -1 unknown; seen: of each artist."""

    names: tuple[str, ...]
    of: IntArray
    seen: BoolArray


@dataclass(frozen=True, eq=False)
class Solution:
    """same (n,) int8: 1, 0, or -1 where nobody says. artists: where all_data_info.csv is there. usage: `public`, `private` -> pairs (n,),
    where the table says so. remarks: what does not fit.
    """

    same: npt.NDArray[np.int8]
    artists: Artists | None
    usage: dict[str, BoolArray]
    remarks: tuple[str, ...]


def read_solution(given: Path | None, data: Path, pairs: Pairs, names: Sequence[str]) -> Solution | None:
    """Read the truth about pairs of the pictures `names`; None where no file is given and `data` holds none.

    given: an all_data_info.csv or a table index,sameArtist,..., recognised by its columns; beside the latter, the all_data_info.csv in
    `data` still tells who is seen. Raises KaggleError.
    """
    about = data / ALL_DATA_INFO if (data / ALL_DATA_INFO).is_file() else None
    table = None
    if given is not None:
        header = read_header(given)
        if "new_filename" in header:
            about = given
        elif header[:2] == ("index", "sameArtist") and len(header) == 2 + ("Usage" in header[2:]):
            table = given
        else:
            raise KaggleError(
                f"{given}, line 1: the columns are {', '.join(header)}; give all_data_info.csv, or a table index,sameArtist "
                "with or without Usage"
            )
    if about is None and table is None:
        return None
    artists = None if about is None else read_artists(about, names)
    same = np.full(len(pairs), -1, dtype=np.int8)
    remarks: list[str] = []
    usage: dict[str, BoolArray] = {}
    if artists is not None:
        one, other = artists.of[pairs.first], artists.of[pairs.second]
        known = (one >= 0) & (other >= 0)
        same[known] = (one == other)[known]
    if table is not None:
        told, usage = _read_table(table, pairs)
        if differ := int(((same >= 0) & (same != told)).sum()):
            remarks.append(f"{table}: {differ:,} pairs say otherwise than {about}; the table is believed")
        same = told
    elif missing := int((same < 0).sum()):
        remarks.append(f"{about}: {missing:,} pairs have a picture whose artist it does not give; they are not judged")
    judged = same[same >= 0]
    if len(judged) and judged.min() == judged.max():
        raise KaggleError(
            f"{table or about}: all of its {len(judged):,} pairs are {'by one artist' if judged[0] else 'by two artists'}; "
            "there is no AUC of such a set: give the whole solution, or none"
        )
    return Solution(same, artists, usage, tuple(remarks))


def read_artists(source: Path, names: Sequence[str]) -> Artists:
    """Read who painted the pictures `names`, and who had pictures in training, by the artist's name as it is written.

    Seen is an artist with a picture that is in_train; where that column is not there, one whose artist_group is train_and_test.
    Raises KaggleError, CatalogueError.
    """
    table = read_table(source)
    for needed in ("new_filename", "artist"):
        if needed not in table.columns:
            raise KaggleError(f"{source}, line 1: no column {needed!r}; download the file again")
    artist = [name.strip() for name in table.columns["artist"]]
    trained = {name for name, seen in zip(artist, _seen_rows(table), strict=True) if seen}
    painter = dict(zip((file.strip() for file in table.columns["new_filename"]), artist, strict=True))
    found = [painter.get(name, "") for name in names]
    distinct = tuple(sorted(set(found) - {""}))
    if not distinct:
        raise KaggleError(f"{source}: names the artist of no test picture; download the file again")
    code = {name: place for place, name in enumerate(distinct)} | {"": -1}
    seen = np.array([name in trained for name in distinct], dtype=bool)
    return Artists(distinct, np.array([code[name] for name in found], dtype=np.int32), seen)


def _seen_rows(table: Table) -> list[bool]:
    if "in_train" in table.columns:
        words = [word.strip().lower() for word in table.columns["in_train"]]
        for row, word in enumerate(words):
            if word not in (*_TRUE, *_FALSE):
                raise KaggleError(
                    f"{table.place(row)}: in_train is {word!r}, not True or False; download the file again"
                )
        return [word in _TRUE for word in words]
    if "artist_group" in table.columns:
        return [word.strip() == "train_and_test" for word in table.columns["artist_group"]]
    raise KaggleError(f"{table.source}, line 1: no column 'in_train' and no 'artist_group'; download the file again")


def _read_table(source: Path, pairs: Pairs) -> tuple[npt.NDArray[np.int8], dict[str, BoolArray]]:
    header = read_header(source)
    kinds: dict[str, Column] = {"index": Whole(), "sameArtist": OneOf(_SAME, "answer: 0 or 1")}
    if len(header) == 3:
        kinds["Usage"] = OneOf(_USAGES, f"usage: {', '.join(_USAGES)}")
    found = read_long_table(source, kinds)
    check_indices(found["index"], source)
    row = pairs.row_of(found["index"])
    if len(row) != len(pairs) or (row < 0).any():
        raise KaggleError(
            f"{source}: {len(row):,} answers, indices {found['index'].min()} to {found['index'].max()}, for {len(pairs):,} pairs, "
            f"indices {pairs.index.min()} to {pairs.index.max()}; they are not of one competition"
        )
    same = np.empty(len(pairs), dtype=np.int8)
    same[row] = found["sameArtist"] % 2
    usage: dict[str, BoolArray] = {}
    for place, name in enumerate(_USAGES[:2]):
        if "Usage" in found and (found["Usage"] == place).any():
            usage[name.lower()] = np.zeros(len(pairs), dtype=bool)
            usage[name.lower()][row] = found["Usage"] == place
    return same, usage
