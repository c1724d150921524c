"""A training of one or several phases: each with checkpoints of its own, the budget shared out, one history of all."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch

from morelli.training.checkpoint import CHECKPOINT, Progress
from morelli.training.loop import Learner, run_training
from morelli.training.run import Run
from morelli.training.validation import Validation


def processor_time() -> float:
    """Return the seconds that this process has had of as many cores as torch uses: on a machine without other work, those of the clock."""
    return time.process_time() / torch.get_num_threads()


def train_on(learner: Learner, validation: Validation, *, run: Run, identity: str) -> Progress:
    """Train one phase in the run's folder, taken up where it was left if the run says so; the best weights are in it afterwards."""
    if run.resume and not (run.folder / CHECKPOINT).exists():
        run.remark(f"{run.folder / CHECKPOINT}: nothing to resume; the training starts anew")
    return run_training(
        learner,
        validation,
        folder=run.folder,
        run=identity,
        resume=run.resume,
        budget=run.budget,
        tell=run.tell,
        clock=processor_time if run.clock == "processor" else time.monotonic,
    )


def phase(run: Run, name: str, *, left: int, before: Sequence[Progress], seed: int | None = None) -> Run:
    """Return the run of one phase: a folder of its own in the run's, and its share of what the phases before left of the budget.

    left: phases that are still to be done, this one among them.
    """
    budget = run.budget
    if budget is not None:
        budget = max(budget - sum(progress.seconds for progress in before), 1.0) / left
    return replace(run, folder=run.folder / name, budget=budget, seed=run.seed if seed is None else seed)


def mark_chosen(progress: Progress) -> list[dict[str, float]]:
    """Return a phase's history with 1 as `chosen` in the epoch whose weights were kept."""
    return [
        {**row, "chosen": 1.0} if number == progress.best_epoch else dict(row)
        for number, row in enumerate(progress.history, 1)
    ]


def join_histories(histories: Sequence[Sequence[Mapping[str, float]]], column: str) -> list[dict[str, float]]:
    """Return one history of several phases: epochs count on, `column` says which phase. That of one phase alone is as it was.

    >>> join_histories([[{"epoch": 1.0}], [{"epoch": 1.0}]], "stage")
    [{'epoch': 1.0, 'stage': 1.0}, {'epoch': 2.0, 'stage': 2.0}]
    """
    if len(histories) == 1:
        return [dict(row) for row in histories[0]]
    joined: list[dict[str, float]] = []
    for number, history in enumerate(histories, 1):
        joined += [
            {**row, "epoch": float(len(joined) + epoch), column: float(number)} for epoch, row in enumerate(history, 1)
        ]
    return joined


def phase_facts(progresses: Sequence[Progress], epochs: Sequence[int], run: Run) -> dict[str, str]:
    """Return in words how long each phase went on, how well it did, and what it was given. epochs: of each phase's schedule."""
    return {
        "epochs": "; ".join(
            f"{one.epoch} of {whole}, the best: {one.best_epoch}" for one, whole in zip(progresses, epochs, strict=True)
        ),
        "validation AUC": "; ".join(f"{one.best_auc:.4f}" for one in progresses)
        + " at the best epoch (random negatives)",
        "budget": "none" if run.budget is None else f"{run.budget:.0f} s",
        "time": f"{sum(one.seconds for one in progresses):.0f} s, {torch.get_num_threads()} threads",
    }
