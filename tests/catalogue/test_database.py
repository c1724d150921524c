"""Files that DuckDB writes: whole or absent, and a full disk said in a few words."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from morelli.catalogue.database import writing_by_duckdb
from morelli.errors import CatalogueError

CODE = """
import resource, sys
from pathlib import Path
from morelli.catalogue.database import writing_by_duckdb
from morelli.errors import CatalogueError
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    with writing_by_duckdb(Path(sys.argv[1]), error=CatalogueError) as (db, aside):
        db.execute(f"copy (select range as a from range(300000)) to {aside} (format {sys.argv[2]}, use_tmp_file false)")
except CatalogueError as err:
    print(err)
"""


def write(target: Path, query: str, *, kind: str = "csv") -> None:
    with writing_by_duckdb(target, error=CatalogueError) as (db, aside):
        db.execute(f"copy ({query}) to {aside} (format {kind}, use_tmp_file false)")


@pytest.mark.parametrize("name", ["a.csv", "it's [a]*?.csv", "é ü.csv", '"quoted".csv'])
def test_what_is_copied_is_there_under_any_name(tmp_path: Path, name: str) -> None:
    write(tmp_path / "deep" / name, "select 1 as a union all select 2 order by a")
    assert (tmp_path / "deep" / name).read_text() == "a\n1\n2\n"
    assert [path.name for path in (tmp_path / "deep").iterdir()] == [name]


def test_a_query_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old")
    with pytest.raises(
        CatalogueError, match=r"a\.csv: cannot be written \(.*nothing.*\); free space or choose another place"
    ):
        write(tmp_path / "a.csv", "select * from nothing")
    assert (tmp_path / "a.csv").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="limits of POSIX")
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_disk_that_fills_up_is_said_in_a_few_words(tmp_path: Path, kind: str) -> None:
    words = [sys.executable, "-c", CODE, str(tmp_path / f"a.{kind}"), kind]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert (
        done.stdout == f"{tmp_path}/a.{kind}: cannot be written (File too large); free space or choose another place\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_query_is_an_interruption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB answers Ctrl-C with an error of its own, in these words."""

    class Interrupted:
        def __init__(self, **_: object) -> None:
            pass

        def __enter__(self) -> Interrupted:
            return self

        def __exit__(self, *_: object) -> None:
            pass

        def execute(self, query: str) -> None:
            if query.startswith("copy"):
                raise RuntimeError("Query interrupted")

    monkeypatch.setattr(duckdb, "connect", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "a.csv", "select 1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="names of bytes")
def test_a_path_that_is_no_unicode_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="not valid Unicode"):
        write(tmp_path / os.fsdecode(b"caf\xe9.csv"), "select 1")
