"""DuckDB, set up so that no file can make it fetch anything."""

from __future__ import annotations

from typing import Any


def connect() -> Any:
    """Return a connection to a database in memory that neither installs nor loads extensions by itself.

    A stranger's Parquet file may ask for types that DuckDB has in extensions, which it would download.
    """
    import duckdb

    return duckdb.connect(config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
