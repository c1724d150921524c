"""A catalogue in figures, for people and programs: text, `stats.md`, `stats.json` and pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from morelli.catalogue.statistics import LEAST_FOR_A_PAIR, LEAST_FOR_TEST_SEEN, CatalogueStatistics
from morelli.files import check_file_place, check_folder_place, writing_file
from morelli.report.catalogue_figures import paintings_per_artist, paintings_per_style
from morelli.report.tables import Align, markdown_table, markdown_text

SCHEMA_VERSION = 1
MOST_ARTISTS = 20
FILES = (
    "stats.md",
    "stats.json",
    *(f"paintings-per-{of}.{kind}" for of in ("artist", "style") for kind in ("svg", "png")),
)


def check_catalogue_report_place(folder: Path) -> None:
    """Raise MorelliError unless the report can be written into this folder, which need not be there yet."""
    check_folder_place(folder)
    for name in FILES:
        check_file_place(folder / name)


def write_catalogue_report(statistics: CatalogueStatistics, folder: Path | str, *, name: str) -> list[Path]:
    """Write `stats.md`, `stats.json` and the two figures, each as SVG and PNG: all of them, or none; return the files.

    name: what the catalogue is called. The figure of styles is left out where no style is known. Other files of the
    folder stay. Raises MorelliError where the folder cannot be written.
    """
    files = {
        "stats.md": stats_markdown(statistics, name=name).encode("utf-8", errors="backslashreplace"),
        "stats.json": stats_json(statistics, name=name).encode("utf-8", errors="backslashreplace"),
        "paintings-per-artist.svg": paintings_per_artist(statistics, kind="svg"),
        "paintings-per-artist.png": paintings_per_artist(statistics, kind="png"),
    }
    if statistics.styles:
        files["paintings-per-style.svg"] = paintings_per_style(statistics, kind="svg")
        files["paintings-per-style.png"] = paintings_per_style(statistics, kind="png")
    place = Path(folder)
    with ExitStack() as all_or_none:
        for file, content in files.items():
            all_or_none.enter_context(writing_file(place / file)).write_bytes(content)
    return [place / file for file in files]


def stats_json(statistics: CatalogueStatistics, *, name: str) -> str:
    """Return the figures as JSON text."""
    document = {"schema_version": SCHEMA_VERSION, "catalogue": name, **statistics.to_dict()}
    return json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def stats_markdown(statistics: CatalogueStatistics, *, name: str) -> str:
    """Return the figures as Markdown, with the pictures that lie beside it."""
    parts = [f"# {markdown_text(name)}", stats_text(statistics)]
    parts.append("![Paintings per artist](paintings-per-artist.svg)")
    if statistics.styles:
        parts.append("![Paintings per style](paintings-per-style.svg)")
    return "\n\n".join(parts) + "\n"


def stats_text(statistics: CatalogueStatistics) -> str:
    """Return the figures as tables that are read in a terminal as well as as Markdown."""
    one = statistics
    parts = [
        _table(
            ["", "count"],
            [
                ["Paintings", f"{one.paintings:,}"],
                ["Artists", f"{one.artists:,}"],
                ["Paintings by one artist, least", f"{one.least:,}"],
                ["Paintings by one artist, median", f"{one.median:g}"],
                ["Paintings by one artist, mean", f"{one.mean:.1f}"],
                ["Paintings by one artist, most", f"{one.most:,}"],
                [f"Artists with {LEAST_FOR_A_PAIR} or more (a pair)", f"{one.with_a_pair:,}"],
                [f"Artists with {LEAST_FOR_TEST_SEEN} or more (test-seen)", f"{one.with_test_seen:,}"],
                ["Artists of several styles", f"{one.artists_of_several_styles:,}"],
            ],
        )
    ]
    if one.styles:
        rows = [[style.style or "(unknown)", f"{style.paintings:,}", f"{style.artists:,}"] for style in one.styles]
        parts.append(_table(["style", "paintings", "artists"], rows))
    artists = list(one.paintings_by.items())
    rows = [[artist, f"{paintings:,}"] for artist, paintings in artists[:MOST_ARTISTS]]
    if len(artists) > MOST_ARTISTS:
        rest = artists[MOST_ARTISTS:]
        rows.append([f"({len(rest):,} more artists)", f"{sum(paintings for _, paintings in rest):,}"])
    parts.append(_table(["artist", "paintings"], rows))
    unknown = [[column, f"{share:.3f}"] for column, share in one.unknown.items() if share > 0]
    if unknown:
        parts.append(_table(["column", "share unknown"], unknown))
    return "\n\n".join(parts)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    numbers: list[Align] = ["right"] * (len(header) - 1)
    return markdown_table(header, rows, align=["left", *numbers])
