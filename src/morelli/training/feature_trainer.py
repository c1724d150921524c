"""One step of a network over features or maps that are there already: rows are gathered by their numbers, nothing is decoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from morelli.systems.system import Schedule
from morelli.training.criteria import Criterion
from morelli.training.feature_augmentation import mean_loss, mix_triples, worsened
from morelli.training.loop import make_optimiser
from morelli.training.objectives import Loss
from morelli.training.precision import mixed
from morelli.training.sampling import Rows
from morelli.training.trainer import StepSampler, descend, seed_torch
from morelli.training.validation import Validation


@dataclass(frozen=True, eq=False)
class InMemory:
    """Features (m, d) float32 that are all in memory. place (n,): catalogue row -> row of them."""

    features: Tensor
    place: Rows

    def __call__(self, rows: Rows) -> Tensor:
        """Return the features (k, d) of catalogue rows (k,)."""
        return self.features.index_select(0, torch.from_numpy(self.place[rows]))


@dataclass(kw_only=True)
class FeatureTrainer:
    """Everything one step needs. inputs: catalogue rows (k,) -> what the network reads of them, float32 (k, ...).

    Every picture of a step goes through the network once, also where it stands in several pairs. seed: every draw follows from it, the
    epoch and the step. mixed, adversarial: augmentation of triples, as `PairNet` has it.
    """

    schedule: Schedule
    network: nn.Module
    criterion: Criterion
    sampler: StepSampler
    inputs: Callable[[Rows], Tensor]
    device: torch.device
    seed: int
    mixed: float = 0.0
    adversarial: float = 0.0
    optimiser: torch.optim.Optimizer = field(init=False)

    def __post_init__(self) -> None:
        self.network.to(self.device)
        self.optimiser = make_optimiser(self.network, self.schedule)

    @property
    def steps(self) -> int:
        """Steps an epoch."""
        return self.sampler.steps

    def step(self, epoch: int, number: int, *, rate: float) -> tuple[Loss, int]:
        """Do one step; return its loss and how many pictures it looked at. Raises TrainingError for a loss that is no number."""
        drawn = self.sampler.step(epoch, number)
        seed_torch(self.seed, epoch, number)
        features = self._read(drawn.rows.reshape(-1))
        if self.mixed:
            triples = features.view(len(drawn.rows), -1, *features.shape[1:])
            features = mix_triples(triples, share=self.mixed).flatten(0, 1)

        def loss_of(inputs: Tensor) -> Loss:
            with mixed(self.device):
                outputs = self.network(inputs).float()
            return self.criterion.loss(self.network, outputs.chunk(len(drawn.rows)), drawn)

        if self.adversarial:
            plain, moved = worsened(features, loss_of, step=self.adversarial)
            loss = mean_loss(plain, loss_of(moved))
        else:
            loss = loss_of(features)
        descend(self.optimiser, loss, rate=rate, place=f"epoch {epoch + 1}, step {number + 1}")
        return loss, drawn.rows.size

    @torch.inference_mode()
    def validate(self, validation: Validation) -> dict[str, float]:
        """Judge the network as it is, in float32."""
        self.network.eval()
        parts = [self.network(self._read(rows)).float().cpu() for rows in chunks(validation.rows)]
        figures = self.criterion.judge(self.network, torch.cat(parts), validation)
        self.network.train()
        return figures

    def choice(self, figures: Mapping[str, float]) -> float:
        """Return what the best epoch has most of."""
        return self.criterion.choice(figures)

    def _read(self, rows: Rows) -> Tensor:
        return self.inputs(rows).to(self.device)


def chunks(rows: Rows, size: int = 512) -> list[Rows]:
    """Return rows in parts of at most `size`."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]
