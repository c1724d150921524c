"""The training loop: steps, validation, checkpoints; taken up again where it was left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn, optim

from morelli.errors import TrainingError
from morelli.files import writing_file
from morelli.systems.objectives import Siamese
from morelli.systems.system import Schedule, System
from morelli.training.augmentation import augment
from morelli.training.checkpoint import CHECKPOINT, Progress, load_checkpoint, save_checkpoint
from morelli.training.history import tensorboard, write_history
from morelli.training.objectives import (
    Loss,
    batch_contrastive_loss,
    batch_triplet_loss,
    contrastive_loss,
    mean_squared_distance,
    triplet_loss,
)
from morelli.training.pixels import Pixels
from morelli.training.sampling import Sampler, Step
from morelli.training.validation import Validation, to_network, validate

BEST = "best.safetensors"


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a running training tells: the epoch (from 1) of epochs, the step of steps, and the figures of a finished epoch."""

    epoch: int
    epochs: int
    step: int
    steps: int
    images_per_second: float
    seconds_left: float
    finished: dict[str, float] | None = None


def learning_rate(schedule: Schedule, *, progress: float) -> float:
    """Return the rate after a share `progress` of the schedule: the steps are shares of its epochs, so that a budget scales them."""
    epoch = progress * schedule.epochs
    passed = sum(epoch >= step for step in schedule.steps)
    warm = min(1.0, 0.1 + 0.9 * epoch / schedule.warm_up) if schedule.warm_up else 1.0
    return schedule.learning_rate * schedule.factor**passed * warm


def make_optimiser(network: nn.Module, schedule: Schedule) -> optim.Optimizer:
    """Return the schedule's optimiser over a network's parameters."""
    kinds: dict[str, Callable[..., optim.Optimizer]] = {"adam": optim.Adam, "adamw": optim.AdamW, "sgd": optim.SGD}
    more: dict[str, Any] = {"momentum": 0.9} if schedule.optimiser == "sgd" else {}
    # One pass over the parameters, not five: a sixth of a step's time at the published batch of four, on a processor.
    more["fused"] = True
    return kinds[schedule.optimiser](
        network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay, **more
    )


@dataclass(kw_only=True)
class Trainer:
    """Everything one step needs. seed: every draw follows from it, the epoch and the step."""

    system: System
    network: nn.Module
    sampler: Sampler
    pixels: Pixels
    device: torch.device
    seed: int

    def __post_init__(self) -> None:
        self.network.to(self.device).to(memory_format=torch.channels_last)
        self.optimiser = make_optimiser(self.network, self.system.schedule)

    def step(self, epoch: int, number: int, *, rate: float) -> tuple[Loss, int]:
        """Do one step; return its loss and how many pictures it encoded. Raises TrainingError for a loss that is no number."""
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        drawn = self.sampler.step(epoch, number)
        # Dropout follows from the step too, and a run that is taken up again draws what it would have drawn.
        torch.manual_seed(int(np.random.default_rng([self.seed, epoch, number, 1]).integers(2**63 - 1)))
        rng = np.random.default_rng([self.seed, epoch, number, 2])
        embeddings = []
        for rows in drawn.rows:
            pictures = augment(to_network(self.pixels.take(rows), self.device), self.system.augmentation, rng)
            with torch.autocast(self.device.type, torch.bfloat16):
                embeddings.append(self.network(pictures.contiguous(memory_format=torch.channels_last)).float())
        loss = self._loss(drawn, embeddings)
        if not torch.isfinite(loss.value):
            raise TrainingError(
                f"epoch {epoch + 1}, step {number + 1}: the loss is {loss.value.item()}; "
                f"lower schedule.learning_rate (now {rate:g}) and train from the last checkpoint with --resume"
            )
        self.optimiser.zero_grad(set_to_none=True)
        loss.value.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        return loss, drawn.rows.size

    def _loss(self, drawn: Step, embeddings: list[torch.Tensor]) -> Loss:
        objective = self.system.objective
        assert isinstance(objective, Siamese)
        if drawn.artist is not None:
            batch_loss = batch_triplet_loss if objective.pair_triplet else batch_contrastive_loss
            return batch_loss(embeddings[0], torch.from_numpy(drawn.artist).to(self.device), margin=objective.margin)
        if drawn.different is not None:
            different = torch.from_numpy(drawn.different).to(self.device)
            return contrastive_loss(mean_squared_distance(*embeddings), different, margin=objective.margin)
        anchor, positive, negative = embeddings
        near, far = mean_squared_distance(anchor, positive), mean_squared_distance(anchor, negative)
        return triplet_loss(near, far, margin=objective.margin)

    def validate(self, validation: Validation) -> dict[str, float]:
        """Judge the network as it is on validation artists."""
        objective = self.system.objective
        assert isinstance(objective, Siamese)
        return validate(
            self.network,
            self.pixels,
            validation,
            pair_triplet=objective.pair_triplet,
            margin=objective.margin,
            device=self.device,
        )


