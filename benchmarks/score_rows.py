"""How fast pairs of cached embeddings are scored, on one core, beside a plain gather of the same rows.

    python benchmarks/score_rows.py [--pictures 100000] [--width 256] [--pairs 1000000] [--rounds 7]

For every metric, alone and against a cohort: pairs a second of processor time, and how many times as long as `np.take` of the same
rows (both of every pair, in blocks of 16,384) takes. Rounds of all ways are interleaved; medians. Exits with 1 where one is slower than
a million a second or takes more than twice the gather's time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import get_args

import numpy as np

from morelli.model.comparison import CohortComparison, Comparison, MetricComparison
from morelli.model.similarity import Kind

BLOCK = 1 << 14


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("pictures", 100_000), ("width", 256), ("pairs", 1_000_000), ("rounds", 7)):
        parser.add_argument(f"--{name}", type=int, default=value)
    words = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    rng = np.random.default_rng(0)
    embeddings = rng.normal(size=(words.pictures, words.width)).astype(np.float32)
    first, second = rng.integers(0, words.pictures, size=(2, words.pairs))

    def gather() -> None:
        for start in range(0, words.pairs, BLOCK):
            np.take(embeddings, first[start : start + BLOCK], axis=0)
            np.take(embeddings, second[start : start + BLOCK], axis=0)

    cohort = embeddings[:1000]
    comparisons: dict[str, Comparison] = {kind: MetricComparison(kind) for kind in get_args(Kind)}
    comparisons["cosine against a cohort"] = CohortComparison("cosine", cohort, 100, 0.5)
    ways: dict[str, Callable[[], object]] = {"np.take": gather}
    for name, comparison in comparisons.items():
        over = comparison.over(embeddings)
        ways[name] = lambda over=over: over.rows(first, second)  # type: ignore[misc]
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(words.rounds + 1):
        for name, way in ways.items():
            began = time.process_time()
            way()
            seconds[name].append(time.process_time() - began)
    plain = statistics.median(seconds["np.take"][1:])
    missed = False
    for name, found in seconds.items():
        median = statistics.median(found[1:])
        print(f"{name:34} {median:6.3f} s {words.pairs / median:12,.0f} pairs a second {median / plain:6.2f} x np.take")
        missed |= name != "np.take" and (words.pairs / median < 1e6 or median > 2 * plain)
    sys.exit(missed)


if __name__ == "__main__":
    main()
