from __future__ import annotations

import csv
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from morelli.catalogue.database import connect
from morelli.catalogue.table import read_table, write_table
from morelli.errors import CatalogueError

TEXT = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12)


def column(values: list[str]) -> np.ndarray:
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
@given(rows=st.lists(st.tuples(TEXT, TEXT, TEXT), max_size=6))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read(tmp_path: Path, suffix: str, rows: list[tuple[str, str, str]]) -> None:
    if suffix == ".parquet":
        rows = [tuple(value.replace("\0", "") for value in row) for row in rows]  # type: ignore[misc]
    names = ["path", "artist", "tïtle"]
    columns = {name: column([row[i] for row in rows]) for i, name in enumerate(names)}
    write_table(columns, tmp_path / f"a{suffix}")
    found = read_table(tmp_path / f"a{suffix}").columns
    assert list(found) == names
    for name in names:
        assert list(found[name]) == list(columns[name])
    assert [p.name for p in tmp_path.iterdir() if p.suffix == suffix] == [f"a{suffix}"]


@given(rows=st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pythons_csv_reads_what_we_write(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    write_table({"path": column([r[0] for r in rows]), "artist": column([r[1] for r in rows])}, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        read = list(csv.reader(file))
    assert read[1:] == [list(row) for row in rows]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_tables_as_offices_write_them(tmp_path: Path, end: str, mark: str, delimiter: str) -> None:
    lines = ["path| artist |title", 'a.jpg|Monet|"two\nlines, ""quoted""; é"', "", "b.jpg| Manet|"]
    text = mark + end.join(lines).replace("|", delimiter) + end
    (tmp_path / "a.csv").write_bytes(text.encode())
    table = read_table(tmp_path / "a.csv")
    assert {name: list(values) for name, values in table.columns.items()} == {
        "path": ["a.jpg", "b.jpg"],
        "artist": ["Monet", "Manet"],
        "title": ['two\nlines, "quoted"; é', ""],
    }
    assert table.lines == [2, 5]
    assert table.place(1) == f"{tmp_path / 'a.csv'}, line 5"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the table is empty"),
        (b"\n\n", "the table is empty"),
        (b"path,artist\na.jpg\n", "line 2: 1 fields where the header has 2"),
        (b"path,artist\n\na.jpg,Monet,1870\n", "line 3: 3 fields where the header has 2"),
        (b'path,artist\n"a.jpg,Monet\n', "line 2: not a CSV row"),
        (b"path,artist,path\n", "the column 'path' stands twice"),
        ("path,artist\na.jpg,Dürer\n".encode("latin-1"), "not UTF-8 text .* save the table as CSV UTF-8"),
    ],
)
def test_broken_tables_name_the_place(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(CatalogueError, match=message) as caught:
        read_table(tmp_path / "a.csv")
    assert str(tmp_path / "a.csv") in str(caught.value)


def test_a_header_longer_than_any_field_may_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("path,artist," + "x" * 200_000 + "\n")
    with pytest.raises(CatalogueError, match=r"x\.csv: its header is not a CSV row"):
        read_table(tmp_path / "x.csv")


def test_parquet_of_other_types_becomes_strings(tmp_path: Path) -> None:
    import duckdb

    file = tmp_path / "x [1]*.parquet"  # a name that DuckDB would take for a pattern
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT 'a.jpg' AS path, 1870 AS year, NULL AS style) TO '{file}' (FORMAT parquet)")
    columns = read_table(file).columns
    assert {name: list(values) for name, values in columns.items()} == {
        "path": ["a.jpg"],
        "year": ["1870"],
        "style": [""],
    }
    (tmp_path / "b.parquet").write_text("no table")
    with pytest.raises(CatalogueError, match=r"b\.parquet: not a Parquet table"):
        read_table(tmp_path / "b.parquet")
    with pytest.raises(CatalogueError, match="no such file"):
        read_table(tmp_path / "c.parquet")


def test_a_table_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    columns = {"path": column(["\ud800.jpg"])}
    (tmp_path / "file").touch()
    with pytest.raises(CatalogueError, match=r"a\.csv: cannot be written"):
        write_table(columns, tmp_path / "a.csv")
    with pytest.raises(CatalogueError, match="cannot be written"):
        write_table({"path": column(["a"])}, tmp_path / "file" / "a.parquet")
    with pytest.raises(CatalogueError, match="name a file that ends in"):
        write_table(columns, tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


@pytest.mark.slow
def test_damaged_parquet_files_are_errors_or_tables(tmp_path: Path) -> None:
    """300 files with flipped bits, most of them in the footer, and cut-off ones."""
    table = {name: np.array([f"{name}{k % 7}" for k in range(500)], dtype=object) for name in ("path", "artist")}
    write_table(table, tmp_path / "whole.parquet")
    whole = (tmp_path / "whole.parquet").read_bytes()
    draw, refused, opened = random.Random(7), 0, 0
    for _ in range(300):
        changed = bytearray(whole)
        for _ in range(draw.randint(1, 8)):
            changed[draw.randrange(len(changed) - 200 if draw.random() < 0.7 else 0, len(changed))] ^= (
                1 << draw.randrange(8)
            )
        (tmp_path / "x.parquet").write_bytes(
            changed[: draw.randrange(len(changed))] if draw.random() < 0.2 else changed
        )
        try:
            read_table(tmp_path / "x.parquet")
        except CatalogueError as err:
            refused += "x.parquet" in str(err)
        else:
            opened += 1
    assert refused + opened == 300
    assert refused > 100


def test_no_file_makes_duckdb_fetch_an_extension() -> None:
    with connect() as database:
        settings = database.execute(
            "select name, value from duckdb_settings() where name like 'auto%_known_extensions' order by name"
        ).fetchall()
    assert settings == [("autoinstall_known_extensions", "false"), ("autoload_known_extensions", "false")]
