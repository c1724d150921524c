from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.statistics import CatalogueStatistics, StyleCount, describe
from morelli.report.catalogue_figures import paintings_per_artist, paintings_per_style, shown_styles

SVG = "{http://www.w3.org/2000/svg}"
DRAW = (paintings_per_artist, paintings_per_style)


def statistics_of(rows: Sequence[tuple[str, str]]) -> CatalogueStatistics:
    columns = {
        "path": np.array([f"{n}.jpg" for n in range(len(rows))], dtype=object),
        "artist": np.array([artist for artist, _ in rows], dtype=object),
        "style": np.array([style for _, style in rows], dtype=object),
    }
    return describe(Catalogue(Path(), columns))


MANY = [("anna", "Cubism")] * 9 + [("bela", "")] * 2 + [("$x$ <b>", "Fauvism & Co")] * 1200


def words(svg: bytes) -> set[str]:
    return {"".join(one.itertext()) for one in ET.fromstring(svg).iter(f"{SVG}text")}


def test_the_bars_say_their_numbers() -> None:
    statistics = statistics_of(MANY)
    artist = words(paintings_per_artist(statistics, kind="svg"))
    assert {"3 artists, most paintings first", "median 9", "2–3", "8–15", "1024–2047"} <= artist
    style = words(paintings_per_style(statistics, kind="svg"))
    assert {"Cubism", "Fauvism & Co", "unknown", "1,200 by 1 artist", "9 by 1 artist", "2 by 1 artist"} <= style


def test_styles_are_in_order_with_the_unknown_last_and_the_rarest_together() -> None:
    styles = tuple(StyleCount(style=f"style {n}", paintings=50 - n, artists=2) for n in range(6))
    styles = (StyleCount(style="", paintings=400, artists=9), *styles)
    shown = shown_styles(styles, most=4)
    assert [label for label, _ in shown] == ["style 0", "style 1", "style 2", "3 more styles", "unknown"]
    assert sum(one.paintings for _, one in shown) == sum(one.paintings for one in styles)
    assert len(shown_styles(styles, most=6)) == 7


@pytest.mark.parametrize("draw", DRAW)
@pytest.mark.parametrize("rows", [[], [("anna", "")], MANY], ids=["empty", "one", "many"])
def test_files_are_whole_and_the_same_every_time(draw: Callable[..., bytes], rows: list[tuple[str, str]]) -> None:
    statistics = statistics_of(rows)
    svg = draw(statistics, kind="svg")
    assert ET.fromstring(svg).tag == f"{SVG}svg"
    assert svg == draw(statistics, kind="svg")
    assert b"dc:date" not in svg
    assert not re.search(rb'(?:xlink:href|src)="(?!#)', svg)
    png = draw(statistics, kind="png")
    picture = Image.open(io.BytesIO(png))
    picture.load()
    assert picture.width > 1000
    assert png == draw(statistics, kind="png")
