"""What is wrong with a catalogue's pictures, and the catalogue without it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.inspection import Inspection, inspect
from morelli.catalogue.names import normalise_artist
from morelli.errors import CatalogueError, PictureError
from morelli.pictures.duplicates import group_duplicates, near_duplicates
from morelli.pictures.stream import Progress

Paths = tuple[str, ...]
SMALL = 128  # px of the shorter side: below it brushwork is gone
NO_PART = "set-aside"
_Item = TypeVar("_Item", bound=Hashable)


@dataclass(frozen=True, kw_only=True, eq=False)
class Audit:
    """An audit's findings, by path; each group is in the catalogue's order.

    unreadable:       path -> why it cannot be opened.
    identical:        groups of files that are the same to the byte or decode to the same pixels.
    near_duplicates:  groups of pictures that show the same work (the identical ones, too, unless they are flat).
    two_artists:      those groups whose pictures stand under more than one artist.
    across_parts:     those groups whose pictures are in more than one part of the split.
    one_artist:       spellings of what is or may be one artist's name: equal once normalised, or the same words.
    lone_artists:     artists with one painting: no pair of theirs can be the same artist's.
    flat, greyscale:  pictures with nothing but noise inside their border; pictures without colour.
    small:            path -> (width, height), where the shorter side is below 128 px.
    groups:           labels (n,) int64 of the catalogue's rows, equal within a group of near duplicates.
    sizes:            (n, 2) int64, width and height in px; 0 where unreadable.
    """

    catalogue: Catalogue
    unreadable: Mapping[str, str]
    identical: tuple[Paths, ...]
    near_duplicates: tuple[Paths, ...]
    two_artists: tuple[Paths, ...]
    across_parts: tuple[Paths, ...]
    one_artist: tuple[tuple[str, ...], ...]
    lone_artists: tuple[str, ...]
    flat: Paths
    greyscale: Paths
    small: Mapping[str, tuple[int, int]]
    parts: Mapping[str, str]
    groups: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]

    def dropped(self) -> dict[str, str]:
        """Return path -> why `cleaned` leaves it out, in the catalogue's order."""
        reasons = {path: f"unreadable: {reason}" for path, reason in self.unreadable.items()}
        reasons |= dict.fromkeys(self.flat, "flat")
        for group in self.two_artists:
            reasons |= dict.fromkeys(group, f"the same picture under two artists: {', '.join(group)}")
        area = dict(zip(self.catalogue.path, self.sizes.prod(axis=1), strict=True))
        for group in (*self.identical, *self.near_duplicates):
            left = [path for path in group if path not in reasons]
            if left:
                kept = max(left, key=lambda path: area[path])  # the first of the largest
                reasons |= {path: f"a duplicate of {kept}" for path in left if path != kept}
        return {path: reasons[path] for path in self.catalogue.path if path in reasons}

    def cleaned(self) -> Catalogue:
        """Return the catalogue with one picture of each group of duplicates, the largest, and none unreadable or flat.

        Pictures that stand under two artists are all left out, for one of the two must be wrong.
        Raises CatalogueError where nothing is left.
        """
        dropped = self.dropped()
        rows = np.array([path not in dropped for path in self.catalogue.path], dtype=bool)
        if not rows.any():
            raise CatalogueError(
                f"{self.catalogue.place}: not one picture is left; see the audit's list of what was wrong"
            )
        return replace(self.catalogue.select(rows), remarks=())

    def to_dict(self) -> dict[str, Any]:
        """Return the findings as plain values for JSON, the counts first."""
        found: dict[str, Any] = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.name not in ("catalogue", "groups", "sizes", "parts")
        }
        plain = {name: dict(value) if isinstance(value, Mapping) else list(value) for name, value in found.items()}
        dropped = self.dropped()
        counts = {"paintings": len(self.catalogue), "kept": len(self.catalogue) - len(dropped)}
        return {"counts": counts | {name: len(value) for name, value in plain.items()}, **plain, "dropped": dropped}


