"""From which size on one hand is taken for two, and whether references by several hands are told: figures behind two warnings.

    python benchmarks/small_and_mixed.py default PAINTINGS --split splits/paintings.json [--part calibration]

Small: the second picture of each pair is reduced to so many pixels a side and enlarged again, as a small file is; what the operating point
`balanced` says of pairs of one artist then, 95 % intervals over artists. Mixed: references drawn 2,000 times, all of one artist, each of
another, or half and half of two; how often `compare` asks whether they are by one hand.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.model.calibrate import artist_names
from morelli.model.model import load
from morelli.protocol.counted import count_figures
from morelli.protocol.pair_figures import PairFigures
from morelli.protocol.pairs import draw_pairs
from morelli.protocol.split import Split
from morelli.verdict.set_warnings import set_hands_warnings

Rows = npt.NDArray[np.int64]
SIDES = (224, 112, 80, 56, 40, 28, 16)
COUNTS = (4, 8, 16)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("paintings", type=Path)
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--part", default="calibration")
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--draws", type=int, default=2000)
    words = parser.parse_args()
    model, catalogue = load(words.model), Catalogue.read(words.paintings)
    part = Split.from_json(words.split.read_text(encoding="utf-8"), source=str(words.split)).assign(catalogue)
    artist, style = artist_names(catalogue), catalogue.get("style")
    rows = np.flatnonzero(part == words.part)
    place = np.full(len(catalogue), -1)
    place[rows] = np.arange(len(rows))
    whole = np.stack([model.view.open(catalogue.file(int(row))).pixels[0] for row in rows])
    embeddings = model.encoder.encode(whole)
    print(f"{model.name} {model.id}: {len(rows):,} paintings by {len(set(artist[rows]))} {words.part} artists\n")

    kinds = [kind for kind in ("random", "style-matched") if kind in model.decision.calibrations]
    columns = [f"{kind}: {what}" for kind in kinds for what in ("AUC", "one artist called different")]
    print(f"| pixels a side | {' | '.join(columns)} |\n|{'---|' * (1 + len(columns))}")
    for side in SIDES:
        if side > model.view.size:
            continue
        reduced = embeddings if side == model.view.size else model.encoder.encode(as_small(whole, side))
        compared = model.comparison.over(np.concatenate([embeddings, reduced]))
        cells = []
        for kind in kinds:
            pairs = draw_pairs(artist, rows, seed=0, negatives=kind, style=style)  # type: ignore[arg-type]
            scores = compared.rows(place[pairs.first], len(rows) + place[pairs.second]).astype(np.float64)
            lower = model.decision.point(negatives=kind).lower
            # Above this threshold a pair is not called different: of pairs of one artist the others are missed.
            above = np.inf if lower is None else np.nextafter(lower, np.inf)
            figures = PairFigures(pairs, scores, artist, threshold=float(above), calibration=None)
            found = count_figures(figures, resamples=words.resamples).estimates()
            recall = found["recall"]
            missed = f"{1 - recall.value:.3f} [{1 - recall.high:.3f}, {1 - recall.low:.3f}]"
            cells += [f"{found['auc'].value:.3f}", missed]
        print(f"| {side} | {' | '.join(cells)} |", flush=True)

    compared = model.comparison.over(embeddings)
    everyone = np.arange(len(rows))
    square = compared.block(everyone, everyone).astype(np.float64)
    calibration = model.decision.calibration("random")

    def asked(chosen: Rows) -> bool:
        block = square[np.ix_(chosen, chosen)]
        among = float(block.sum() - np.trace(block)) / (len(chosen) * (len(chosen) - 1))
        return bool(set_hands_warnings(among, calibration=calibration, references=len(chosen)))

    print("\n| references | of one artist | each of another | half and half of two |\n|---|---|---|---|")
    for count in COUNTS:
        rng = np.random.default_rng([count, len(rows)])
        cells = []
        for draw in (of_one, of_all, of_two):
            sets = [draw(artist[rows], count, rng) for _ in range(words.draws)]
            cells.append(f"{np.mean([asked(chosen) for chosen in sets]):.3f}")
        print(f"| {count} | {' | '.join(cells)} |", flush=True)


def as_small(pictures: npt.NDArray[np.uint8], side: int) -> npt.NDArray[np.uint8]:
    """Return pictures uint8 (n, s, s, 3) reduced to `side` pixels and enlarged again."""
    size = pictures.shape[1]
    small = (cv2.resize(one, (side, side), interpolation=cv2.INTER_AREA) for one in pictures)
    return np.stack([cv2.resize(one, (size, size), interpolation=cv2.INTER_CUBIC) for one in small])


def of_one(artist: npt.NDArray[np.object_], count: int, rng: np.random.Generator) -> Rows:
    """Draw pictures of one artist who has as many."""
    names, counts = np.unique(artist.astype(str), return_counts=True)
    own = np.flatnonzero(artist == rng.choice(names[counts >= count]))
    return rng.choice(own, count, replace=False)


def of_all(artist: npt.NDArray[np.object_], count: int, rng: np.random.Generator) -> Rows:
    """Draw pictures, each of another artist."""
    names = rng.choice(np.unique(artist.astype(str)), count, replace=False)
    return np.array([rng.choice(np.flatnonzero(artist == name)) for name in names])


def of_two(artist: npt.NDArray[np.object_], count: int, rng: np.random.Generator) -> Rows:
    """Draw pictures, half of them of one artist, half of another."""
    names, counts = np.unique(artist.astype(str), return_counts=True)
    two = rng.choice(names[counts >= count // 2], 2, replace=False)
    halves = [rng.choice(np.flatnonzero(artist == name), count // 2, replace=False) for name in two]
    return np.concatenate(halves)


if __name__ == "__main__":
    main()
