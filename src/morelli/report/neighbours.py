"""Nearest-neighbour rows: a painting, the ones its system finds most alike, and which of them are by the same hand."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np
import numpy.typing as npt

from morelli.catalogue.names import normalise_artist
from morelli.errors import PictureError
from morelli.protocol.evaluation import Evaluation, Retrieval

THUMBNAIL_SIDE = 168  # pixels of the longer side: sharp at the size shown, and some 8 kB each
QUALITY = 80
ROWS = 6
NEIGHBOURS = 6

Role = Literal["query", "right", "wrong"]


@dataclass(frozen=True, kw_only=True)
class Thumbnail:
    """A small picture as a `data:` address, or None and the reason why there is none."""

    data: str | None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Card:
    """One painting of a row. role: `query`, or whether the neighbour is by the query's artist: `right` or `wrong`."""

    role: Role
    path: str
    artist: str
    style: str
    thumbnail: Thumbnail


@dataclass(frozen=True, kw_only=True)
class NeighbourRow:
    """A query and its neighbours, nearest first."""

    query: Card
    neighbours: tuple[Card, ...]


def shown_queries(evaluation: Evaluation, retrieval: Retrieval, *, rows: int = ROWS) -> npt.NDArray[np.int64]:
    """Return the positions (at most `rows`,) of the queries to show: evenly spread, so that nobody picks the good ones.

    Queries whose artist has no other picture among the queries are passed over, as they are in recall@k.
    """
    names = [normalise_artist(evaluation.artist[row]) for row in retrieval.query]
    _, inverse, counts = np.unique(np.array(names, dtype=str), return_inverse=True, return_counts=True)
    eligible = np.flatnonzero(counts[inverse] > 1) if names else np.empty(0, dtype=np.int64)
    if len(eligible) <= rows:
        return eligible
    return eligible[((np.arange(rows) + 0.5) * len(eligible) / rows).astype(np.int64)]


def neighbour_rows(
    evaluation: Evaluation,
    retrieval: Retrieval,
    *,
    rows: int = ROWS,
    most: int = NEIGHBOURS,
    after_row: Callable[[], None] | None = None,
) -> list[NeighbourRow]:
    """Return `rows` queries, each with its `most` nearest and thumbnails; `after_row` is called when each is done."""
    root = Path(evaluation.root)
    made = cache(lambda path: thumbnail(root, path))

    def card(row: int, role: Role) -> Card:
        path = str(evaluation.path[row])
        artist, style = str(evaluation.artist[row]), str(evaluation.style[row])
        return Card(role=role, path=path, artist=artist, style=style, thumbnail=made(path))

    found = []
    for position in shown_queries(evaluation, retrieval, rows=rows):
        query = int(retrieval.query[position])
        artist = normalise_artist(evaluation.artist[query])
        cards = []
        for row in retrieval.neighbours[position, :most]:
            same = normalise_artist(evaluation.artist[row]) == artist
            cards.append(card(int(row), "right" if same else "wrong"))
        found.append(NeighbourRow(query=card(query, "query"), neighbours=tuple(cards)))
        if after_row is not None:
            after_row()
    return found


def thumbnail(root: Path, path: str) -> Thumbnail:
    """Return a JPEG of a painting, its longer side at most `THUMBNAIL_SIDE` px, upright; or why it cannot be shown."""
    from morelli.pictures.open import open_image
    from morelli.pictures.vips import pyvips

    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        return Thumbnail(data=None, reason="the path leaves the catalogue's folder")
    file = root / path
    vips = pyvips()
    try:
        image = vips.Image.new_from_array(open_image(file, at_least=THUMBNAIL_SIDE)).copy(interpretation="srgb")
        small = image.thumbnail_image(THUMBNAIL_SIDE, height=THUMBNAIL_SIDE, size="down")
        jpeg = small.jpegsave_buffer(Q=QUALITY, keep="none", optimize_coding=True)
    except PictureError as err:
        # The page goes to other people: it says what is wrong with the file, not where the file lies.
        return Thumbnail(data=None, reason=str(err).removeprefix(f"{file}: ").removeprefix(f"{str(file)!r}: "))
    except vips.Error:
        return Thumbnail(data=None, reason="cannot be made into a thumbnail")
    return Thumbnail(data="data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii"))
