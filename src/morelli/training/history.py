"""The course of a training, as CSV and for TensorBoard."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from morelli.errors import TrainingError
from morelli.files import write_file


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
    write_file(path, history_csv(history), error=TrainingError)


@contextmanager
def tensorboard(folder: Path, *, epoch: int) -> Iterator[Callable[[Mapping[str, float]], None]]:
    """Give a function that adds an epoch's row to the event files of a folder; rows from `epoch` on, of a run cut off, are purged."""
    from torch.utils.tensorboard.writer import SummaryWriter

    with SummaryWriter(str(folder), purge_step=epoch) as writer:

        def write(row: Mapping[str, float]) -> None:
            for name, value in row.items():
                if name != "epoch":
                    writer.add_scalar(name.replace("_", "/", 1), value, int(row["epoch"]))
            writer.flush()

        yield write
