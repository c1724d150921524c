"""How often the 95 % intervals hold the truth.

    python benchmarks/coverage.py [--replicates 600] [--resamples 250] [--artists 50 76] [--between 1 2]
        [--kinds "mean squared difference" cosine] [--calibration logistic isotonic] [--first 0] [--processes 2]

Artists are drawn from a made-up population (morelli.protocol.population), judged, and the intervals compared with the
figure of the population itself under the same drawing of pairs (80,000 artists; for recall@1 the mean over 300
galleries of as many artists). `between` is how far artists are apart: the strength of the system. The calibration is
fitted on 6,000 artists; a logistic one is as wrong as a straight line is, an isotonic one is all but right. Prints the
share of replicates whose interval holds the truth, for the interval in use and for those that were tried; `width` is
its mean width, `spread` the one that the spread of the figure over the replicates calls for (2 t standard deviations).
Seeds are fixed. The share of 600 replicates has itself a standard error of 0.9 points, that of 300 of 1.3.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from itertools import product
from multiprocessing import Pool
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy.stats import t as student

from morelli.protocol.bootstrap import count_again, draw_artists, leave_one_out
from morelli.protocol.calibration import Calibration
from morelli.protocol.counted import SCALES
from morelli.protocol.fit_calibration import fit_isotonic, fit_logistic
from morelli.protocol.intervals import Scale, interval
from morelli.protocol.pair_figures import PairFigures
from morelli.protocol.pairs import PER_ARTIST, Pairs, draw_pairs
from morelli.protocol.population import Population
from morelli.protocol.retrieval import Neighbours, find_neighbours
from morelli.protocol.threshold import best_threshold

FIGURES = (
    "auc",
    "accuracy",
    "precision",
    "recall",
    "f1",
    "eer",
    "cllr",
    "min_cllr",
    "calibration_loss",
    "ece",
    "brier",
    "triplet_accuracy",
    "triplet_accuracy_of_four",
    "recall@1",
)
Floats = npt.NDArray[np.float64]
Names = npt.NDArray[np.object_]
Limits = dict[str, tuple[float, float]]


def draw(kind: str, n_artists: int, seed: tuple[int, ...], *, between: float) -> tuple[Floats, Names, Pairs]:
    embedding, artist = Population(between=between).draw(n_artists, np.random.default_rng(seed))
    if kind == "cosine":
        embedding /= np.linalg.norm(embedding, axis=1, keepdims=True)
    pairs = draw_pairs(artist, np.arange(len(artist)), seed=sum(seed), negatives="random", per_artist=PER_ARTIST)
    return embedding, artist, pairs


def pair_similarity(embedding: Floats, pairs: Pairs) -> Floats:
    return -np.square(embedding[pairs.first] - embedding[pairs.second]).mean(axis=1)


def neighbours(embedding: Floats, artist: Names) -> Neighbours:
    square = np.square(embedding).sum(axis=1)
    return find_neighbours(
        lambda q, g: 2 * embedding[q] @ embedding[g].T - square[q, None] - square[None, g],
        artist,
        np.arange(len(artist)),
        ks=(1,),
        chunk=2000,
    )


class Judge:
    """Threshold and calibration, fitted once on artists of their own."""

    def __init__(self, kind: str, *, between: float, calibration: str) -> None:
        self.kind, self.between = kind, between
        embedding, _, pairs = draw(kind, 6000, (99, 0), between=between)
        similarity = pair_similarity(embedding, pairs)
        self.threshold = best_threshold(similarity, pairs.same)
        if calibration == "logistic":
            self.calibration: Calibration = fit_logistic(similarity, pairs.same, n_artists=50)
        else:
            self.calibration = fit_isotonic(similarity, pairs.same, n_artists=6000)

    def figures(self, embedding: Floats, artist: Names, pairs: Pairs) -> PairFigures:
        """Return the figures of these pairs."""
        similarity = pair_similarity(embedding, pairs)
        return PairFigures(pairs, similarity, artist, threshold=self.threshold, calibration=self.calibration)


def population_figures(seed: int, *, judge: Judge) -> dict[str, float]:
    whole = judge.figures(*draw(judge.kind, 20_000, (7, seed), between=judge.between))
    counts = whole.under(*whole.weigher.weigh(np.ones(len(whole.artists), dtype=np.int64)))
    return dict(zip(whole.names, counts.tolist(), strict=True))


def recall_of(seed: int, *, judge: Judge, n_artists: int) -> float:
    embedding, artist, _ = draw(judge.kind, n_artists, (3, seed), between=judge.between)
    return float(neighbours(embedding, artist).hit.mean())


def replicate(seed: int, *, judge: Judge, n_artists: int, resamples: int) -> dict[str, Limits]:
    embedding, artist, pairs = draw(judge.kind, n_artists, (1, seed), between=judge.between)
    figures = judge.figures(embedding, artist, pairs)
    count = partial(count_again, figures.under, figures.weigher, threads=1)
    drawn = draw_artists(np.zeros(n_artists, dtype=int), resamples=resamples, seed=seed)
    value = count(np.ones((1, n_artists), dtype=int))[0]
    resampled, without = count(drawn), count(leave_one_out(n_artists))
    found = {}
    for name in FIGURES[:-1]:
        column = figures.names.index(name)
        scale = SCALES.get(name, "share")
        found[name] = limits(value[column], resampled[:, column], without[:, column], scale)
        found[name]["in use"] = interval(value[column], resampled[:, column], n_artists=n_artists, scale=scale)
        found[name]["figure"] = (value[column], value[column])
    found["recall@1"] = recall_limits(neighbours(embedding, artist), artist, drawn)
    return found


def limits(value: float, resampled: Floats, without: Floats, scale: Scale) -> Limits:
    """Return the intervals that were tried."""
    normal = NormalDist()
    low, high = np.quantile(resampled, [0.025, 0.975])
    bend = without.mean() - without
    acceleration = float((bend**3).sum() / (6 * (bend**2).sum() ** 1.5))
    shift = normal.inv_cdf(float(np.clip(np.mean(resampled < value), 0.001, 0.999)))
    ends = [normal.cdf(shift + (shift + z) / (1 - acceleration * (shift + z))) for z in (-1.96, 1.96)]
    error = np.sqrt((len(without) - 1) * np.mean(bend**2))
    fake = value + error * np.array([-1.0, 1.0]) / np.sqrt(2)  # two numbers with that standard deviation
    return {
        "percentile": (low, high),
        "basic": (2 * value - high, 2 * value - low),
        "BCa": tuple(np.quantile(resampled, ends)),  # type: ignore[dict-item]
        "jackknife t": interval(value, fake, n_artists=len(without), scale=scale),
    }


def recall_limits(found: Neighbours, artist: Names, drawn: npt.NDArray[np.int64]) -> Limits:
    n = len(found.artists)
    code = np.searchsorted(found.artists, artist[found.query].astype(str))
    hits, queries = np.bincount(code, weights=found.hit[:, 0], minlength=n), np.bincount(code, minlength=n)
    value = float(hits.sum() / queries.sum())
    still = (drawn @ hits) / (drawn @ queries)  # the gallery stands still
    tried = limits(value, still, (hits.sum() - hits) / (queries.sum() - queries), "share")
    without = (hits.sum() - hits + found.gained[:, 0]) / (queries.sum() - queries)
    resampled = value + (drawn - 1) @ ((n - 1) / n * (without.mean() - without))
    tried["in use"] = interval(value, resampled, n_artists=n, scale="share")
    tried["figure"] = (value, value)
    return tried


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--replicates", type=int, default=600)
    parser.add_argument("--resamples", type=int, default=250)
    parser.add_argument("--artists", type=int, nargs="+", default=[50, 76])
    parser.add_argument("--between", type=float, nargs="+", default=[1.0, 2.0])
    parser.add_argument("--kinds", nargs="+", default=["mean squared difference", "cosine"])
    parser.add_argument("--calibration", nargs="+", choices=["logistic", "isotonic"], default=["logistic"])
    parser.add_argument("--first", type=int, default=0, help="number of the first replicate: others make other samples")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    methods = ("in use", "percentile", "basic", "BCa", "jackknife t")
    start = time.perf_counter()
    with Pool(arguments.processes) as pool:
        for kind, between, calibration in product(arguments.kinds, arguments.between, arguments.calibration):
            judge = Judge(kind, between=between, calibration=calibration)
            counts = pool.map(partial(population_figures, judge=judge), range(4), chunksize=1)
            truth = dict(zip(counts[0], np.mean([list(one.values()) for one in counts], axis=0).tolist(), strict=True))
            for n in arguments.artists:
                recalls: Callable[[int], float] = partial(recall_of, judge=judge, n_artists=n)
                truth["recall@1"] = float(np.mean(pool.map(recalls, range(300), chunksize=10)))
                one = partial(replicate, judge=judge, n_artists=n, resamples=arguments.resamples)
                held: dict[tuple[str, str], list[bool]] = defaultdict(list)
                width: dict[str, list[float]] = defaultdict(list)
                value: dict[str, list[float]] = defaultdict(list)
                seeds = range(arguments.first, arguments.first + arguments.replicates)
                for found in pool.imap_unordered(one, seeds, chunksize=5):
                    for name, tried in found.items():
                        value[name].append(tried.pop("figure")[0])
                        for method, (low, high) in tried.items():
                            held[name, method].append(low <= truth[name] <= high)
                        width[name].append(tried["in use"][1] - tried["in use"][0])
                print(
                    f"\n{kind}, between {between:g}, {calibration}, {n} artists: "
                    f"percent of {arguments.replicates} intervals that hold the truth"
                )
                print(
                    f"{'figure':<26}{'truth':>8}{'width':>8}{'spread':>8}"
                    + "".join(f"{method:>13}" for method in methods)
                )
                for name in FIGURES:
                    row = "".join(f"{100 * np.mean(held[name, method]):>13.1f}" for method in methods)
                    spread = 2 * student.ppf(0.975, n - 1) * np.std(value[name], ddof=1)
                    print(f"{name:<26}{truth[name]:>8.4f}{np.mean(width[name]):>8.3f}{spread:>8.3f}{row}", flush=True)
    print(f"\n{time.perf_counter() - start:.0f} s; {arguments.resamples} resamples, {arguments.processes} processes")


if __name__ == "__main__":
    main()
