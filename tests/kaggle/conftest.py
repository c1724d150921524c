"""The competition's folder in small: made-up painters, true names and columns, the files that are known to be bad or odd."""

from __future__ import annotations

import csv
import io
import shutil
import zlib
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from morelli.errors import PictureError
from morelli.model.embed import Embedded
from morelli.model.seen import TrainedOn
from morelli.pictures.open import open_image

COLUMNS = (
    "artist", "date", "genre", "pixelsx", "pixelsy", "size_bytes", "source", "style", "title", "artist_group", "in_train",
    "new_filename",
)  # fmt: skip
BROKEN = {"truncated": "1130.jpg", "whole copy": "1141.jpg", "empty": "1152.jpg", "bomb": "1163.jpg"}
ODD = {"four channels": "1174.jpg", "alpha": "1185.jpg", "huge": "1196.jpg"}


def _rows(studio: Path) -> list[dict[str, str]]:
    with (studio / "paintings.csv").open(encoding="utf-8") as file:
        paintings = list(csv.DictReader(file))
    painters = list(dict.fromkeys(row["artist"] for row in paintings))
    rows = []
    for place, row in enumerate(paintings):
        painter, painting = painters.index(row["artist"]), place % 9
        group = "train_and_test" if painter < 10 else "train_only" if painter < 14 else "test_only"
        in_train = group == "train_only" or (group == "train_and_test" and painting < 5)
        about = dict.fromkeys(COLUMNS, "") | {name: row[name] for name in ("artist", "style", "title", "genre")}
        about |= {"date": row["year"], "artist_group": group, "in_train": str(in_train), "source": "studio"}
        rows.append(about | {"new_filename": f"{1000 + place}.jpg", "path": row["path"]})
    return rows


def _jpeg(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def _png_of(width: int, height: int) -> bytes:
    """A grey PNG of any size in a few kilobytes."""
    line = zlib.compress(bytes(1 + width) * height, 1)

    def part(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", line) + part(b"IEND", b"")


@pytest.fixture(scope="session")
def competition(studio_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder as it comes out of the archives, replacements unpacked. Not to be changed.

    130 test pictures by 10 seen and 10 unseen artists in 3 groups; the files of BROKEN and ODD are among them.
    """
    data = tmp_path_factory.mktemp("painter-by-numbers")
    rows = _rows(studio_folder)
    for part in ("train", "test", "replacements_for_corrupted_files/test"):
        (data / part).mkdir(parents=True)
    for row in rows:
        part = "train" if row["in_train"] == "True" else "test"
        shutil.copy(studio_folder / row["path"], data / part / row["new_filename"])
    whole = data / "test" / BROKEN["whole copy"]
    shutil.copy(whole, data / "replacements_for_corrupted_files/test")
    for name in (BROKEN["truncated"], BROKEN["whole copy"]):
        file = data / "test" / name
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    (data / "test" / BROKEN["empty"]).write_bytes(b"")
    (data / "test" / BROKEN["bomb"]).write_bytes(_png_of(20_000, 10_001))
    with Image.open(data / "test" / ODD["four channels"]) as image:
        (data / "test" / ODD["four channels"]).write_bytes(_jpeg(image.convert("CMYK")))
    with Image.open(data / "test" / ODD["alpha"]) as image:
        image.convert("RGBA").save(data / "test" / ODD["alpha"], "PNG")
    with Image.open(data / "test" / ODD["huge"]) as image:
        (data / "test" / ODD["huge"]).write_bytes(
            _jpeg(image.convert("L").resize((12_000, 9_000), Image.Resampling.BOX))
        )
    _write_tables(data, rows)
    return data


def _write_tables(data: Path, rows: list[dict[str, str]]) -> None:
    with (data / "all_data_info.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, extrasaction="ignore", lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    test = sorted(row["new_filename"] for row in rows if row["in_train"] == "False")
    groups = [np.random.default_rng(3).permutation(test)[k::3].tolist() for k in range(3)]
    pairs = [pair for group in groups for pair in combinations(group, 2)]
    lines = [f"{index},{one},{other}\n" for index, (one, other) in enumerate(pairs)]
    (data / "submission_info.csv").write_text("index,image1,image2\n" + "".join(lines))


@pytest.fixture
def own_competition(competition: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    return shutil.copytree(competition, tmp_path / "painter-by-numbers")


class Colours:
    """A model that can be worked out by hand: an embedding is the mean of each colour. Counts what it embeds."""

    width = 3

    def __init__(self, name: str = "colours", trained_on: TrainedOn | None = None) -> None:
        self.id = name
        self.embedded: list[Path] = []
        self.trained_on = trained_on or TrainedOn.of(artists={}, pictures={})

    def embed(self, files, *, workers=2, progress=None):
        out, skipped = np.full((len(files), 3), np.nan, dtype=np.float32), []
        for place, file in enumerate(files):
            self.embedded.append(file)
            try:
                out[place] = open_image(file, at_least=16).mean(axis=(0, 1))
            except PictureError as err:
                skipped.append((place, err))
        return Embedded(out, skipped)
