"""How fast a table of pairs is scored, and in how much memory, at two sizes of the table: pictures embedded beforehand.

    python benchmarks/score.py [--rows 20000000] [--pictures 24000] [--width 128]

Prints rows a second and the peak memory of the process for a tenth of the rows and for all of them; exits with 1 where the memory grew
by more than 50 MB, for it is to depend on the pictures alone.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from morelli.model.comparison import MetricComparison
from morelli.model.embed import Embedded
from morelli.model.score import score_table

MOST_GROWTH = 50  # MB


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--pictures", type=int, default=24_000)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.one is not None:
        print(json.dumps(measure(words.one, words.pictures, words.width)))
        return
    peaks = []
    for rows in (words.rows // 10, words.rows):
        again = [
            sys.executable,
            __file__,
            "--one",
            str(rows),
            "--pictures",
            str(words.pictures),
            "--width",
            str(words.width),
        ]
        found = json.loads(subprocess.run(again, stdout=subprocess.PIPE, check=True).stdout)
        peaks.append(found["peak"])
        print(
            f"{rows:,} rows: {rows / found['seconds']:,.0f} rows a second of processor time, peak {found['peak']:.0f} MB"
        )
    sys.exit(peaks[1] - peaks[0] > MOST_GROWTH)


def measure(rows: int, pictures: int, width: int) -> dict[str, float]:
    """Write a table, score it, and return the seconds of processor time that scoring took and the process's peak memory, MB."""
    embeddings = np.random.default_rng(0).normal(size=(pictures, width)).astype(np.float32)

    def embed(files: list[Path], **_: object) -> Embedded:
        return Embedded(embeddings[[int(file.stem) for file in files]], [])

    calibration = SimpleNamespace(llr=lambda similarity: 4 * similarity)
    decision = SimpleNamespace(calibration=lambda negatives: calibration)
    model = SimpleNamespace(headline="random", embed=embed, decision=decision, comparison=MetricComparison("cosine"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with (folder / "pairs.csv").open("w", encoding="utf-8") as file:
            file.write("index,image1,image2\n")
            for start in range(0, rows, 100_000):
                drawn = np.random.default_rng(start).integers(0, pictures, size=(min(100_000, rows - start), 2))
                file.writelines(f"{start + k},{a}.jpg,{b}.jpg\n" for k, (a, b) in enumerate(drawn.tolist()))
        began = time.process_time()
        score_table(model, folder / "pairs.csv", root=folder, out=folder / "scores.csv")  # type: ignore[arg-type]
        seconds = time.process_time() - began
    return {"seconds": seconds, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    main()
