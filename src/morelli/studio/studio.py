"""A studio of made-up painters.

Painter i's painting j depends on the seed, the style families, i and j alone: not on how many painters there are,
nor on the order in which they paint.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import CatalogueError
from morelli.files import check_new_folder_place, writing_folder
from morelli.studio.families import FAMILIES
from morelli.studio.hand import Hand, StyleFamily, draw_hand
from morelli.studio.names import CAPACITY, painter_name
from morelli.studio.opencv import opencv
from morelli.studio.render import paint
from morelli.studio.scene import KINDS, Kind, draw_scene, scene_title
from morelli.studio.sketch import Habits, Scene

# Streams of chance, one for each thing that must not depend on the others.
_HAND, _KIND, _PLAN, _SCENE, _BRUSH, _YEAR = range(6)


@dataclass(frozen=True)
class Studio:
    """Made-up painters, numbered from 0, shared out among the style families in turn.

    >>> studio = Studio(seed=0, painters=16)
    >>> studio.style(3) == studio.style(11), studio.painter_name(3) == studio.painter_name(11)
    (True, False)
    """

    seed: int
    painters: int
    families: tuple[StyleFamily, ...] = FAMILIES

    def __post_init__(self) -> None:
        if self.seed < 0:
            raise ValueError(f"the seed must not be negative: {self.seed}")
        if not 1 <= self.painters <= CAPACITY:
            raise ValueError(f"a studio has 1 to {CAPACITY} painters, not {self.painters}")
        if not self.families:
            raise ValueError("a studio needs at least one style family")

    def _chance(self, stream: int, painter: int, painting: int = 0) -> np.random.Generator:
        return np.random.default_rng([self.seed, stream, painter, painting])

    def _check(self, painter: int) -> None:
        if not 0 <= painter < self.painters:
            raise ValueError(f"no painter {painter}: the studio has painters 0 to {self.painters - 1}")

    def hand(self, painter: int) -> Hand:
        """Return a painter's hand."""
        self._check(painter)
        return draw_hand(self._chance(_HAND, painter), self._family(painter))

    def _family(self, painter: int) -> StyleFamily:
        return self.families[painter % len(self.families)]

    def painter_name(self, painter: int) -> str:
        """Return a painter's name: made up, unique in this studio."""
        self._check(painter)
        return painter_name(self.seed, painter)

    def style(self, painter: int) -> str:
        """Return the name of a painter's style family."""
        self._check(painter)
        return self._family(painter).name

    def kind(self, painter: int, painting: int) -> Kind:
        """Return what kind of scene a painting shows: drawn alike for every painter, whatever the hand."""
        self._check(painter)
        return KINDS[int(self._chance(_KIND, painter, painting).integers(len(KINDS)))]

    def title(self, painter: int, painting: int) -> str:
        """Return a painting's title."""
        return scene_title(self.kind(painter, painting), self._chance(_PLAN, painter, painting))

    def year(self, painter: int, painting: int) -> int:
        """Return the year of a painting, within forty years of the painter's beginning."""
        self._check(painter)
        first, last = self._family(painter).period
        begin = int(self._chance(_YEAR, painter).integers(first, last + 1))
        return begin + int(self._chance(_YEAR, painter, painting + 1).integers(0, 40))

    def scene(self, painter: int, painting: int) -> Scene:
        """Return what a painting shows. Of the hand it knows only the habits of placing."""
        return self._scene(self.hand(painter).habits, painter, painting)

    def _scene(self, habits: Habits, painter: int, painting: int) -> Scene:
        kind = self.kind(painter, painting)
        return draw_scene(kind, habits, self._chance(_PLAN, painter, painting), self._chance(_SCENE, painter, painting))

    def paint(self, painter: int, painting: int, *, size: int = 256) -> npt.NDArray[np.uint8]:
        """Paint a picture: uint8 (size, size, 3), sRGB. size: 32 to 2048 pixels.

        Raises MissingExtraError where OpenCV is not installed.
        """
        if not 32 <= size <= 2048:
            raise ValueError(f"a painting's size is 32 to 2048 pixels, not {size}")
        if painting < 0:
            raise ValueError(f"paintings are numbered from 0, not {painting}")
        hand = self.hand(painter)
        return paint(hand, self._scene(hand.habits, painter, painting), size, self._chance(_BRUSH, painter, painting))


def write_studio(
    folder: Path,
    studio: Studio,
    paintings: int,
    size: int = 256,
    progress: Callable[[int, int], None] | None = None,
    workers: int = 2,
) -> Catalogue:
    """Paint `paintings` pictures by every painter into a folder: a folder of JPEGs each, and `paintings.csv`.

    The folder appears when all is done, or not at all. progress: called with (done, total). workers: threads; the
    files do not depend on them. Raises CatalogueError where the folder is a file or holds anything.
    """
    folder = Path(folder)
    check_new_folder_place(folder, error=CatalogueError)
    if paintings < 1:
        raise ValueError(f"a painter needs at least one painting, not {paintings}")
    opencv()  # missing is said before anything is made
    rows = list(_rows(studio, paintings))
    with writing_folder(folder, error=CatalogueError) as aside:
        work = [(aside / row["path"], studio, k // paintings, k % paintings, size) for k, row in enumerate(rows)]
        for target, *_ in work[::paintings]:
            target.parent.mkdir()
        with ThreadPoolExecutor(max(1, workers)) as pool:
            try:
                for done, _ in enumerate(pool.map(_write_one, work), start=1):
                    if progress is not None:
                        progress(done, len(work))
            except BaseException:
                pool.shutdown(cancel_futures=True)  # not every picture still in the queue
                raise
        with (aside / "paintings.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
            table.writeheader()
            table.writerows(rows)
    columns = {name: np.array([row[name] for row in rows], dtype=object) for name in rows[0]}
    return Catalogue(folder, columns)


def _rows(studio: Studio, paintings: int) -> Iterator[dict[str, str]]:
    for i in range(studio.painters):
        name, style = studio.painter_name(i), studio.style(i)
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        slug = re.sub(r"[^a-z]+", "-", plain)
        for j in range(paintings):
            yield {
                "path": f"{slug}/{j:03d}.jpg",
                "artist": name,
                "style": style,
                "title": studio.title(i, j),
                "genre": studio.kind(i, j),
                "year": str(studio.year(i, j)),
            }


def _write_one(work: tuple[Path, Studio, int, int, int]) -> None:
    path, studio, painter, painting, size = work
    cv2 = opencv()
    picture = studio.paint(painter, painting, size=size)
    done, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
    if not done:
        raise CatalogueError(f"{path}: the painting could not be written as JPEG")
    path.write_bytes(data.tobytes())
