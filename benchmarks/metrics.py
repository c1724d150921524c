"""How long a bootstrap of the AUC over artists takes on a million pairs, and how much memory.

    python benchmarks/metrics.py [--pairs 1000000] [--artists 76] [--resamples 1000] [--threads 2]

Prints the time, the peak memory of the process, and the ratio to calling scikit-learn's
roc_auc_score(sample_weight=...) once a resample, which is timed on a few resamples and scaled up.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import time

import numpy as np

from morelli.protocol.bootstrap import PairWeigher, draw_artists
from morelli.protocol.bootstrap_auc import count_auc_again
from morelli.protocol.ranked import Ranked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--artists", type=int, default=76)
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--oracle-resamples", type=int, default=5)
    arguments = parser.parse_args()

    rng = np.random.default_rng(0)
    half = arguments.pairs // 2
    owner = rng.integers(0, arguments.artists, half)
    other = (owner + rng.integers(1, arguments.artists, half)) % arguments.artists
    same = np.repeat([True, False], half)
    similarity = rng.normal(size=2 * half) + same
    base = _peak()

    start = time.perf_counter()
    ranked = Ranked(similarity, same)
    weigher = PairWeigher(
        arguments.artists,
        owner[ranked.positive_order],
        owner[ranked.negative_order - half],
        other[ranked.negative_order - half],
    )
    weights = draw_artists(np.zeros(arguments.artists, dtype=int), resamples=arguments.resamples, seed=0)
    resampled = count_auc_again(ranked, weigher, weights, threads=arguments.threads)
    seconds = time.perf_counter() - start
    peak = _peak()

    from sklearn.metrics import roc_auc_score

    times = []
    for row in range(arguments.oracle_resamples):
        w = weights[row].astype(float)
        start = time.perf_counter()
        theirs = roc_auc_score(same, similarity, sample_weight=np.concatenate([w[owner], w[owner] * w[other]]))
        times.append(time.perf_counter() - start)
        assert abs(theirs - resampled[row]) < 1e-9, (theirs, resampled[row])
    scaled = float(np.median(times)) * arguments.resamples

    print(f"machine: {platform.processor() or platform.machine()}, {os.cpu_count()} cores; {arguments.threads} threads")
    print(f"pairs: {2 * half:,}; artists: {arguments.artists}; resamples: {arguments.resamples:,}")
    print(f"AUC of {resampled.mean():.4f}, standard error over artists {resampled.std(ddof=1):.4f}")
    print(f"time: {seconds:.2f} s; peak memory {peak:.2f} GB (before: {base:.2f} GB)")
    print(
        f"scikit-learn, once a resample: {scaled:.0f} s (median of {len(times)} resamples, "
        f"{min(times):.2f} to {max(times):.2f} s each, scaled up); ratio {scaled / seconds:.0f}"
    )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


if __name__ == "__main__":
    main()
