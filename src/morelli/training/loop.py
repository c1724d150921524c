"""The training loop: steps, validation, checkpoints; taken up again where it was left."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn, optim

from morelli.errors import TrainingError
from morelli.files import writing_file
from morelli.systems.system import Schedule
from morelli.training.checkpoint import BEST, CHECKPOINT, Progress, load_checkpoint, save_checkpoint
from morelli.training.history import tensorboard, write_history
from morelli.training.objectives import Loss
from morelli.training.validation import Validation


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
    cosine = (1 + math.cos(math.pi * min(progress, 1.0))) / 2 if schedule.fall == "cosine" else 1.0
    return schedule.learning_rate * schedule.factor**passed * warm * cosine


def make_optimiser(network: nn.Module, schedule: Schedule) -> optim.Optimizer:
    """Return the schedule's optimiser over a network's parameters; only kernels decay, no bias, scale, shift or slope."""
    kinds: dict[str, Callable[..., optim.Optimizer]] = {"adam": optim.Adam, "adamw": optim.AdamW, "sgd": optim.SGD}
    more: dict[str, Any] = {"momentum": 0.9} if schedule.optimiser == "sgd" else {}
    # One pass over the parameters, not five: a sixth of a step's time at the published batch of four, on a processor.
    more["fused"] = True
    parameters: list[Any] = [p for p in network.parameters() if p.requires_grad]
    if schedule.weight_decay:
        kernels = [p for p in parameters if p.ndim > 1]
        rest = [p for p in parameters if p.ndim <= 1]
        parameters = [{"params": kernels}, {"params": rest, "weight_decay": 0.0}]
    return kinds[schedule.optimiser](parameters, lr=schedule.learning_rate, weight_decay=schedule.weight_decay, **more)


class Learner(Protocol):
    """What the loop drives: a network, its optimiser and its schedule, and how one step and one validation of it are done."""

    network: nn.Module
    optimiser: optim.Optimizer

    @property
    def schedule(self) -> Schedule:
        """How long and how fast."""
        ...

    @property
    def steps(self) -> int:
        """Steps an epoch."""
        ...

    def step(self, epoch: int, number: int, *, rate: float) -> tuple[Loss, int]:
        """Do one step; return its loss and how many pictures it looked at. Raises TrainingError for a loss that is no number."""
        ...

    def validate(self, validation: Validation) -> dict[str, float]:
        """Judge the network as it is; where validation artists are held out, `validation_auc` is among the figures."""
        ...

    def choice(self, figures: Mapping[str, float]) -> float:
        """Return what the best epoch has most of."""
        ...


def run_training(
    trainer: Learner,
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
    trainer: Learner,
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

    schedule, steps = trainer.schedule, trainer.steps
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
        if not progress.best_epoch or trainer.choice(row) > trainer.choice(progress.history[progress.best_epoch - 1]):
            progress.best_auc, progress.best_epoch = row.get("validation_auc", math.nan), progress.epoch + 1
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
