"""The course of a training: what is written is read back by csv, whole or not at all."""

import csv
import io

import pytest

from morelli.errors import TrainingError
from morelli.training.history import history_csv, tensorboard, write_history

ROWS = [
    {"epoch": 1.0, "train_loss": 0.123456789, "validation_auc": 0.5},
    {"epoch": 2.0, "train_loss": 1e-9, "validation_auc": 0.75, "more": -3.0},
]


def test_the_table_is_the_history_to_six_digits():
    text = history_csv(ROWS)
    assert text.splitlines()[0] == "epoch,train_loss,validation_auc,more"
    found = list(csv.DictReader(io.StringIO(text)))
    assert len(found) == len(ROWS)
    for read, row in zip(found, ROWS, strict=True):
        assert {name: float(value) for name, value in read.items() if value} == pytest.approx(row, rel=1e-5)
    assert found[0]["more"] == ""
    assert "\r" not in text


def test_a_history_is_replaced_whole_and_a_place_that_is_none_is_named(tmp_path):
    file = tmp_path / "history.csv"
    write_history(file, ROWS[:1])
    write_history(file, ROWS)
    assert file.read_text(encoding="utf-8") == history_csv(ROWS)
    with pytest.raises(TrainingError, match=r"history\.csv/x\.csv: cannot be written"):
        write_history(file / "x.csv", ROWS)
    assert [path.name for path in tmp_path.iterdir()] == ["history.csv"]


def test_events_after_the_epoch_that_is_taken_up_again_are_purged(tmp_path):
    pytest.importorskip("tensorboard")
    pytest.importorskip("torch")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    def write(*, epoch, rows):
        with tensorboard(tmp_path, epoch=epoch) as write_row:
            for row in rows:
                write_row(row)

    write(epoch=1, rows=[{"epoch": float(k), "validation_auc": k / 10} for k in (1, 2, 3)])
    write(epoch=3, rows=[{"epoch": float(k), "validation_auc": k / 100} for k in (3, 4)])
    events = EventAccumulator(str(tmp_path))
    events.Reload()
    found = {event.step: event.value for event in events.Scalars("validation/auc")}
    assert found == pytest.approx({1: 0.1, 2: 0.2, 3: 0.03, 4: 0.04})
