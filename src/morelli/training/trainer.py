"""One step of a network of pictures: draw, augment, encode, loss, optimise; and how it does on validation artists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import nn

from morelli.errors import TrainingError
from morelli.systems.system import Schedule, System
from morelli.training.augmentation import augment
from morelli.training.criteria import Criterion
from morelli.training.loop import make_optimiser
from morelli.training.objectives import Loss
from morelli.training.pixels import Pixels
from morelli.training.precision import mixed
from morelli.training.sampling import Rows, Step
from morelli.training.validation import Validation, embed_rows, to_network


class StepSampler(Protocol):
    """What draws the steps of an epoch. paintings: the rows of each training artist; steps: an epoch."""

    @property
    def paintings(self) -> Sequence[Rows]:
        """The rows of each training artist."""
        ...

    @property
    def steps(self) -> int:
        """Steps an epoch."""
        ...

    def step(self, epoch: int, number: int) -> Step:
        """Draw one step."""
        ...


@dataclass(kw_only=True)
class Trainer:
    """Everything one step needs. seed: every draw follows from it, the epoch and the step."""

    system: System
    network: nn.Module
    criterion: Criterion
    sampler: StepSampler
    pixels: Pixels
    device: torch.device
    seed: int

    def __post_init__(self) -> None:
        self.network.to(self.device).to(memory_format=torch.channels_last)
        self.optimiser = make_optimiser(self.network, self.system.schedule)

    @property
    def schedule(self) -> Schedule:
        """How long and how fast."""
        return self.system.schedule

    @property
    def steps(self) -> int:
        """Steps an epoch."""
        return self.sampler.steps

    def step(self, epoch: int, number: int, *, rate: float) -> tuple[Loss, int]:
        """Do one step; return its loss and how many pictures it encoded. Raises TrainingError for a loss that is no number."""
        drawn = self.sampler.step(epoch, number)
        seed_torch(self.seed, epoch, number)
        rng = np.random.default_rng([self.seed, epoch, number, 2])
        outputs = []
        for rows in drawn.rows:
            pictures = augment(to_network(self.pixels.take(rows), self.device), self.system.augmentation, rng)
            with mixed(self.device):
                outputs.append(self.network(pictures.contiguous(memory_format=torch.channels_last)).float())
        loss = self.criterion.loss(self.network, outputs, drawn)
        descend(self.optimiser, loss, rate=rate, place=f"epoch {epoch + 1}, step {number + 1}")
        return loss, drawn.rows.size

    def validate(self, validation: Validation) -> dict[str, float]:
        """Judge the network as it is on validation artists."""
        outputs = embed_rows(self.network, self.pixels, validation.rows, device=self.device)
        return self.criterion.judge(self.network, outputs, validation)

    def choice(self, figures: Mapping[str, float]) -> float:
        """Return what the best epoch has most of."""
        return self.criterion.choice(figures)


def seed_torch(seed: int, epoch: int, number: int) -> None:
    """Seed what torch draws in a step: dropout too must be what it would have been when a run is taken up again."""
    torch.manual_seed(int(np.random.default_rng([seed, epoch, number, 1]).integers(2**63 - 1)))


def descend(optimiser: torch.optim.Optimizer, loss: Loss, *, rate: float, place: str) -> None:
    """Go one step down. Raises TrainingError for a loss that is no number; `place` names it."""
    if not torch.isfinite(loss.value):
        raise TrainingError(
            f"{place}: the loss is {loss.value.item()}; "
            f"lower schedule.learning_rate (now {rate:g}) and train anew, without --resume"
        )
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.zero_grad(set_to_none=True)
    loss.value.backward()  # type: ignore[no-untyped-call]
    optimiser.step()
