"""What a cohort is made of: pictures that were trained on, against other pictures of the same artists, and how many it takes.

    python benchmarks/cohorts.py MODEL PAINTINGS --split splits/paintings.json [--part test]

Pictures that a network was fitted to sit tighter than others by the same hands. Prints the AUC of pairs of artists whom the model has not
seen, normalised against cohorts of the same artists and the same size, one of `train` pictures, one of `test-seen` pictures, and against
none; with paired differences, 95 % intervals over artists.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from morelli.catalogue.catalogue import Catalogue
from morelli.model.calibrate import artist_names, embed_rows
from morelli.model.comparison import CohortComparison, Comparison, MetricComparison
from morelli.model.evaluate import check_unseen
from morelli.model.model import load
from morelli.model.similarity import check_kind
from morelli.protocol.counted import Counted, count_figures, counted_difference
from morelli.protocol.pair_figures import PairFigures
from morelli.protocol.pairs import NEGATIVES, draw_pairs
from morelli.protocol.split import Split


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("model")
    parser.add_argument("paintings", type=Path)
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--part", default="test", help="whose artists are judged")
    parser.add_argument("--resamples", type=int, default=1000)
    arguments = parser.parse_args()
    model, catalogue = load(arguments.model), Catalogue.read(arguments.paintings)
    split = Split.from_json(arguments.split.read_text(encoding="utf-8"), source=str(arguments.split))
    part = split.assign(catalogue)
    artist, style = artist_names(catalogue), catalogue.get("style")
    setting = model.folder.description.cohort
    if setting is None:
        raise SystemExit(f"{model.name} has no cohort")
    rng = np.random.default_rng(3)
    held, trained = [], []
    for name in sorted(set(artist[part == "test-seen"])):
        one, other = (np.flatnonzero((artist == name) & (part == which)) for which in ("test-seen", "train"))
        count = min(len(one), len(other))
        held.append(rng.choice(one, count, replace=False))
        trained.append(rng.choice(other, count, replace=False))
    rows = np.flatnonzero(part == arguments.part)
    check_unseen(model, catalogue, artist, np.where(part == arguments.part, "test", "set-aside").astype(object))
    every = np.concatenate([rows, *held, *trained])
    embeddings, place, _ = embed_rows(catalogue, every, encoder=model.encoder, view=model.view, width=model.width)
    kind = check_kind(model.folder.description.similarity)
    cohorts: dict[str, Comparison] = {"none": MetricComparison(kind)}
    for name, chosen in (("trained on", trained), ("not trained on", held)):
        cohort = embeddings[place[np.concatenate(chosen)]]
        cohorts[f"{len(cohort):,} pictures, {name}"] = CohortComparison(
            kind, cohort, setting.neighbours, setting.weight
        )
    if isinstance(model.comparison, CohortComparison):
        cohorts[f"the model's own, {len(model.comparison.cohort):,} pictures"] = model.comparison
    print(f"{model.name} {model.id}: {len(rows)} paintings by {len(set(artist[rows]))} {arguments.part} artists\n")
    print("| cohort | negatives | AUC | less that of pictures not trained on |\n|---|---|---|---|")
    for negatives in NEGATIVES:
        pairs = draw_pairs(artist, rows, seed=0, negatives=negatives, style=style)
        found: dict[str, Counted] = {}
        for name, comparison in cohorts.items():
            scores = comparison.over(embeddings).rows(place[pairs.first], place[pairs.second]).astype(np.float64)
            figures = PairFigures(pairs, scores, artist, threshold=float("inf"), calibration=None)
            found[name] = count_figures(figures, resamples=arguments.resamples)
        base = next(counted for name, counted in found.items() if name.endswith("not trained on"))
        for name, counted in found.items():
            one, other = counted.estimates()["auc"], counted_difference(counted, base)["auc"]
            difference = "–" if counted is base else f"{other.value:+.4f} [{other.low:+.4f}, {other.high:+.4f}]"
            print(
                f"| {name} | {negatives} | {one.value:.3f} [{one.low:.3f}, {one.high:.3f}] | {difference} |", flush=True
            )


if __name__ == "__main__":
    main()
