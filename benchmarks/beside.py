"""Models side by side on artists whom none of them was trained or calibrated on: AUC, and the paired difference to the first model.

    python benchmarks/beside.py MODEL OTHER ... PAINTINGS --split splits/paintings.json [--part test] [--only public_domain=1]

For models that were trained on different pictures of one catalogue, such as all of them and those in the public domain: `morelli evaluate`
judges a model on the split that it was trained with, seen artists included; here only artists whom no model has seen are judged, on the
same pairs. --only: of these, the pictures where a column has this value. Prints a Markdown table, 95 % intervals over artists.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from morelli.catalogue.catalogue import Catalogue
from morelli.model.calibrate import artist_names
from morelli.model.evaluate import check_unseen
from morelli.model.model import load
from morelli.model.shipped import find_model
from morelli.protocol.counted import Counted, count_figures, counted_difference
from morelli.protocol.pair_figures import PairFigures
from morelli.protocol.pairs import NEGATIVES, draw_pairs
from morelli.protocol.split import Split
from morelli.study.table.hypotheses import signed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+")
    parser.add_argument("paintings", type=Path)
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--part", default="test")
    parser.add_argument("--only", default="", help="COLUMN=VALUE")
    parser.add_argument("--resamples", type=int, default=1000)
    options = parser.parse_args()
    catalogue = Catalogue.read(options.paintings)
    part = Split.from_json(options.split.read_text(encoding="utf-8"), source=str(options.split)).assign(catalogue)
    judged = part == options.part
    if options.only:
        column, _, value = options.only.partition("=")
        judged &= catalogue.get(column) == value
    artist, style, rows = artist_names(catalogue), catalogue.get("style"), np.flatnonzero(judged)
    files = [catalogue.file(int(row)) for row in rows]
    place = np.full(len(catalogue), -1)
    place[rows] = np.arange(len(rows))
    pairs = {kind: draw_pairs(artist, rows, seed=0, negatives=kind, style=style) for kind in NEGATIVES}
    print(f"{len(rows):,} paintings by {len(set(artist[rows]))} {options.part} artists\n")
    print("| model | random | difference | style-matched | difference |\n|---|---|---|---|---|")
    first: dict[str, Counted] = {}
    for name in options.models:
        model = load(find_model(name))
        check_unseen(model, catalogue, artist, np.where(judged, "test", "set-aside").astype(object))
        embeddings, cells = model.encode(files), []
        compared = model.comparison.over(embeddings)
        for kind, drawn in pairs.items():
            scores = compared.rows(place[drawn.first], place[drawn.second]).astype(np.float64)
            figures = PairFigures(drawn, scores, artist, threshold=float("inf"), calibration=None)
            counted = count_figures(figures, resamples=options.resamples)
            first.setdefault(kind, counted)
            cells.append(str(counted.estimates()["auc"]))
            cells.append("–" if first[kind] is counted else signed(counted_difference(counted, first[kind])["auc"]))
        print(f"| {name} ({model.name} {model.id}) | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
