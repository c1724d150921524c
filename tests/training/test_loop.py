"""The loop on a made-up catalogue: it learns, it can be killed and taken up, it leaves whole files or none."""

import subprocess
import sys
import time
from dataclasses import replace

import msgspec
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.catalogue.catalogue import Catalogue  # noqa: E402
from morelli.errors import TrainingError  # noqa: E402
from morelli.protocol.split import make_split  # noqa: E402
from morelli.systems.read import read_system  # noqa: E402
from morelli.systems.system import Schedule  # noqa: E402
from morelli.training.end_to_end import prepare_trainer  # noqa: E402
from morelli.training.loop import BEST, CHECKPOINT, learning_rate, run_training  # noqa: E402
from morelli.training.run import Run, run_identity  # noqa: E402

TINY = (
    "view.size=32",
    "network.embedding=8",
    "network.blocks=[{convolutions=1,channels=4},{convolutions=1,channels=8}]",
    "sampling.artists=4",
    "sampling.paintings=3",
    "schedule.epochs=3",
    "schedule.steps=[2]",
)


@pytest.fixture
def prepared(studio_folder, tmp_path):
    catalogue = Catalogue.read(studio_folder)
    part = make_split(catalogue, shares=(0.4, 0.2, 0.2, 0.2)).assign(catalogue)
    run = Run(folder=tmp_path / "run", cache=tmp_path / "cache", device="cpu")

    def prepare(*changes):
        system = read_system("demo-cnn", changes=[*TINY, *changes])
        trainer, validation, _ = prepare_trainer(system, catalogue, part, run)
        return trainer, validation, run_identity(system, catalogue, part, run.seed)

    return prepare


def test_the_rate_steps_at_shares_of_the_schedule():
    schedule = Schedule(learning_rate=1.0, epochs=60, steps=(11, 25, 40), factor=0.1)
    rates = [learning_rate(schedule, progress=epoch / 60) for epoch in (0, 10.9, 11, 24.9, 25, 40, 59)]
    assert rates == pytest.approx([1, 1, 0.1, 0.1, 0.01, 0.001, 0.001])
    warm = replace_schedule(schedule, warm_up=2.0)
    assert [learning_rate(warm, progress=e / 60) for e in (0, 1, 2)] == pytest.approx([0.1, 0.55, 1.0])


def test_the_rate_falls_along_a_half_cosine():
    schedule = Schedule(learning_rate=2.0, epochs=10, fall="cosine")
    rates = [learning_rate(schedule, progress=share) for share in (0, 0.25, 0.5, 0.75, 1)]
    assert rates == pytest.approx([2, 1 + 0.5**0.5, 1, 1 - 0.5**0.5, 0])


def replace_schedule(schedule, **changes):
    return msgspec.structs.replace(schedule, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        (),
        ("sampling.kind=published",),
        ("sampling.kind=published", "objective.pair_triplet=false"),
        ("objective.pair_triplet=false",),
    ],
)
def test_a_training_that_is_killed_and_resumed_has_the_same_history(prepared, tmp_path, changes):
    trainer, validation, run = prepared(*changes)
    whole = run_training(trainer, validation, folder=tmp_path / "whole", run=run, resume=False)
    assert len(whole.history) == 3

    class KilledError(Exception):
        pass

    for stop_at in (2, 7):  # inside the first epoch, and later
        trainer, validation, run = prepared(*changes)
        folder = tmp_path / f"killed-{stop_at}"
        count = 0

        def kill(report, stop_at=stop_at):
            nonlocal count
            count += 1
            if count == stop_at:
                raise KilledError

        with pytest.raises(KilledError):
            run_training(trainer, validation, folder=folder, run=run, resume=False, tell=kill, checkpoint_every=0)
        trainer, validation, run = prepared(*changes)
        resumed = run_training(trainer, validation, folder=folder, run=run, resume=True)
        assert resumed.history == whole.history
        assert (folder / "history.csv").read_text() == (tmp_path / "whole" / "history.csv").read_text()


def test_a_killed_process_leaves_only_whole_files(studio_folder, tmp_path):
    """A real kill, at any moment: what is there afterwards is whole and is taken up."""
    words = [
        sys.executable,
        "-m",
        "morelli",
        "train",
        "demo-cnn",
        str(studio_folder),
        "--out",
        str(tmp_path / "model"),
        "--resume",
    ]
    for change in (*TINY, "schedule.epochs=400"):
        words += ["--set", change]
    environment = {**__import__("os").environ, "MORELLI_CACHE": str(tmp_path / "cache")}
    process = subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    checkpoint = tmp_path / "model.training" / CHECKPOINT
    deadline = time.monotonic() + 120
    while not checkpoint.exists() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert checkpoint.exists()
    assert not (tmp_path / "model").exists()
    state = torch.load(checkpoint, weights_only=True)
    assert set(state) == {"run", "progress", "network", "optimiser"}


