"""What a running training says, and when."""

import pytest

pytest.importorskip("torch")

from morelli.cli import training_lines as module
from morelli.cli.training_lines import TrainingLines
from morelli.training.loop import Report


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def report(step, *, left=7200.0, finished=None):
    return Report(
        epoch=2, epochs=60, step=step, steps=500, images_per_second=17.25, seconds_left=left, finished=finished
    )


def test_lines_come_after_five_seconds_then_every_minute(clock, capsys):
    tell = TrainingLines(budget=60.0)
    said = []
    for second in range(130):
        clock[0] += 1
        tell(report(second))
        if line := capsys.readouterr().err:
            said.append((second + 1, line))
    assert [second for second, _ in said] == [5, 65, 125]
    assert said[0][1] == "epoch 2 of 60, step 4 of 500: 17.2 pictures/s, 2 h 00 min left\n"


@pytest.mark.parametrize(
    ("budget", "left", "times"), [(None, 7200.0, 1), (None, 30.0, 0), (None, float("nan"), 0), (60.0, 7200.0, 0)]
)
def test_how_long_the_whole_takes_is_said_once_and_only_to_whom_it_is_news(clock, capsys, budget, left, times):
    tell = TrainingLines(budget=budget)
    for second in range(200):
        clock[0] += 1
        tell(report(second, left=left))
    said = capsys.readouterr().err
    assert said.count("the whole schedule takes about 2 h 00 min from here; --budget TIME shortens it") == times


def test_the_first_steps_which_are_slower_are_not_taken_for_the_rest(clock, capsys):
    tell = TrainingLines(every=1.0)
    for step in (1, 2, 3):
        clock[0] += 10
        tell(report(step))
        assert ("whole schedule" in capsys.readouterr().err) == (step == 3)


def test_an_epoch_that_is_finished_is_always_told_with_its_figures(clock, capsys):
    row = {"train_loss": 0.5, "validation_loss": 0.25, "validation_auc": 0.75, "validation_triplet_accuracy": 0.8125}
    TrainingLines()(report(500, finished=row))
    assert capsys.readouterr().err == (
        "epoch 2 of 60: loss 0.5000, validation loss 0.2500, AUC 0.7500, triplets 0.8125, 17.2 pictures/s, 2 h 00 min left\n"
    )
