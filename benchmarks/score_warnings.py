"""What warnings cost a table of scores: `morelli score --warnings` beside plain `morelli score`, from the same pictures.

    python benchmarks/score_warnings.py [default] [../shared/paintings] [--pictures 1000] [--rows 10000]

Two tables: one that names every picture once, which is what opening and embedding cost, and one of many pairs of them, which is what a
row costs. Processor time of the whole process, the ways in turn, medians of rounds; the ratio is plain to watched.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from morelli.catalogue.catalogue import Catalogue
from morelli.cli.options import compiled_networks
from morelli.model.model import Model, load
from morelli.model.score import score_table
from morelli.verdict.watch import Watch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", default="default")
    parser.add_argument("catalogue", nargs="?", default=os.environ.get("MORELLI_PAINTINGS", "../shared/paintings"))
    parser.add_argument("--pictures", type=int, default=1_000)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    words = parser.parse_args()
    model = load(words.model, cache=compiled_networks())
    catalogue = Catalogue.read(words.catalogue)
    rng = np.random.default_rng(0)
    chosen = rng.choice(len(catalogue), size=min(words.pictures, len(catalogue)) // 2 * 2, replace=False)
    names = [str(catalogue.path[row]) for row in chosen]
    many = rng.integers(0, len(names), size=(words.rows, 2))
    with tempfile.TemporaryDirectory() as folder:
        once, rows = Path(folder) / "once.csv", Path(folder) / "rows.csv"
        _write(once, zip(names[::2], names[1::2], strict=True))
        _write(rows, ((names[a], names[b]) for a, b in many.tolist()))
        took: dict[tuple[str, bool], list[float]] = {}
        for _ in range(words.rounds):
            for table in (once, rows):
                for watched in (False, True):
                    took.setdefault((table.stem, watched), []).append(
                        _seconds(model, table, catalogue.root, watched=watched)
                    )
    seconds = {key: statistics.median(found) for key, found in took.items()}
    print(f"{model.name}, {len(names):,} pictures, {words.rows:,} rows; processor seconds, medians of {words.rounds}\n")
    print("| what | plain | with warnings | ratio |\n|---|---|---|---|")
    plain, watched_once = (len(names) / seconds["once", watched] for watched in (False, True))
    print(f"| pictures opened and embedded | {plain:,.0f}/s | {watched_once:,.0f}/s | {watched_once / plain:.2f} |")
    # A row's own cost with warnings: the many rows' time less that of the same pictures named once. Without them: benchmarks/score.py.
    each = max(seconds["rows", True] - seconds["once", True], 1e-9)
    print(f"| rows, pictures not counted | – | {words.rows / each:,.0f}/s | – |")
    whole, watched_whole = (seconds["rows", watched] for watched in (False, True))
    print(f"| the whole table | {whole:.1f} s | {watched_whole:.1f} s | {whole / watched_whole:.2f} |")


def _write(table: Path, pairs: object) -> None:
    lines = ["image1,image2", *(f"{one},{other}" for one, other in pairs)]  # type: ignore[attr-defined]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _seconds(model: Model, table: Path, root: Path, *, watched: bool) -> float:
    watch = Watch(model.view, model.known_range, model.trained_on) if watched else None
    began = time.process_time()
    scored = score_table(model, table, root=root, out=table.with_suffix(".scores.csv"), watch=watch)
    assert not scored.skipped
    return time.process_time() - began


if __name__ == "__main__":
    main()
