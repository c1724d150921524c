"""Decode and resize of large JPEGs: `open_image` and a view against plain Pillow. Prints a table; imported by nothing.

    python benchmarks/decode.py [FOLDER]

FOLDER (or MORELLI_PAINTINGS_FULL_SIZE) holds real paintings; JPEGs whose longer side is 2000 px are made of them in a
temporary folder. The goal is 2x against Pillow's plain open and resize, in one process, rounds of all ways interleaved.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from morelli.pictures.open import open_image
from morelli.pictures.view import View

LONGER_SIDE = 2000


def pillow_plain(size: int) -> Callable[[Path], object]:
    def run(path: Path) -> object:
        return np.asarray(Image.open(path).convert("RGB").resize((size, size), Image.Resampling.LANCZOS))

    return run


def pillow_draft(size: int) -> Callable[[Path], object]:
    def run(path: Path) -> object:
        image = Image.open(path)
        image.draft("RGB", (2 * size, 2 * size))  # leaves as much to the filter as a view does
        return np.asarray(image.convert("RGB").resize((size, size), Image.Resampling.LANCZOS))

    return run


def make(folder: Path, target: Path) -> list[Path]:
    made = []
    for source in sorted(folder.glob("*/*.jpg")):
        image = Image.open(source).convert("RGB")
        scale = LONGER_SIDE / max(image.size)
        size = (round(image.width * scale), round(image.height * scale))
        made.append(target / f"{source.parent.name}-{source.name}")
        image.resize(size, Image.Resampling.LANCZOS).save(made[-1], quality=90)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("MORELLI_PAINTINGS_FULL_SIZE", "../shared/paintings-full-size")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(default))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    ways: dict[str, tuple[int, Callable[[Path], object]]] = {}
    for size in (224, 256):
        ways[f"Pillow, plain open and resize to {size}"] = (size, pillow_plain(size))
        ways[f"Pillow, draft mode, {size}"] = (size, pillow_draft(size))
        ways[f"View('whole', {size}).open"] = (size, View("whole", size).open)
        ways[f"View('centre', {size}).open"] = (size, View("centre", size).open)
        ways[f"open_image(at_least={size})"] = (size, lambda path, size=size: open_image(path, at_least=size))  # type: ignore[misc]
    ways["open_image, full resolution"] = (256, open_image)
    with tempfile.TemporaryDirectory() as temporary:
        files = make(options.folder, Path(temporary))
        if not files:
            raise SystemExit(f"{options.folder}: no */*.jpg; name the folder of full-size paintings")
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for path in files:  # warm the files and the libraries
            for _, way in ways.values():
                way(path)
        for _ in range(options.rounds):
            for name, (_, way) in ways.items():
                began = time.perf_counter()
                for path in files:
                    way(path)
                seconds[name].append((time.perf_counter() - began) / len(files))
        average = sum(path.stat().st_size for path in files) / len(files)
    processor = f"{platform.machine()}, {os.cpu_count()} cores, one thread used"
    print(f"{len(files)} JPEGs, longer side {LONGER_SIDE} px, {average / 1e3:,.0f} kB each; {processor}\n")
    print(f"{'':40} {'ms, median':>10} {'spread':>15} {'pictures/s':>11} {'x plain Pillow':>15}")
    for name, (size, _) in ways.items():
        median = statistics.median(seconds[name])
        plain = statistics.median(seconds[f"Pillow, plain open and resize to {size}"])
        spread = f"{min(seconds[name]) * 1e3:.1f} to {max(seconds[name]) * 1e3:.1f}"
        print(f"{name:40} {median * 1e3:10.1f} {spread:>15} {1 / median:11.0f} {plain / median:15.1f}")


if __name__ == "__main__":
    main()