def test_a_budget_ends_the_run_and_scales_the_steps(prepared, tmp_path):
    trainer, validation, run = prepared("schedule.epochs=100000", "schedule.steps=[50000]")
    began = time.monotonic()
    done = run_training(trainer, validation, folder=tmp_path / "b", run=run, resume=False, budget=1.5)
    assert 1.5 <= time.monotonic() - began < 8
    assert done.history[-1]["learning_rate"] == pytest.approx(1e-4)
    assert done.history[0]["learning_rate"] == pytest.approx(1e-3)


def test_patience_stops_and_the_best_weights_come_back(prepared, tmp_path):
    trainer, validation, run = prepared("schedule.epochs=50", "schedule.patience=2")
    done = run_training(trainer, validation, folder=tmp_path / "p", run=run, resume=False)
    assert len(done.history) < 50
    assert len(done.history) - done.best_epoch == 2
    best = max(done.history, key=lambda row: row["validation_auc"])
    assert best["epoch"] == done.best_epoch
    assert trainer.validate(validation)["validation_auc"] == best["validation_auc"]


def test_a_loss_that_is_no_number_stops_with_its_place(prepared, tmp_path):
    trainer, validation, run = prepared()
    trainer.system = msgspec.structs.replace(
        trainer.system, schedule=replace_schedule(trainer.system.schedule, learning_rate=1e30)
    )
    with pytest.raises(TrainingError, match=r"epoch 1, step \d+: the loss is nan; lower schedule.learning_rate"):
        run_training(trainer, validation, folder=tmp_path / "n", run=run, resume=False)


@pytest.mark.parametrize("harm", ["missing", "truncated", "of another run"])
def test_best_weights_that_are_not_this_run_s_are_refused(prepared, tmp_path, harm):
    trainer, validation, run = prepared()
    run_training(trainer, validation, folder=tmp_path / "x", run=run, resume=False)
    best = tmp_path / "x" / BEST
    data = best.read_bytes()
    best.unlink()
    if harm == "truncated":
        best.write_bytes(data[: len(data) // 2])
    if harm == "of another run":
        run_training(trainer, validation, folder=tmp_path / "y", run="other", resume=False)
        (tmp_path / "y" / BEST).replace(best)
    trainer, validation, run = prepared()
    with pytest.raises(TrainingError, match=r"best\.safetensors: .*train without --resume"):
        run_training(trainer, validation, folder=tmp_path / "x", run=run, resume=True)


def test_history_goes_to_tensorboard(prepared, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    trainer, validation, run = prepared()
    done = run_training(trainer, validation, folder=tmp_path / "t", run=run, resume=False)
    events = EventAccumulator(str(tmp_path / "t" / "tensorboard"))
    events.Reload()
    wanted = [row["validation_auc"] for row in done.history]
    assert [e.value for e in events.Scalars("validation/auc")] == pytest.approx(wanted)
    assert np.isfinite([e.value for e in events.Scalars("train/loss")]).all()


def test_too_few_artists_are_said(studio_folder, tmp_path):
    catalogue = Catalogue.read(studio_folder)
    part = make_split(catalogue, shares=(0.4, 0.2, 0.2, 0.2)).assign(catalogue)
    few = set(sorted(set(catalogue.artist[part == "train"]))[:3])
    part = np.array(
        [p if p != "train" or a in few else "set-aside" for p, a in zip(part, catalogue.artist, strict=True)],
        dtype=object,
    )
    run = Run(folder=tmp_path / "run", cache=tmp_path / "cache", device="cpu")
    with pytest.raises(TrainingError, match=r"3 training artists .* 4 are the least"):
        prepare_trainer(read_system("demo-cnn", changes=list(TINY)), catalogue, part, run)
    with pytest.raises(TrainingError, match="cannot be used here"):
        prepare_trainer(
            read_system("demo-cnn", changes=list(TINY)),
            catalogue,
            make_split(catalogue).assign(catalogue),
            replace(run, device="cuda:7"),
        )


def test_a_budget_is_measured_by_the_clock_that_it_is_given(prepared, tmp_path):
    ticks = iter(range(10_000))
    trainer, validation, run = prepared("schedule.epochs=1000")
    progress = run_training(
        trainer,
        validation,
        folder=tmp_path / "run",
        run=run,
        resume=False,
        budget=7.0,
        clock=lambda: float(next(ticks)),
    )
    assert 7 <= progress.seconds <= 8  # one tick a step, one a finished epoch
