"""What the report's number of epochs does: a siamese net over frozen features, judged after each epoch on pictures that it was trained
on, on other pictures by the same artists, and on artists whom it never saw.

    python benchmarks/more_epochs.py xception PAINTINGS --split splits/paintings.json --weights xception=XCEPTION

The report trains 35 epochs and stops there; this package keeps the epoch that is best on validation artists. Pairs are balanced, negatives
random; the accuracy is at the fixed probability of 0.5, as the report's. Unseen are the validation artists, who choose nothing here. Prints
a Markdown table with 95 % intervals over artists.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import torch

from morelli.catalogue.catalogue import Catalogue
from morelli.cli.options import cache_folder
from morelli.model.calibrate import artist_names
from morelli.protocol.evaluate import evaluate_pairs
from morelli.protocol.pairs import Pairs, draw_pairs
from morelli.protocol.split import Split
from morelli.systems.read import read_system
from morelli.training import feature_pairs
from morelli.training.feature_trainer import FeatureTrainer
from morelli.training.frozen import training_features
from morelli.training.pair_net import PairNetwork, similarity_of_rows
from morelli.training.run import Run
from morelli.training.sampling import rows_by_artist
from morelli.training.validation import Validation, draw_validation

SHOWN = (1, 2, 3, 5, 10, 15, 20, 25, 30, 35)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("system")
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--weights", default="", help="NAME=FILE of the backbone")
    parser.add_argument("--epochs", type=int, default=35)
    words = parser.parse_args()
    catalogue = Catalogue.read(words.catalogue)
    part = Split.from_json(words.split.read_text(), source=str(words.split)).assign(catalogue)
    name, _, file = words.weights.partition("=")
    cache = cache_folder() / "features"
    run = Run(folder=Path(), cache=cache, weights={name: Path(file)} if file else {}, device="cpu")
    system = read_system(words.system, changes=[f"schedule.epochs={words.epochs}"])
    # The pictures of seen artists that are judged have features too, for the asking: they are no part of the training.
    asked = np.where(part == "test-seen", "validation", part)
    extraction = training_features(system, catalogue, asked, run=run).extraction
    names, usable = artist_names(catalogue), extraction.place >= 0
    rows = {where: np.flatnonzero((part == where) & usable) for where in ("train", "test-seen", "validation")}
    pairs = {where: draw_pairs(names, found, seed=1, negatives="random") for where, found in rows.items()}
    features, place = torch.from_numpy(extraction.features), extraction.place
    headings = "pictures trained on | other pictures by the same artists | unseen artists"
    print(f"| epoch | validation loss | {headings} | AUC, unseen |\n|---|---|---|---|---|---|")

    def judged(network: PairNetwork, drawn: Pairs) -> tuple[str, str]:
        first, second = (torch.from_numpy(place[one]) for one in (drawn.first, drawn.second))
        embeddings = torch.cat([network(one).float() for one in torch.split(features, 4096)])
        logits = similarity_of_rows(network.head, embeddings, first, second).double().numpy()
        figures = evaluate_pairs(
            drawn, logits, names, threshold=0.0, calibration=None, group="unseen", negatives="random"
        ).figures
        return str(figures["accuracy"]), str(figures["auc"])

    class Watched(FeatureTrainer):
        """Judges the network after each epoch, beside what is done with it anyhow."""

        epoch = 0

        def validate(self, validation: Validation) -> dict[str, float]:
            found = super().validate(validation)
            self.epoch += 1
            if self.epoch in SHOWN or self.epoch == words.epochs:
                assert isinstance(self.network, PairNetwork)
                self.network.eval()
                with torch.inference_mode():
                    cells = {where: judged(self.network, drawn) for where, drawn in pairs.items()}
                self.network.train()
                accuracies = " | ".join(accuracy for accuracy, _ in cells.values())
                print(
                    f"| {self.epoch} | {found['validation_loss']:.3f} | {accuracies} | {cells['validation'][1]} |",
                    flush=True,
                )
            return found

    feature_pairs.FeatureTrainer = Watched  # type: ignore[misc]
    with tempfile.TemporaryDirectory() as folder:
        settings = Run(folder=Path(folder), cache=Path(folder), device="cpu")
        feature_pairs.train_pairs(
            system,
            features,
            place,
            rows_by_artist(names, rows["train"]),
            draw_validation(names, rows["validation"], seed=0),
            run=settings,
            identity="more epochs",
        )


if __name__ == "__main__":
    main()
