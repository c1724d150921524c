"""One epoch of the siamese net over cached features, beside the same epoch fed by a plain DataLoader.

    python benchmarks/second_stage.py [--triples 79000] [--pictures 79000] [--width 2048] [--plain 4096] [--threads 1]

The net is 2048-512-128 with a head, as the system `xception` has it, batches of 256 triples. The plain way: a Dataset that returns one
triple of rows, the default DataLoader with two workers, the three branches run one after another in float32 as published code does;
--plain triples of it are timed and scaled up. Prints seconds by the clock and of processor time; exits with 1 where our epoch takes
more than 10 s or more than a fifth of the other's. Give it no more threads than there are free cores: each operation waits for all of them.
"""

from __future__ import annotations

import argparse
import sys
import time

import msgspec
import numpy as np
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from embed_folder import spent
from morelli.systems.objectives import PairNet
from morelli.systems.read import read_system
from morelli.systems.samplings import Triples
from morelli.training.criteria import PairCriterion
from morelli.training.feature_trainer import FeatureTrainer, InMemory
from morelli.training.pair_net import PairNetwork
from morelli.training.pair_sampling import TripleSampler

MOST, LEAST = 10.0, 5.0


class TripleRows(Dataset[tuple[torch.Tensor, ...]]):
    """One triple of feature vectors at a time."""

    def __init__(self, features: torch.Tensor, triples: np.ndarray) -> None:
        self.features, self.triples = features, triples

    def __len__(self) -> int:
        return self.triples.shape[1]

    def __getitem__(self, place: int) -> tuple[torch.Tensor, ...]:
        return tuple(self.features[int(row)] for row in self.triples[:, place])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("triples", 79_000), ("pictures", 79_000), ("width", 2048), ("plain", 4096), ("threads", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    words = parser.parse_args()
    torch.set_num_threads(words.threads)
    system = read_system("xception")
    objective, sampling = system.objective, system.sampling
    assert isinstance(objective, PairNet)
    assert isinstance(sampling, Triples)
    features = torch.rand(words.pictures, words.width)
    artists = np.array_split(np.arange(words.pictures), 1584)
    sampling = msgspec.structs.replace(sampling, draws=-(-words.triples // len(artists)))
    trainer = FeatureTrainer(
        schedule=system.schedule,
        network=PairNetwork(objective, width=words.width),
        criterion=PairCriterion(),
        sampler=TripleSampler(sampling, artists, 0),
        inputs=InMemory(features, np.arange(words.pictures)),
        device=torch.device("cpu"),
        seed=0,
    )
    steps = -(-words.triples // sampling.batch)
    trainer.step(1, 0, rate=0.0003)  # kernels are chosen at the first step
    began, before = time.perf_counter(), spent()
    for number in range(steps):
        trainer.step(0, number, rate=0.0003)
    ours = np.array([time.perf_counter() - began, spent() - before])
    print(
        f"ours       {ours[0]:7.1f} s by the clock, {ours[1]:7.1f} s of processor time: {steps} steps of {sampling.batch} triples"
    )

    network = PairNetwork(objective, width=words.width)
    optimiser = torch.optim.Adam(network.parameters(), lr=0.0003)
    triples = trainer.sampler.epoch(0)[:, : words.plain]  # type: ignore[attr-defined]
    loader = DataLoader(TripleRows(features, triples), batch_size=sampling.batch, shuffle=True, num_workers=2)
    began, before = time.perf_counter(), spent()
    for reference, same, different in loader:
        one, two, three = network(reference), network(same), network(different)
        logit = torch.cat([network.head(one, two), network.head(one, three)])
        truth = torch.cat([torch.ones(len(one)), torch.zeros(len(one))])
        optimiser.zero_grad()
        functional.binary_cross_entropy_with_logits(logit, truth).backward()
        optimiser.step()
    plain = np.array([time.perf_counter() - began, spent() - before]) * words.triples / triples.shape[1]
    print(
        f"DataLoader {plain[0]:7.1f} s by the clock, {plain[1]:7.1f} s of processor time, scaled up from {triples.shape[1]:,} triples"
    )
    print(f"ratio      {plain[0] / ours[0]:7.1f} by the clock, {plain[1] / ours[1]:7.1f} of processor time")
    sys.exit(bool(ours[0] > MOST or plain[0] < LEAST * ours[0]))


if __name__ == "__main__":
    main()
