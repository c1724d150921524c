"""How long it takes to fit a decision, and whether the error rates measured with it hold for other artists.

    python benchmarks/operating_points.py [--replicates 300] [--artists 50] [--processes 2]

First the time of `fit_decision` on 1,100 pictures by 50 artists, 256 values each, and its peak memory. Then
coverage: calibration artists are drawn from a made-up population (morelli.protocol.population), thresholds are chosen
on them and measured on them, as for every model; the truth at those very thresholds is that of the population (four
million pairs of artists who are not among them). Prints how often the point was offered, the mean of what was measured
and of the truth, and the share of the intervals that hold the truth.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections import defaultdict
from functools import partial
from multiprocessing import Pool

import numpy as np
import numpy.typing as npt

from morelli.protocol.fit_decision import fit_decision
from morelli.protocol.operating_point import OperatingPoint
from morelli.protocol.point_names import POINTS
from morelli.protocol.population import Population

Floats = npt.NDArray[np.float64]
RATES = ("false_accept", "miss", "precision", "precision_different", "undecided")


def similarities(population: Population, pairs: int, *, same: bool, seed: int) -> Floats:
    """Return rising similarities of independent pairs: one pair an artist, or two artists a pair."""
    rng = np.random.default_rng([seed, same])
    centre = rng.normal(scale=population.between, size=(2, pairs, population.dimensions))
    spread = np.exp(rng.normal(scale=population.spread, size=(2, pairs, 1)))
    if same:
        centre[1], spread[1] = centre[0], spread[0]
    pictures = centre + spread * rng.normal(size=centre.shape)
    return np.sort(-np.square(pictures[0] - pictures[1]).mean(axis=1))


def share(values: Floats, threshold: float | None, *, above: bool) -> float:
    if threshold is None:
        return 0.0
    if above:
        return 1 - float(np.searchsorted(values, threshold)) / len(values)
    return float(np.searchsorted(values, threshold, side="right")) / len(values)


def replicate(seed: int, *, n_artists: int) -> dict[str, OperatingPoint]:
    embedding, artist = Population().draw(n_artists, np.random.default_rng([5, seed]))
    square = np.square(embedding).sum(axis=1)

    def block(query: npt.NDArray[np.int64], gallery: npt.NDArray[np.int64]) -> Floats:
        return (2 * embedding[query] @ embedding[gallery].T - square[query, None] - square[None, gallery]) / 8

    decision = fit_decision(
        lambda a, b: -np.square(embedding[a] - embedding[b]).mean(axis=1),
        artist,
        np.full(len(artist), "", dtype=object),
        np.full(len(artist), "calibration", dtype=object),
        block=block,
        resamples=300,
        sizes=(),
        seed=seed,
    )
    return {name: one for name, one in decision.points["random"].items() if isinstance(one, OperatingPoint)}


def speed() -> None:
    rng = np.random.default_rng(0)
    artist = np.repeat([f"a{one:02d}" for one in range(50)], 22).astype(object)
    style = np.repeat([f"s{one % 11}" for one in range(50)], 22).astype(object)
    embedding = (np.repeat(rng.normal(size=(50, 256)), 22, axis=0) + 2 * rng.normal(size=(1100, 256))).astype(
        np.float32
    )
    unit = embedding / np.linalg.norm(embedding, axis=1, keepdims=True)
    part = np.full(1100, "calibration", dtype=object)
    for name, block in (("with a block", lambda q, g: unit[q] @ unit[g].T), ("pair by pair", None)):
        start, busy = time.perf_counter(), time.process_time()
        fit_decision(lambda a, b: (unit[a] * unit[b]).sum(axis=1), artist, style, part, block=block)
        wall, processor = time.perf_counter() - start, time.process_time() - busy
        print(
            f"fit_decision, 1,100 pictures, both kinds of negatives, {name}: {wall:.1f} s, {processor:.1f} s of processor time"
        )
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20):.2f} GB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--replicates", type=int, default=300)
    parser.add_argument("--artists", type=int, default=50)
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    speed()
    if not arguments.replicates:
        return
    start = time.perf_counter()
    positive = np.concatenate([similarities(Population(), 500_000, same=True, seed=one) for one in range(4)])
    negative = np.concatenate([similarities(Population(), 500_000, same=False, seed=one) for one in range(4)])
    positive.sort()
    negative.sort()
    measured, truth, held = defaultdict(list), defaultdict(list), defaultdict(list)
    with Pool(arguments.processes) as pool:
        one = partial(replicate, n_artists=arguments.artists)
        for points in pool.imap_unordered(one, range(arguments.replicates), chunksize=5):
            for name, point in points.items():
                far, tar = (share(values, point.upper, above=True) for values in (negative, positive))
                trr, miss = (share(values, point.lower, above=False) for values in (negative, positive))
                true = {"false_accept": far, "miss": miss, "undecided": 1 - (far + tar + trr + miss) / 2}
                true["precision_different"] = trr / (trr + miss) if trr + miss else float("nan")
                true["precision"] = tar / (tar + far) if tar + far else float("nan")
                for rate, found in point.achieved.items():
                    if rate in RATES:
                        measured[name, rate].append(found.value)
                        truth[name, rate].append(true[rate])
                        held[name, rate].append(found.low <= true[rate] <= found.high)
    print(f"\n{arguments.artists} artists, {arguments.replicates} replicates: rates measured where they were chosen")
    print(f"{'point':<15}{'rate':<20}{'offered':>8}{'measured':>10}{'truth':>10}{'held, percent':>15}")
    for name in POINTS:
        for rate in RATES:
            if held[name, rate]:
                counts = f"{len(held[name, rate]):>8}{np.mean(measured[name, rate]):>10.5f}{np.mean(truth[name, rate]):>10.5f}"
                print(f"{name:<15}{rate:<20}{counts}{100 * np.mean(held[name, rate]):>15.1f}")
    print(f"{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
