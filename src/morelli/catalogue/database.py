"""DuckDB, set up so that no file can make it fetch anything; what it writes is whole or absent, its faults in this package's words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from morelli.errors import MorelliError
from morelli.files import check_unicode_place, writing_file

if TYPE_CHECKING:
    import duckdb

_WRAPPED = re.compile(r'"exception_message":"(?:[^"\\]|\\.)*: ([^":]+)"')


def connect() -> duckdb.DuckDBPyConnection:
    """Return a connection to a database in memory that neither installs nor loads extensions by itself.

    A stranger's Parquet file may ask for types that DuckDB has in extensions, which it would download.
    """
    import duckdb

    return duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})


@contextmanager
def writing_by_duckdb(target: Path, *, error: type[MorelliError]) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """Give a connection and where it must copy to, as SQL text; what it copied there takes the target's place when all went well.

    The copy must say `use_tmp_file false`. Raises `error`, and KeyboardInterrupt where DuckDB was interrupted: it says so in an error
    of its own, once its query is at its end.
    """
    import duckdb

    check_unicode_place(target, error=error)
    with writing_file(target, error=error) as aside, connect() as db:
        try:
            db.execute("set enable_progress_bar = false")  # it would be drawn on standard output
            yield db, "'" + str(aside).replace("'", "''") + "'"
        except duckdb.Error as err:
            raise error(
                f"{target}: cannot be written ({_reason(str(err))}); free space or choose another place"
            ) from err
        except RuntimeError as err:
            if str(err) == "Query interrupted":
                raise KeyboardInterrupt from err
            raise


def _reason(text: str) -> str:
    """Return what was wrong out of DuckDB's message, which may hold another one in JSON.

    >>> _reason('IO Error: failed for range [1]: {"exception_type":"IO","exception_message":"Could not write file: File too large"}')
    'File too large'
    """
    found = _WRAPPED.search(text)
    return found[1] if found else text.splitlines()[0]
