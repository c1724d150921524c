from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import CatalogueError


def column(*values: str) -> np.ndarray:
    return np.array(values, dtype=object)


@pytest.fixture
def catalogue() -> Catalogue:
    return Catalogue(
        Path("root"), {"path": column("a.jpg", "b/c.jpg", "d.jpg"), "artist": column("x", "y", "x")}, ("said",)
    )


def test_columns_that_are_not_there_are_unknown(catalogue: Catalogue) -> None:
    assert list(catalogue.get("style")) == ["", "", ""]
    assert list(catalogue.get("artist")) == ["x", "y", "x"]
    assert len(catalogue) == 3


@pytest.mark.parametrize("rows", [np.array([2, 0]), np.array([True, False, True])])
def test_rows_are_chosen_by_place_in_their_order_or_by_a_mask(catalogue: Catalogue, rows: np.ndarray) -> None:
    chosen = catalogue.select(rows)
    assert sorted(chosen.path) == ["a.jpg", "d.jpg"]
    if rows.dtype != bool:
        assert list(chosen.path) == ["d.jpg", "a.jpg"]
    assert chosen.root == catalogue.root


def test_a_file_is_under_the_root(catalogue: Catalogue) -> None:
    assert catalogue.file(1) == Path("root") / "b" / "c.jpg"


def test_what_is_missing_or_of_another_length_is_named() -> None:
    with pytest.raises(CatalogueError, match=r"no column 'artist' \(found: path\)"):
        Catalogue(Path("root"), {"path": column("a")})
    with pytest.raises(CatalogueError, match="differ in length"):
        Catalogue(Path("root"), {"path": column("a"), "artist": column("x", "y")})


def test_rows_by_a_columns_value(tmp_path):
    def column(*values):
        return np.array(values, dtype=object)

    catalogue = Catalogue(
        tmp_path,
        {"path": column("a", "b", "c"), "artist": column("x", "y", "x"), "public_domain": column("1", "0", "1")},
    )
    assert catalogue.only("public_domain", "1").path.tolist() == ["a", "c"]
    assert catalogue.only("artist", "x").only("path", "c").artist.tolist() == ["x"]
    with pytest.raises(CatalogueError, match="no column 'publicdomain'; did you mean 'public_domain'"):
        catalogue.only("publicdomain", "1")
    with pytest.raises(CatalogueError, match="no row has public_domain=yes; known: 0, 1"):
        catalogue.only("public_domain", "yes")
    many = np.array([f"{n:03d}" for n in range(40)], dtype=object)
    with pytest.raises(CatalogueError, match="it has 40 values, such as '000'"):
        Catalogue(tmp_path, {"path": many, "artist": many}).only("path", "zzz")


def test_errors_name_what_was_read(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "a.jpg").write_bytes(b"x")
    table = tmp_path / "table.csv"
    table.write_text("path,artist\na.jpg,x\n")
    catalogue = Catalogue.read(table, root=tmp_path / "pictures")
    assert (catalogue.place, catalogue.root) == (table, tmp_path / "pictures")
    assert catalogue.select(np.array([0])).place == table
    assert Catalogue(tmp_path, catalogue.columns).place == tmp_path
