"""How long the competition's 21,916,047 pairs take: read, scored, written; beside a plain NumPy gather and a bare CSV read and write.

    python benchmarks/kaggle_pairs.py [--order combinations|shuffled] [--width 256] [--folder DIR]

Makes a submission_info.csv of the true structure: 23,817 pictures in 13 groups, every pair inside a group, and random embeddings.
Prints wall-clock and processor seconds of every step and the peak memory of the process before the comparisons are run. One thread in
NumPy where OMP_NUM_THREADS says so; DuckDB takes all cores that it is given. Where others use the machine, read the processor seconds.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import duckdb
import numpy as np

from morelli.kaggle.judge import judge_pairs
from morelli.kaggle.pairs import COMPETITION_PAIRS, read_pairs
from morelli.kaggle.scoring import in_blocks, score_pairs
from morelli.kaggle.solution import Artists, Solution
from morelli.kaggle.submission import write_submission
from morelli.model.similarity import block_similarity, rows_similarity

# Thirteen groups that hold 23,817 pictures and 21,916,047 pairs.
GROUPS = (1595, 1613, 1730, 1754, 1794, 1844, 1849, 1890, 1895, 1903, 1908, 1953, 2089)
KIND = "cosine"


def make(source: Path, order: str) -> None:
    rng, pictures = np.random.default_rng(1), sum(GROUPS)
    numbers = np.sort(rng.choice(103_250, pictures, replace=False))
    shuffled, at, sides = rng.permutation(pictures), 0, []
    for size in GROUPS:
        sides.append(shuffled[at : at + size][np.array(np.triu_indices(size, 1))])
        at += size
    first, second = np.concatenate(sides, axis=1)
    assert (pictures, len(first)) == (23_817, COMPETITION_PAIRS)
    if order == "shuffled":
        rows = rng.permutation(len(first))
        first, second = first[rows], second[rows]
    with duckdb.connect() as db:
        db.execute("set enable_progress_bar = false")
        db.register("pairs", {"i": np.arange(len(first)), "a": numbers[first], "b": numbers[second]})
        db.execute(
            "copy (select i as \"index\", a || '.jpg' as image1, b || '.jpg' as image2 from pairs) "
            f"to '{source}' (format csv, header true)"
        )
    source.with_name("names.txt").write_text("\n".join(f"{number}.jpg" for number in numbers))


def timed(what: str, function: Callable[[], object], spent: dict[str, tuple[float, float]]) -> object:
    wall, processor = time.perf_counter(), time.process_time()
    found = function()
    spent[what] = (time.perf_counter() - wall, time.process_time() - processor)
    print(f"{what:52} {spent[what][0]:8.1f} {spent[what][1]:10.1f}", flush=True)
    return found


def bare_read(source: Path) -> None:
    columns = "{'index': 'BIGINT', 'image1': 'VARCHAR', 'image2': 'VARCHAR'}"
    with duckdb.connect() as db:
        db.execute(
            "select sum(index), max(image1), max(image2) from "
            f"read_csv('{source}', header = true, auto_detect = false, columns = {columns})"
        ).fetchall()


def enumerated_read(source: Path, names: list[str]) -> None:
    columns = "{'index': 'BIGINT', 'image1': 'picture', 'image2': 'picture'}"
    with duckdb.connect() as db:
        db.register("names", {"name": np.array(names, dtype=object), "place": np.arange(len(names))})
        db.execute("create type picture as enum (select name from names order by place)")
        db.execute(
            "select index, enum_code(image1), enum_code(image2) from "
            f"read_csv('{source}', header = true, auto_detect = false, columns = {columns})"
        ).fetchnumpy()


def bare_write(target: Path, score: np.ndarray) -> None:
    with duckdb.connect() as db:
        db.register("scores", {"index": np.arange(len(score)), "sameArtist": score})
        db.execute(f"copy (select * from scores) to '{target}' (format csv, header true)")


def plain_gather(embeddings: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    score, step = np.empty(len(first), np.float32), 1 << 16
    for start in range(0, len(first), step):
        part = slice(start, start + step)
        score[part] = np.einsum("nd,nd->n", unit[first[part]], unit[second[part]])
    return score


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--order", choices=("combinations", "shuffled"), default="combinations")
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--folder", type=Path, help="where the files go; a temporary folder unless given")
    options = parser.parse_args()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, {cores} used; load {os.getloadavg()[0]:.1f} before")
    with tempfile.TemporaryDirectory(dir=options.folder) as temporary:
        source, target = Path(temporary) / "submission_info.csv", Path(temporary) / "submission.csv"
        maker = get_context("spawn").Process(target=make, args=(source, options.order))  # its memory is not ours
        maker.start()
        maker.join()
        names = source.with_name("names.txt").read_text().split()
        embeddings = np.random.default_rng(0).normal(size=(len(names), options.width)).astype(np.float32)
        usable = np.ones(len(names), dtype=bool)
        scores = in_blocks(
            lambda first, second: rows_similarity(embeddings, first, second, kind=KIND),
            lambda queries, gallery: block_similarity(embeddings[queries], embeddings[gallery], kind=KIND),
            n_pictures=len(names),
        )
        print(
            f"{len(names):,} embeddings of {options.width}, {KIND}; {source.stat().st_size / 1e6:,.0f} MB of pairs, order: {options.order}"
        )
        print(f"{'':52} {'wall s':>8} {'processor s':>10}")
        spent: dict[str, tuple[float, float]] = {}
        pairs = timed("read", lambda: read_pairs(source, names), spent)
        score, _ = timed("score", lambda: score_pairs(pairs, scores, usable=usable, neutral=0.0), spent)
        timed("write", lambda: write_submission(target, pairs.index, score), spent)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
        owner = (np.arange(len(names)) * 7919 % 2300).astype(np.int32)
        artists = Artists(tuple(map(str, range(2300))), owner, np.arange(2300) < 1580)
        same = (owner[pairs.first] == owner[pairs.second]).astype(np.int8)
        solution = Solution(same, artists, {}, ())
        timed(
            "judge: four figures, no intervals",
            lambda: judge_pairs(score, pairs, solution, threshold=0.5, resamples=0),
            spent,
        )
        timed("judge: with intervals, 200 resamples", lambda: judge_pairs(score, pairs, solution, threshold=0.5), spent)
        judged = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
        plain = timed(
            "plain: gather both rows, einsum", lambda: plain_gather(embeddings, pairs.first, pairs.second), spent
        )
        timed("bare: DuckDB reads the three columns", lambda: bare_read(source), spent)
        timed("beside: DuckDB reads pictures as an enumeration", lambda: enumerated_read(source, names), spent)
        timed("bare: DuckDB writes the two columns", lambda: bare_write(target, score), spent)
    assert np.abs(plain - score).max() < 1e-5
    for place, unit in enumerate(("wall", "processor")):
        ours = sum(spent[step][place] for step in ("read", "score", "write"))
        bare = sum(times[place] for step, times in spent.items() if step.startswith("bare"))
        gather = next(times[place] for step, times in spent.items() if step.startswith("plain"))
        print(
            f"{unit}: read, score, write {ours:.1f} s; bare read and write {bare:.1f} s, ratio {ours / bare:.2f}; "
            f"plain gather {gather:.1f} s for {spent['score'][place]:.1f} s of scoring, ratio {gather / spent['score'][place]:.1f}"
        )
    print(f"peak memory {peak:.2f} GB; with judging {judged:.2f} GB")


if __name__ == "__main__":
    main()
