"""Sixty-four threads that use one loaded model at once, beside one that gives it the same pictures as one list.

    python benchmarks/callers.py MODEL PICTURES [--pictures 512] [--callers 64] [--rounds 3]

Each of the callers embeds one file after another, as requests to a service come; the batch caller embeds all of them by one call. Rounds
are interleaved; medians by the clock, and the largest memory that either way added. Exits with 1 where the callers together reach less
than 80 % of the batch caller.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil

from morelli.model.embedding_table import list_pictures
from morelli.model.model import load

LEAST = 0.8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("folder", type=Path)
    for name, value in (("pictures", 512), ("callers", 64), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=value)
    words = parser.parse_args()
    files = list_pictures([words.folder])[: words.pictures]
    model = load(words.model)
    answers: dict[str, list[np.ndarray]] = {}

    def batch() -> np.ndarray:
        return model.encode(files)

    def callers() -> np.ndarray:
        with ThreadPoolExecutor(words.callers) as pool:
            return np.concatenate(list(pool.map(lambda file: model.encode([file]), files)))

    ways: dict[str, Callable[[], np.ndarray]] = {"one batch caller": batch, f"{words.callers} callers": callers}
    seconds: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    process = psutil.Process()
    for name, way in ways.items():
        before = process.memory_info().rss
        answers[name] = [way()]
        print(f"{name}: {(process.memory_info().rss - before) / 1e6:+.0f} MB after the first round")
    for _ in range(words.rounds):
        for name, way in ways.items():
            began, spent = time.perf_counter(), time.process_time()
            answers[name].append(way())
            seconds[name].append((time.perf_counter() - began, time.process_time() - spent))
    one, other = (found[-1] for found in answers.values())
    apart = float(np.abs(one - other).max() / np.sqrt(np.mean(np.square(one))))
    rates = []
    for name, found in seconds.items():
        wall, processor = (statistics.median(column) for column in zip(*found, strict=True))
        rates.append((len(files) / wall, len(files) / processor))
        print(f"{name:18} {rates[-1][0]:7.1f} pictures a second, {rates[-1][1]:7.1f} a second of processor time")
    ratio = rates[1][0] / rates[0][0]
    print(f"ratio {ratio:.2f} by the clock, {rates[1][1] / rates[0][1]:.2f} of processor time; wanted {LEAST}")
    print(f"answers differ by {apart:.1g} of an embedding's size at most")
    sys.exit(ratio < LEAST)


if __name__ == "__main__":
    main()
