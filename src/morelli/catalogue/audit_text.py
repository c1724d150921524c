"""An audit in words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from morelli.catalogue.audit import Audit
from morelli.errors import CatalogueError
from morelli.files import check_file_place, check_folder_place, writing_file

FILES = ("audit.md", "audit.json", "cleaned.csv")
_LISTED = 100  # lines a section of the Markdown; the JSON file holds them all


def summarise(audit: Audit) -> list[str]:
    """Return the counts, a line each; findings of which there are none are left out."""
    counts = audit.to_dict()["counts"]
    words = {
        "unreadable": "cannot be opened",
        "identical": "groups of identical pictures",
        "near_duplicates": "groups of near duplicates",
        "two_artists": "pictures under two artists",
        "across_parts": "pictures in two parts of the split",
        "one_artist": "names that may be one artist's",
        "lone_artists": "artists with one painting",
        "flat": "flat pictures",
        "greyscale": "without colour",
        "small": "small pictures (shorter side below 128 px)",
    }
    return [
        f"{counts['paintings']:>8,} paintings",
        *(f"{counts[name]:>8,} {text}" for name, text in words.items() if counts[name]),
        f"{counts['kept']:>8,} left once cleaned",
    ]


def to_markdown(audit: Audit) -> str:
    """Return the audit as Markdown: the counts, then each finding with its paths."""
    artist = dict(zip(audit.catalogue.path, audit.catalogue.artist, strict=True))

    def by_artist(group: Iterable[str]) -> str:
        return ", ".join(f"{_code(path)} ({_plain(artist[path])})" for path in group)

    def by_part(group: Iterable[str]) -> str:
        return ", ".join(f"{_code(path)} ({audit.parts.get(path, 'no part')})" for path in group)

    sections: Mapping[str, tuple[str, list[str]]] = {
        "Cannot be opened": (
            "Left out of the cleaned catalogue.",
            [f"{_code(path)}: {_plain(reason)}" for path, reason in audit.unreadable.items()],
        ),
        "The same picture under two artists": (
            "One of the two is wrong, so all of them are left out. Correct the table and audit again.",
            [by_artist(group) for group in audit.two_artists],
        ),
        "Duplicates across parts of the split": (
            "What was trained on would be judged. Make the split anew from the cleaned catalogue.",
            [by_part(group) for group in audit.across_parts],
        ),
        "Identical pictures": (
            "The same to the byte or to the pixel; one of each group is kept, of those under two artists none.",
            [_paths(group) for group in audit.identical],
        ),
        "Near duplicates": (
            "The same work in another scan, crop or colour, or a print in two states; the largest of each is kept, of those under two "
            "artists none.",
            [_paths(group) for group in audit.near_duplicates],
        ),
        "Names that may be one artist's": (
            "Kept as they are. Names that differ only in case, accents or punctuation count as one artist already.",
            [", ".join(map(_plain, names)) for names in audit.one_artist],
        ),
        "Artists with one painting": ("Kept; no pair can be both theirs.", [_plain(n) for n in audit.lone_artists]),
        "Flat pictures": ("Nothing but noise inside their border; left out.", [_code(path) for path in audit.flat]),
        "Without colour": ("Photographs, drawings, prints, or grey scans; kept.", [_code(p) for p in audit.greyscale]),
        "Small pictures": (
            "Their shorter side is below 128 px; kept.",
            [f"{_code(path)}: {width} x {height}" for path, (width, height) in audit.small.items()],
        ),
    }
    lines = ["# Audit of the catalogue", "", "```text", *summarise(audit), "```", ""]
    for title, (text, found) in sections.items():
        if found:
            lines += [f"## {title} ({len(found):,})", "", text, "", *(f"- {line}" for line in found[:_LISTED])]
            lines += [f"- and {len(found) - _LISTED:,} more: see audit.json"] if len(found) > _LISTED else []
            lines.append("")
    lines += [f"- {_plain(remark)}" for remark in audit.catalogue.remarks]
    return "\n".join(lines).rstrip() + "\n"


def check_audit_place(folder: Path) -> None:
    """Raise CatalogueError unless an audit can be written into this folder, which need not be there yet."""
    check_folder_place(folder, error=CatalogueError)
    for name in FILES:
        check_file_place(folder / name, error=CatalogueError)


def write_audit(audit: Audit, folder: Path) -> None:
    """Write audit.md, audit.json and cleaned.csv to a folder, made where it is missing: all three, or none.

    Raises CatalogueError, also where no picture would be left in cleaned.csv.
    """
    cleaned = audit.cleaned()
    texts = {
        "audit.md": to_markdown(audit),
        "audit.json": json.dumps(audit.to_dict(), indent=1, ensure_ascii=False) + "\n",
    }
    with ExitStack() as all_or_none:
        for name, text in texts.items():
            aside = all_or_none.enter_context(writing_file(folder / name, error=CatalogueError))
            aside.write_bytes(text.encode(errors="backslashreplace"))
        cleaned.write(folder / "cleaned.csv")


def _paths(group: Iterable[str]) -> str:
    return ", ".join(map(_code, group))


def _code(path: str) -> str:
    return "`" + _plain(path).replace("`", "'") + "`"


def _plain(text: str) -> str:
    return " ".join(text.split())
