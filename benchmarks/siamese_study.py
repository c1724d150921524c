"""What the siamese net's choices change on artists it never saw: width, depth, merge, regularisation, augmentation of features.

    python benchmarks/siamese_study.py xception PAINTINGS --split splits/paintings.json --weights xception=XCEPTION [--seeds 3] [--epochs 5]

Features are extracted once (kept in the cache), every net is trained on the training artists and judged on the validation artists by the
AUC of its best epoch, chosen on other pairs of the same artists; a row is one change to the system. A figure is the mean similarity of
nets of several seeds, so that a row is not one lucky draw. Prints a Markdown table: AUC against random and style-matched negatives, and
how much more than the first row's, with paired 95 % intervals over artists.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from morelli.catalogue.catalogue import Catalogue
from morelli.cli.options import cache_folder
from morelli.model.calibrate import artist_names
from morelli.protocol.evaluate import evaluate_pairs, paired_difference
from morelli.protocol.pair_figures import PairFigures
from morelli.protocol.pairs import Pairs, draw_pairs
from morelli.protocol.split import Split
from morelli.systems.read import read_system
from morelli.training.feature_pairs import train_pairs
from morelli.training.frozen import training_features
from morelli.training.pair_net import similarity_of_rows
from morelli.training.run import Run
from morelli.training.sampling import rows_by_artist
from morelli.training.validation import draw_validation

ROWS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("as it is: 512, 128; four merges; 64; dropout 0.2", ()),
    ("half as wide: 256, 64", ("objective.branch=[256,64]", "objective.hidden=[32]")),
    ("twice as wide: 1024, 256", ("objective.branch=[1024,256]", "objective.hidden=[128]")),
    ("one layer a branch: 128", ("objective.branch=[128]",)),
    ("three layers a branch: 512, 256, 128", ("objective.branch=[512,256,128]",)),
    ("no branch: the features themselves are merged", ("objective.branch=[]", "objective.hidden=[128]")),
    ("merge: concatenate", ('objective.merge=["concatenate"]',)),
    ("merge: product", ('objective.merge=["product"]',)),
    ("merge: absolute difference", ('objective.merge=["absolute-difference"]',)),
    ("merge: squared difference", ('objective.merge=["squared-difference"]',)),
    ("no dropout", ("objective.dropout=0",)),
    ("dropout 0.5", ("objective.dropout=0.5",)),
    ("weight decay 0.01 (AdamW)", ("schedule.weight_decay=0.01",)),
    ("mixtures of artists: half of the triples", ("objective.mixed=0.5",)),
    ("adversarial steps of 0.05", ("objective.adversarial=0.05",)),
    ("adversarial steps of 0.2", ("objective.adversarial=0.2",)),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("system")
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--weights", default="", help="NAME=FILE of the backbone")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, help="of every net, instead of the system's")
    parser.add_argument("--only", default="", help="rows whose name holds this, beside the first")
    words = parser.parse_args()
    catalogue = Catalogue.read(words.catalogue)
    part = Split.from_json(words.split.read_text(), source=str(words.split)).assign(catalogue)
    name, _, file = words.weights.partition("=")
    run = Run(
        folder=Path(), cache=cache_folder() / "features", weights={name: Path(file)} if file else {}, device="cpu"
    )
    extraction = training_features(read_system(words.system), catalogue, part, run=run).extraction
    names, style = artist_names(catalogue), catalogue.get("style")
    usable = extraction.place >= 0
    paintings = rows_by_artist(names, np.flatnonzero((part == "train") & usable))
    held = np.flatnonzero((part == "validation") & usable)
    validation = draw_validation(names, held, seed=0)
    judged = {
        kind: draw_pairs(names, held, seed=1, negatives=kind, style=style) for kind in ("random", "style-matched")
    }
    features = torch.from_numpy(extraction.features)
    print("| change | AUC, random | more than the first | AUC, style-matched | more than the first | seconds a net |")
    print("|---|---|---|---|---|---|")
    base: dict[str, PairFigures] = {}
    for label, changes in ROWS:
        if base and words.only not in label:
            continue
        began = time.monotonic()
        shorter = () if words.epochs is None else (f"schedule.epochs={words.epochs}",)
        changed = read_system(words.system, changes=[*changes, *shorter])
        total = {kind: np.zeros(len(pairs)) for kind, pairs in judged.items()}
        for seed in range(words.seeds):
            with tempfile.TemporaryDirectory() as folder:
                settings = Run(folder=Path(folder), cache=Path(folder), seed=seed, device="cpu")
                net = train_pairs(
                    changed, features.clone(), extraction.place, paintings, validation, run=settings, identity="study"
                )
            embeddings = net.embed(features)
            for kind, pairs in judged.items():
                total[kind] += similarity(net.network.head, embeddings, pairs, extraction.place)
        cells = []
        for kind, pairs in judged.items():
            found = evaluate_pairs(
                pairs, total[kind], names, threshold=0.0, calibration=None, group="unseen", negatives=kind
            ).figures["auc"]
            figures = PairFigures(pairs, total[kind], names, threshold=0.0, calibration=None)
            more = paired_difference(figures, base.setdefault(kind, figures))["auc"]
            cells += [
                f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]",
                "–" if base[kind] is figures else f"{more.value:+.3f} [{more.low:+.3f}, {more.high:+.3f}]",
            ]
        print(f"| {label} | {' | '.join(cells)} | {(time.monotonic() - began) / words.seeds:.0f} |", flush=True)


def similarity(head: torch.nn.Module, embeddings: torch.Tensor, pairs: Pairs, place: np.ndarray) -> np.ndarray:
    first, second = (torch.from_numpy(place[rows]) for rows in (pairs.first, pairs.second))
    return similarity_of_rows(head, embeddings, first, second).double().numpy()


if __name__ == "__main__":
    main()
