"""What a running training says on standard error."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from morelli.cli.progress import remark, show_time

if TYPE_CHECKING:
    from morelli.training.loop import Report

_FIRST_STEPS = 3  # the first one or two are slower than the rest
_WORTH_TELLING = 60.0  # seconds


_FIGURES = {
    "train_loss": "loss",
    "validation_loss": "validation loss",
    "held_out_loss": "held-out loss",
    "held_out_accuracy": "held-out accuracy",
    "validation_auc": "AUC",
    "validation_triplet_accuracy": "triplets",
}


class TrainingLines:
    """A line when an epoch ends, and now and then between; without a budget also, once, how long the whole will take.

    every: seconds between the lines; budget: seconds, for whoever knows how long it will take.
    """

    def __init__(self, *, every: float = 60.0, budget: float | None = None) -> None:
        self._every = every
        self._last = time.monotonic() - every + 5  # the first after a few seconds
        self._told = budget is not None

    def __call__(self, report: Report) -> None:
        """Say how far the training is, if it is time."""
        now = time.monotonic()
        left = f"{show_time(report.seconds_left)} left"
        if report.finished is not None:
            figures = ", ".join(
                f"{text} {report.finished[n]:.4f}" for n, text in _FIGURES.items() if n in report.finished
            )
            remark(
                f"epoch {report.epoch} of {report.epochs}: {figures}, {report.images_per_second:.1f} pictures/s, {left}"
            )
        elif now - self._last >= self._every:
            if not self._told and report.step >= _FIRST_STEPS and report.seconds_left > _WORTH_TELLING:
                self._told = True
                remark(
                    f"the whole schedule takes about {show_time(report.seconds_left)} from here; --budget TIME shortens it"
                )
            remark(
                f"epoch {report.epoch} of {report.epochs}, step {report.step} of {report.steps}: "
                f"{report.images_per_second:.1f} pictures/s, {left}"
            )
        else:
            return
        self._last = now
