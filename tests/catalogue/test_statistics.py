from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.statistics import describe


def made(rows: list[tuple[str, str]]) -> Catalogue:
    columns = {
        "path": np.array([f"{i}.jpg" for i in range(len(rows))], dtype=object),
        "artist": np.array([row[0] for row in rows], dtype=object),
        "style": np.array([row[1] for row in rows], dtype=object),
    }
    return Catalogue(Path(), columns)


def test_figures_by_hand() -> None:
    rows = [("Monet", "Imp"), ("monet", "Imp"), ("MONET", ""), ("Goya", "Rom"), *[("Klee", "Cub")] * 8, ("Klee", "Imp")]
    found = describe(made(rows))
    assert (found.paintings, found.artists) == (13, 3)
    assert (found.least, found.median, found.most) == (1, 3.0, 9)
    assert found.mean == pytest.approx(13 / 3)
    assert (found.with_a_pair, found.with_test_seen, found.artists_of_several_styles) == (2, 1, 1)
    assert found.paintings_by == {"Klee": 9, "Monet": 3, "Goya": 1}
    assert [(b.low, b.high, b.artists) for b in found.histogram] == [(1, 1, 1), (2, 3, 1), (4, 7, 0), (8, 15, 1)]
    assert [(s.style, s.paintings, s.artists) for s in found.styles] == [
        ("Cub", 8, 1),
        ("Imp", 3, 2),
        ("", 1, 1),
        ("Rom", 1, 1),
    ]
    assert found.unknown["style"] == pytest.approx(1 / 13)
    assert json.loads(json.dumps(found.to_dict()))["styles"][0] == {"style": "Cub", "paintings": 8, "artists": 1}


def test_no_styles_and_no_rows() -> None:
    assert describe(made([("Monet", "")])).styles == ()
    empty = describe(made([]))
    assert (empty.paintings, empty.artists, empty.most, empty.histogram) == (0, 0, 0, ())


def test_the_shared_paintings_against_a_counter(paintings: Path) -> None:
    catalogue = Catalogue.read(paintings)
    found = describe(catalogue)
    counts = Counter(catalogue.artist)
    assert found.paintings_by == dict(counts)
    assert sum(b.artists for b in found.histogram) == found.artists == 506
    assert sum(s.paintings for s in found.styles) == found.paintings
    assert found.artists_of_several_styles == 129  # as the folder's README says
    assert {s.style: s.paintings for s in found.styles}["Impressionism"] == 2846
