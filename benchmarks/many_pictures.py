"""Memory that does not grow with the pictures: 1,000 and 100,000 of them embedded, and their features extracted into a cache.

    python benchmarks/many_pictures.py [--pictures 100000]

Each measurement is a process of its own over small JPEGs with a small network: what is asked is whether anything holds pictures, queues
or features that it need not. `embed` returns its embeddings, `extract` puts features of 2,048 values into the cache and then reads all
of them back as one array; both arrays are what was asked for, and are printed beside the peak. Exits with 1 where `embed` grew by more
than its array and 50 MB, or the cached features needed 2 GB.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from morelli.features.cache import FeatureCache
from morelli.features.extract import extract
from morelli.model.embed import embed_files
from morelli.pictures.view import View

WIDTHS = {"embed": 256, "extract": 2048}
MOST_GROWTH, MOST = 50e6, 2e9
VIEW = View("whole", 32)


@dataclass(frozen=True)
class Means:
    """Stands for a network, so that 100,000 pictures are a matter of minutes: sums of pixels, drawn out to `embedding` values."""

    embedding: int
    size: int = VIEW.size
    views: int = 1

    def encode(self, pictures: np.ndarray) -> np.ndarray:
        """Embed pictures."""
        means = pictures.mean(axis=(1, 2), dtype=np.float32)
        return np.tile(means, (1, self.embedding // 3 + 1))[:, : self.embedding]


def write(folder: Path, count: int) -> list[Path]:
    """Write JPEGs of 40 px, each with other bytes: a number follows the picture's end, where it harms nothing."""
    out = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, size=(40, 40, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(out, "JPEG", quality=60)
    files = [folder / f"{place // 1000:03d}" / f"{place:06d}.jpg" for place in range(count)]
    for place, file in enumerate(files):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(out.getvalue() + place.to_bytes(4, "big"))
    return files


def measure(what: str, folder: Path, count: int) -> dict[str, float]:
    files = sorted(folder.glob("*/*.jpg"))[:count]
    width = WIDTHS[what]
    encoder = Means(width)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, time.process_time()
    if what == "embed":
        result = embed_files(files, encoder=encoder, view=VIEW, width=width).embeddings
    else:
        with tempfile.TemporaryDirectory(dir=folder) as name:
            cache = FeatureCache(Path(name), {"backbone": "none"}, width=width)
            result = extract(files, encoder=encoder, view=VIEW, cache=cache).features(cache)
    assert len(result) == count
    assert np.isfinite(result).all()
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"peak": peak, "grown": peak - before - result.nbytes, "array": result.nbytes, "seconds": seconds}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.one:
        print(json.dumps(measure(words.one[0], Path(words.one[1]), int(words.one[2]))))
        return
    missed = False
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), words.pictures)
        for what in WIDTHS:
            peaks = []
            for count in (1000, words.pictures):
                again = [sys.executable, __file__, "--one", what, name, str(count)]
                found = json.loads(subprocess.run(again, stdout=subprocess.PIPE, check=True).stdout)
                peaks.append(found["peak"] - found["array"])
                print(
                    f"{what}: {count:,} pictures, peak {found['peak'] / 1e6:,.0f} MB, of it {found['array'] / 1e6:,.0f} MB the result; "
                    f"{count / found['seconds']:,.0f} pictures a second of processor time",
                    flush=True,
                )
                missed |= what == "extract" and found["peak"] > MOST
            print(f"{what}: grew by {(peaks[1] - peaks[0]) / 1e6:,.0f} MB beside its result")
            missed |= what == "embed" and peaks[1] - peaks[0] > MOST_GROWTH
    sys.exit(missed)


if __name__ == "__main__":
    main()
