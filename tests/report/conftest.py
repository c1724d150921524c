"""Synthetic evaluations: made-up artists and scores, no system behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from morelli.protocol.estimate import Estimate
from morelli.protocol.evaluation import Evaluation, FewShot, PairEvaluation, PointEvaluation, Retrieval, SetEvaluation
from morelli.protocol.pairs import Pairs

FIGURES = (
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "f1",
    "auc",
    "eer",
    "triplet_accuracy",
    "triplet_accuracy_of_four",
    "cllr",
    "min_cllr",
    "calibration_loss",
    "ece",
    "brier",
)
RATE = Estimate(value=0.001, low=0.0004, high=0.0312, n_pairs=9000, n_artists=50)
MakeEvaluation = Callable[..., Evaluation]


def synthetic_set(
    rng: np.random.Generator, artist_of: np.ndarray, *, group: str, negatives: str, n: int, separation: float
) -> PairEvaluation:
    """Pairs of rows with normal scores `separation` apart: the true llr is separation * score."""
    same = np.arange(n) % 2 == 0
    first = rng.integers(0, len(artist_of), n)
    second = rng.integers(0, len(artist_of), n)
    similarity = rng.normal(np.where(same, separation / 2, -separation / 2), 1.0)
    labels = np.empty(n, dtype=object)
    labels[:] = "unseen" if group == "unseen" else "seen"
    figures = {}
    for name in FIGURES:
        value = float(rng.uniform(0.6, 0.9))
        figures[name] = Estimate(
            value=value,
            low=value - float(rng.uniform(0.01, 0.03)),
            high=value + float(rng.uniform(0.01, 0.03)),
            n_pairs=n,
            n_artists=76,
        )
    if group == "mix":
        figures["false_accept_rate_cross"] = Estimate(value=0.21, low=0.18, high=0.24, n_pairs=n // 4, n_artists=76)
    return PairEvaluation(
        group=group,
        negatives=negatives,
        pairs=Pairs(first=first, second=second, same=same, group=labels),
        similarity=similarity,
        llr=separation * similarity,
        figures=figures,
        supported=(-2.5, 2.25),
    )


@pytest.fixture(scope="session")
def make_evaluation() -> MakeEvaluation:
    """Returns a function that makes an evaluation; the same arguments give the same one, and all have defaults."""

    def make(
        *,
        artists: Sequence[str] = ("anna", "bela", "çelik", "日本 太郎"),
        paintings_each: int = 4,
        groups: Sequence[str] = ("seen", "unseen", "mix"),
        negatives: Sequence[str] = ("random", "style-matched"),
        n: int = 200,
        root: Path = Path("no-such-folder"),
        system: str = "triplet-cnn",
    ) -> Evaluation:
        rng = np.random.default_rng(20161031)
        artist = np.array([name for name in artists for _ in range(paintings_each)], dtype=object)
        style = np.array(["Realism", "Cubism"] * len(artist), dtype=object)[: len(artist)]
        path = np.array([f"{row // paintings_each}/{row}.jpg" for row in range(len(artist))], dtype=object)
        pairs = [
            synthetic_set(rng, artist, group=group, negatives=kind, n=n, separation=1.5 if kind == "random" else 0.8)
            for group in groups
            for kind in negatives
        ]
        query = np.arange(len(artist), dtype=np.int64)
        neighbours = np.stack([rng.permutation(np.delete(query, row))[:5] for row in query])
        retrieval = [
            Retrieval(
                group=group,
                recall={k: Estimate(value=0.1 * k, low=0.05 * k, high=0.15 * k, n_pairs=len(artist), n_artists=4)
                        for k in (1, 5)},
                query=query,
                neighbours=neighbours,
            )
            for group in groups if group != "mix"
        ]  # fmt: skip
        history = [
            {"epoch": float(epoch), "train_loss": 1 / epoch, "validation_loss": 0.5 + 0.5 / epoch,
             "validation_auc": 0.8 - 0.3 / epoch, "learning_rate": 0.001 if epoch < 5 else 0.0001}
            for epoch in range(1, 9)
        ]  # fmt: skip
        return Evaluation(
            system=system,
            model_id="3f2a77",
            threshold=0.05,
            threshold_from="equal error rate on balanced random pairs of 50 calibration artists",
            pairs=pairs,
            retrieval=retrieval,
            path=path,
            artist=artist,
            style=style,
            root=str(root),
            facts={"catalogue": "16 paintings by 4 artists", "seed": "0"},
            published={"triplet_accuracy_of_four": 0.8928},
            history=history,
            points=[
                PointEvaluation(group=group, negatives=kind, name=name,
                                promised={"false_accept": RATE, "undecided": RATE},
                                measured={"false_accept": replace(RATE, value=0.0021), "undecided": RATE},
                                artist_pairs=11, artists=0)
                for group in groups if group != "mix" for kind in negatives for name in ("balanced", "fpr=0.1%")
            ],
            sets=[
                SetEvaluation(group=group, negatives=kind, references=size,
                              figures={name: replace(RATE, value=0.8 + size / 100) for name in ("auc", "eer", "cllr", "min_cllr")})
                for group in groups if group != "mix" for kind in negatives for size in (2, 8)
            ],
            few_shot=[
                FewShot(group=group, ways=ways, shots=1,
                        accuracy=Estimate(value=0.6 / ways, low=0.4 / ways, high=0.9 / ways, n_pairs=16, n_artists=4))
                for group in groups if group != "mix" for ways in (2, 4)
            ],
        )  # fmt: skip

    return make
