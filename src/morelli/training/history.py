"""The course of a training, as CSV and for TensorBoard."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path


def history_csv(history: Sequence[Mapping[str, float]]) -> str:
    """Return one line an epoch under a heading; a column that an epoch lacks stays empty."""
    names = list(dict.fromkeys(name for row in history for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: f"{value:.6g}" for name, value in row.items()} for row in history)
    return text.getvalue()


def write_history(path: Path, history: Sequence[Mapping[str, float]]) -> None:
    """Write the history as CSV, aside and then renamed."""
    aside = path.with_suffix(".part")
    aside.write_text(history_csv(history), encoding="utf-8")
    aside.replace(path)


def write_tensorboard(folder: Path, row: Mapping[str, float]) -> None:
    """Add one epoch to the event files of a folder."""
    from torch.utils.tensorboard.writer import SummaryWriter

    with SummaryWriter(str(folder)) as writer:
        for name, value in row.items():
            if name != "epoch":
                writer.add_scalar(name.replace("_", "/", 1), value, int(row["epoch"]))