def run_training(
    trainer: Trainer,
    validation: Validation,
    *,
    folder: Path,
    run: str,
    resume: bool,
    budget: float | None = None,
    tell: Callable[[Report], None] | None = None,
    checkpoint_every: float = 300.0,
    clock: Callable[[], float] = time.monotonic,
) -> Progress:
    """Train until the schedule ends, the budget (seconds) is spent or patience is at its end; load the best weights back.

    folder: where checkpoint, best weights, `history.csv` and TensorBoard's events are kept. run: what the run is made of, for the
    checkpoint. clock: what the budget is measured by. Without a budget a run that was killed and resumed has the history of one that
    was not (on the CPU).
    """
    folder.mkdir(parents=True, exist_ok=True)
    progress = Progress()
    if resume and (folder / CHECKPOINT).exists():
        progress = load_checkpoint(folder / CHECKPOINT, run=run, network=trainer.network, optimiser=trainer.optimiser)
        if progress.best_epoch:
            _load_weights(folder / BEST, run=run)  # said before the training, not after it
    with tensorboard(folder / "tensorboard", epoch=progress.epoch + 1) as write_events:
        _epochs(
            trainer,
            validation,
            progress,
            folder=folder,
            run=run,
            budget=budget,
            tell=tell or (lambda report: None),
            checkpoint_every=checkpoint_every,
            clock=clock,
            write_events=write_events,
        )
    if progress.best_epoch:
        trainer.network.load_state_dict(_load_weights(folder / BEST, run=run))
    return progress


def _epochs(
    trainer: Trainer,
    validation: Validation,
    progress: Progress,
    *,
    folder: Path,
    run: str,
    budget: float | None,
    tell: Callable[[Report], None],
    checkpoint_every: float,
    clock: Callable[[], float],
    write_events: Callable[[dict[str, float]], None],
) -> None:
    """Go through the epochs that are left; `progress` says how far it is, at every moment."""

    def save() -> None:
        save_checkpoint(
            folder / CHECKPOINT, run=run, network=trainer.network, optimiser=trainer.optimiser, progress=progress
        )

    def share() -> float:
        """Return how much of the schedule or of the budget is used, whichever is more."""
        done = (progress.epoch + progress.step / steps) / schedule.epochs
        return done if budget is None else max(done, progress.seconds / budget)

    def seconds_left() -> float:
        used = share()
        return max(0.0, progress.seconds * (1 - used) / used) if used else float("nan")

    schedule, steps = trainer.system.schedule, trainer.sampler.steps
    start, saved = clock() - progress.seconds, time.monotonic()
    trainer.network.train()
    while share() < 1 and not _patience_ended(schedule, progress):
        began, images = time.monotonic(), 0
        while progress.step < steps and share() < 1:
            rate = learning_rate(schedule, progress=share())
            loss, encoded = trainer.step(progress.epoch, progress.step, rate=rate)
            images += encoded
            progress.step += 1
            progress.seconds = clock() - start
            _add(
                progress.sums,
                loss=float(loss.total.detach()),
                active=int(loss.active),
                examples=loss.examples,
                images=encoded,
            )
            tell(_report(progress, schedule, steps, images / (time.monotonic() - began), seconds_left()))
            if time.monotonic() - saved > checkpoint_every:
                save()
                saved = time.monotonic()
        speed = images / max(time.monotonic() - began, 1e-9)
        row = {
            "epoch": float(progress.epoch + 1),
            "learning_rate": learning_rate(schedule, progress=max(0.0, share() - 1e-9)),
            "train_loss": progress.sums["loss"] / max(progress.sums["examples"], 1),
            "active_share": progress.sums["active"] / max(progress.sums["examples"], 1),
            "images": progress.sums["images"],
            **trainer.validate(validation),
        }
        if row["validation_auc"] > progress.best_auc:
            progress.best_auc, progress.best_epoch = row["validation_auc"], progress.epoch + 1
            _save_weights(folder / BEST, trainer.network, run=run)
        progress.seconds = clock() - start
        progress.history.append(row)
        progress.epoch, progress.step, progress.sums = progress.epoch + 1, 0, {}
        save()
        saved = time.monotonic()
        write_history(folder / "history.csv", progress.history)
        write_events(row | {"images_per_second": speed, "seconds": progress.seconds})
        tell(_report(progress, schedule, steps, speed, seconds_left(), finished=row))


def _patience_ended(schedule: Schedule, progress: Progress) -> bool:
    return schedule.patience is not None and progress.epoch - progress.best_epoch >= schedule.patience


def _add(sums: dict[str, float], **values: float) -> None:
    for name, value in values.items():
        sums[name] = sums.get(name, 0.0) + value


def _save_weights(path: Path, network: nn.Module, *, run: str) -> None:
    weights = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    with writing_file(path, error=TrainingError) as aside:
        try:
            save_file(weights, aside, metadata={"run": run})
        except SafetensorError as err:  # a full disk, among others
            raise TrainingError(f"{path}: the best weights cannot be written ({err}); free space") from err


def _load_weights(path: Path, *, run: str) -> dict[str, torch.Tensor]:
    """Return the best weights of this run. Raises TrainingError where they are missing, damaged or of another run."""
    try:
        with safe_open(path, framework="pt") as file:
            other = (file.metadata() or {}).get("run")
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    except (OSError, SafetensorError) as err:
        raise TrainingError(f"{path}: the best weights cannot be read ({err}); train without --resume") from err
    if other != run:
        raise TrainingError(f"{path}: these weights are of another run; train without --resume")
    return weights


def _report(
    progress: Progress,
    schedule: Schedule,
    steps: int,
    speed: float,
    left: float,
    *,
    finished: dict[str, float] | None = None,
) -> Report:
    epoch = progress.epoch + (finished is None)
    return Report(
        epoch=epoch,
        epochs=schedule.epochs,
        step=progress.step if finished is None else steps,
        steps=steps,
        images_per_second=speed,
        seconds_left=left,
        finished=finished,
    )
