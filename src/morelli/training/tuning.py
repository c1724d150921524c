"""Tuning a pretrained backbone with care: all of it moves a little, under a loss that pulls its embeddings to where they were.

A network that is let loose on its artists forgets what tells others apart. Here the start is the frozen backbone with its discriminants,
folded into one linear map; what is minimised is an additive margin softmax over the training artists, plus the distance of each altered
picture's embedding to the embedding that the start has of the unaltered one, plus the difference of the cosines inside a batch
(relational distillation, Park et al. 2019, "Relational knowledge distillation"). Batch statistics stay those of the pretraining.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from morelli.errors import TrainingError
from morelli.protocol.pairs import Pairs
from morelli.systems.networks import Tuning
from morelli.systems.objectives import Copies
from morelli.systems.samplings import BatchSampling
from morelli.systems.system import Schedule
from morelli.training.checkpoint import Progress
from morelli.training.copies import altered
from morelli.training.head_losses import margin_softmax
from morelli.training.loop import Report, run_training
from morelli.training.objectives import Loss
from morelli.training.pixels import Pixels
from morelli.training.precision import mixed
from morelli.training.projected import Projected
from morelli.training.sampling import Rows, Sampler
from morelli.training.trainer import seed_torch
from morelli.training.validation import Validation, embed_rows, to_network

_LOOKED_AT = 500  # training pictures by which it is seen, epoch by epoch, how far the network has moved


class Student(nn.Module):
    """What is tuned: a backbone and its back-end as one network, and one centre a training artist. Pictures -> embeddings (n, d)."""

    def __init__(self, projected: Projected, centres: Tensor) -> None:
        super().__init__()
        self.projected = projected
        self.centres = nn.Parameter(centres)

    def forward(self, pictures: Tensor) -> Tensor:
        """Embed pictures."""
        embeddings: Tensor = self.projected(pictures)
        return embeddings

    def train(self, mode: bool = True) -> Student:
        """Stay in evaluation mode: neither batch statistics nor dropout are of use to a network that moves a little."""
        return super().train(False)


def rates(student: Student, tuning: Tuning) -> list[dict[str, object]]:
    """Return the optimiser's groups: the backbone's parameters, whose rate rises from `early` of the full one at its first layer to all of
    it at its last, the back-end, the centres. Only kernels of the backbone decay.
    """
    backbone = [p for p in student.projected.network.parameters() if p.requires_grad]
    last = max(len(backbone) - 1, 1)
    groups: list[dict[str, object]] = [
        {
            "params": [parameter],
            "share": tuning.early ** (1 - place / last),
            "weight_decay": tuning.weight_decay if parameter.ndim > 1 else 0.0,
        }
        for place, parameter in enumerate(backbone)
    ]
    linear = [*student.projected.means.parameters(), *student.projected.matrices.parameters()]
    groups.append({"params": linear, "share": tuning.linear, "weight_decay": 0.0})
    groups.append({"params": [student.centres], "share": tuning.centres, "weight_decay": 0.0})
    return groups


def tuning_loss(embeddings: Tensor, centres: Tensor, artist: Tensor, start: Tensor, tuning: Tuning) -> Loss:
    """Return the loss of a batch: embeddings (n, d) of altered pictures, artist (n,) int64, start (n, d) of the unaltered ones before."""
    apart = margin_softmax(embeddings, centres, artist, margin=tuning.margin, scale=tuning.scale)
    away = (1 - functional.cosine_similarity(embeddings, start, dim=1)).mean()
    others = ~torch.eye(len(embeddings), dtype=torch.bool, device=embeddings.device)
    now, before = (functional.normalize(one, dim=1) for one in (embeddings, start))
    relations = (now @ now.T - before @ before.T)[others].square().mean()
    value = apart + tuning.pull * away + tuning.relations * relations
    nearest = (functional.normalize(embeddings, dim=1) @ functional.normalize(centres, dim=1).T).argmax(dim=1)
    return Loss(value, (nearest != artist).sum(), len(embeddings), value.detach() * len(embeddings))


def descend_by_shares(optimiser: torch.optim.Optimizer, loss: Loss, *, rate: float, place: str) -> None:
    """Go one step down, every group of parameters at its share of the rate. Raises TrainingError for a loss that is no number."""
    if not torch.isfinite(loss.value):
        raise TrainingError(
            f"{place}: the loss is {loss.value.item()}; lower network.tuning.learning_rate and train anew, without --resume"
        )
    for group in optimiser.param_groups:
        group["lr"] = rate * group["share"]
    optimiser.zero_grad(set_to_none=True)
    loss.value.backward()  # type: ignore[no-untyped-call]
    optimiser.step()


@dataclass(kw_only=True)
class Tuner:
    """Everything one step needs. start (m, d): the embeddings that the pictures had before, by their place in `pixels`; paintings: the
    rows of each artist; seed: every draw follows from it, the epoch and the step.
    """

    tuning: Tuning
    copies: Copies
    network: nn.Module
    pixels: Pixels
    start: Tensor
    paintings: Sequence[Rows]
    device: torch.device
    seed: int
    workers: int = 2
    optimiser: torch.optim.Optimizer = field(init=False)

    def __post_init__(self) -> None:
        self.network.to(self.device).to(memory_format=torch.channels_last)
        self.optimiser = torch.optim.AdamW(rates(self._student, self.tuning), lr=self.tuning.learning_rate, fused=True)
        sampling = BatchSampling(artists=self.tuning.artists, paintings=self.tuning.paintings)
        self.sampler = Sampler(sampling, self.paintings, pair_triplet=True, seed=self.seed)

    @property
    def schedule(self) -> Schedule:
        """How long and how fast; the rate is that of the last layer."""
        return Schedule(
            optimiser="adamw",
            learning_rate=self.tuning.learning_rate,
            epochs=self.tuning.epochs,
            fall="cosine",
            warm_up=self.tuning.warm_up,
        )

    @property
    def steps(self) -> int:
        """Steps an epoch."""
        return self.sampler.steps

    def step(self, epoch: int, number: int, *, rate: float) -> tuple[Loss, int]:
        """Do one step; return its loss and how many pictures it looked at. Raises TrainingError for a loss that is no number."""
        drawn = self.sampler.step(epoch, number)
        seed_torch(self.seed, epoch, number)
        rows = drawn.rows[0]
        assert drawn.artist is not None
        pictures = to_network(self._altered(rows, [self.seed, epoch, number]), self.device)
        with mixed(self.device):
            embeddings = self.network(pictures.contiguous(memory_format=torch.channels_last)).float()
        start = self.start[torch.from_numpy(self.pixels.index[rows])].to(self.device)
        loss = tuning_loss(
            embeddings, self._student.centres, torch.from_numpy(drawn.artist).to(self.device), start, self.tuning
        )
        descend_by_shares(self.optimiser, loss, rate=rate, place=f"epoch {epoch + 1}, step {number + 1}")
        return loss, len(rows)

    @property
    def _student(self) -> Student:
        assert isinstance(self.network, Student)
        return self.network

    def _altered(self, rows: Rows, seed: list[int]) -> np.ndarray:
        pictures = self.pixels.take(rows)

        def alter(place: int) -> np.ndarray:
            rng = np.random.default_rng([*seed, place])
            return altered(pictures[place], self.copies, rng, size=self.tuning.size)

        with ThreadPoolExecutor(self.workers) as pool:
            return np.stack(list(pool.map(alter, range(len(rows)))))

    def validate(self, validation: Validation) -> dict[str, float]:
        """Return `kept`: the mean cosine of what the network makes of some training pictures now and of what it made of them before."""
        now = embed_rows(self.network, self.pixels, validation.rows, device=self.device)
        before = self.start[torch.from_numpy(self.pixels.index[validation.rows])]
        return {"kept": float(functional.cosine_similarity(now, before, dim=1).mean())}

    def choice(self, figures: Mapping[str, float]) -> float:
        """Return the epoch: nothing is chosen, the last one stays."""
        return figures["epoch"]


def artist_centres(start: Tensor, paintings: Sequence[Rows], index: Rows) -> Tensor:
    """Return one centre an artist (k, d), of length one: the mean of the embeddings that their pictures have at the start.

    start (m, d); paintings: the catalogue rows of each artist; index: catalogue row -> row of `start`.
    """
    return torch.stack(
        [functional.normalize(start[torch.from_numpy(index[rows])].mean(dim=0), dim=0) for rows in paintings]
    )


def tune(
    tuner: Tuner,
    *,
    folder: Path,
    identity: str,
    resume: bool = False,
    budget: float | None = None,
    tell: Callable[[Report], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Progress:
    """Tune the tuner's network in place, with checkpoints in `folder`; return how it went. The last epoch's weights are kept."""
    every = np.concatenate(list(tuner.paintings))
    some = every[:: max(1, len(every) // _LOOKED_AT)]
    nothing = np.zeros(0, dtype=np.int64)
    no_pairs = Pairs(nothing, nothing, np.zeros(0, dtype=bool), np.zeros(0, dtype=object))
    validation = Validation(some, no_pairs, nothing.reshape(0, 3))
    return run_training(
        tuner, validation, folder=folder, run=identity, resume=resume, budget=budget, tell=tell, clock=clock
    )