def audit(
    catalogue: Catalogue,
    *,
    workers: int,
    split: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Open every picture once and report what is wrong; the cost grows with the number of pictures.

    workers: threads. split: path -> part, to find duplicates across parts (`set-aside` is no part).
    progress: called with (done, total).
    """
    seen = list(inspect(catalogue, workers=workers, progress=progress))
    paths: list[str] = list(catalogue.path)
    read = [row for row, found in enumerate(seen) if isinstance(found, Inspection)]
    good = [found for found in seen if isinstance(found, Inspection)]
    pairs = np.array(read, dtype=np.int64)[near_duplicates([found.fingerprint for found in good])]
    groups = group_duplicates(pairs.reshape(-1, 2), len(paths))
    same_file = _groups(read, [found.file_sha256 for found in good])
    same_pixels = _groups(read, [found.fingerprint.sha256 for found in good])
    together = [(rows[0], row) for rows in (*same_file, *same_pixels) for row in rows[1:]]
    identical = group_duplicates(np.array(together, dtype=np.int64).reshape(-1, 2), len(paths))
    duplicates = _groups(range(len(paths)), groups.tolist())
    slugs = {name: normalise_artist(name) for name in set(catalogue.artist)}
    artists = [slugs[name] for name in catalogue.artist]
    parts = dict(split or {})
    flat = [row for row, found in zip(read, good, strict=True) if found.fingerprint.flat]
    solid = [rows for rows in duplicates if rows[0] not in set(flat)]
    named = {row: paths[row] for row in range(len(paths))}

    def name(rows: Iterable[int]) -> Paths:
        return tuple(named[row] for row in rows)

    def part(row: int) -> str:
        return parts.get(paths[row], NO_PART)

    return Audit(
        catalogue=catalogue,
        unreadable={
            paths[row]: str(found).removeprefix(f"{catalogue.file(row)}: ")
            for row, found in enumerate(seen)
            if isinstance(found, PictureError)
        },
        identical=tuple(name(rows) for rows in _groups(range(len(paths)), identical.tolist())),
        near_duplicates=tuple(name(rows) for rows in solid),
        two_artists=tuple(name(rows) for rows in duplicates if _differ(rows, lambda row: artists[row])),
        across_parts=tuple(
            name(rows) for rows in duplicates if _differ([row for row in rows if part(row) != NO_PART], part)
        ),
        one_artist=_one_artist(catalogue),
        lone_artists=_lone(catalogue, artists),
        flat=name(flat),
        greyscale=name(row for row, found in zip(read, good, strict=True) if found.greyscale),
        small={paths[row]: found.size for row, found in zip(read, good, strict=True) if min(found.size) < SMALL},
        parts=parts,
        groups=groups,
        sizes=np.array([f.size if isinstance(f, Inspection) else (0, 0) for f in seen], dtype=np.int64).reshape(-1, 2),
    )


def _groups(items: Iterable[_Item], keys: Iterable[Hashable]) -> list[list[_Item]]:
    """Return the groups of two and more items with one key, in the order of their first items."""
    groups: defaultdict[Hashable, list[_Item]] = defaultdict(list)
    for item, key in zip(items, keys, strict=True):
        groups[key].append(item)
    return [group for group in groups.values() if len(group) > 1]


def _differ(rows: Iterable[int], value: Callable[[int], str]) -> bool:
    return len({value(row) for row in rows}) > 1


def _one_artist(catalogue: Catalogue) -> tuple[tuple[str, ...], ...]:
    """Names that are one once normalised, or hold the same words in another order ('Monet, Claude')."""
    names = sorted(set(catalogue.artist))
    words = ("-".join(sorted(normalise_artist(name).split("-"))) for name in names)
    return tuple(tuple(group) for group in _groups(names, words))


def _lone(catalogue: Catalogue, artists: list[str]) -> tuple[str, ...]:
    counts: defaultdict[str, list[str]] = defaultdict(list)
    for artist, written in zip(artists, catalogue.artist, strict=True):
        counts[artist].append(written)
    return tuple(sorted(names[0] for names in counts.values() if len(names) == 1))
