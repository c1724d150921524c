"""Checkpoints: what is saved is what is loaded, to the bit; whole or absent; and no other run's."""

import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

from morelli.errors import TrainingError  # noqa: E402
from morelli.training.checkpoint import (  # noqa: E402
    BEST,
    CHECKPOINT,
    Progress,
    can_be_taken_up,
    leaving_no_idle_folder,
    load_checkpoint,
    only_one_training,
    remove_checkpoints,
    save_checkpoint,
)


def make(seed=0, steps=3):
    """A network and its optimiser after some steps, so that there is momentum to be kept."""
    torch.manual_seed(seed)
    network = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.BatchNorm1d(5), torch.nn.Linear(5, 2))
    optimiser = torch.optim.Adam(network.parameters(), lr=0.01)
    for _ in range(steps):
        step(network, optimiser)
    return network, optimiser


def step(network, optimiser):
    optimiser.zero_grad()
    network(torch.linspace(-1, 1, 24).view(6, 4)).square().sum().backward()
    optimiser.step()


PROGRESS = Progress(
    epoch=3,
    step=7,
    seconds=12.5,
    best_auc=0.75,
    best_epoch=2,
    sums={"loss": 0.1},
    history=[{"epoch": 1.0, "auc": 1 / 3}],
)


def test_what_is_loaded_is_what_was_saved_and_goes_on_alike(tmp_path):
    network, optimiser = make()
    save_checkpoint(tmp_path / CHECKPOINT, run="a", network=network, optimiser=optimiser, progress=PROGRESS)
    other, other_optimiser = make(seed=1, steps=0)
    found = load_checkpoint(tmp_path / CHECKPOINT, run="a", network=other, optimiser=other_optimiser)
    assert found == PROGRESS
    for _ in range(3):
        step(network, optimiser)
        step(other, other_optimiser)
    for name, value in network.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


def test_a_foreign_or_damaged_checkpoint_is_refused(tmp_path):
    network, optimiser = make()
    file = tmp_path / CHECKPOINT
    save_checkpoint(file, run="a", network=network, optimiser=optimiser, progress=PROGRESS)
    with pytest.raises(TrainingError, match="of another run"):
        load_checkpoint(file, run="b", network=network, optimiser=optimiser)
    data = file.read_bytes()
    for damaged in (b"", data[: len(data) // 2], b"not a checkpoint", data[:-200]):
        file.write_bytes(damaged)
        with pytest.raises(TrainingError, match=r"checkpoint\.pt: not a whole checkpoint .*train without --resume"):
            load_checkpoint(file, run="a", network=network, optimiser=optimiser)
    with pytest.raises(TrainingError, match="not a whole checkpoint"):
        load_checkpoint(tmp_path / "gone.pt", run="a", network=network, optimiser=optimiser)


def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    network, optimiser = make()
    save_checkpoint(tmp_path / CHECKPOINT, run="a", network=network, optimiser=optimiser, progress=PROGRESS)
    other = torch.nn.Linear(4, 5)
    with pytest.raises(TrainingError, match="not a whole checkpoint"):
        load_checkpoint(tmp_path / CHECKPOINT, run="a", network=other, optimiser=torch.optim.Adam(other.parameters()))


CODE = """
import resource, sys
from pathlib import Path
import torch
from morelli.errors import TrainingError
from morelli.training.checkpoint import Progress, save_checkpoint
network = torch.nn.Linear(300, 300)
optimiser = torch.optim.SGD(network.parameters(), lr=1.0)
file = Path(sys.argv[1]) / "checkpoint.pt"
save_checkpoint(file, run="a", network=network, optimiser=optimiser, progress=Progress())
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    save_checkpoint(file, run="a", network=network, optimiser=optimiser, progress=Progress(epoch=1))
except TrainingError as err:
    print(err)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of POSIX")
def test_a_disk_that_fills_up_leaves_the_older_checkpoint(tmp_path):
    """Torch's own way of failing in the middle of a file, not a stand-in's."""
    done = subprocess.run([sys.executable, "-c", CODE, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "checkpoint.pt: the checkpoint cannot be written" in done.stdout or "cannot be written" in done.stdout
    assert "free space" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]
    network = torch.nn.Linear(300, 300)
    optimiser = torch.optim.SGD(network.parameters(), lr=1.0)
    assert load_checkpoint(tmp_path / CHECKPOINT, run="a", network=network, optimiser=optimiser).epoch == 0


def test_heads_that_are_done_can_be_taken_up_and_go_with_the_checkpoints(tmp_path):
    def interrupted():
        with leaving_no_idle_folder(tmp_path / "run"):
            (tmp_path / "run" / "heads").mkdir(parents=True)
            (tmp_path / "run" / "heads" / "head-1.pt").write_text("x")
            (tmp_path / "run" / "history.csv").write_text("x")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert can_be_taken_up(tmp_path / "run")
    (tmp_path / "run" / "features-0.sqlite-wal").write_text("x")
    (tmp_path / "run" / BEST).write_text("x")
    remove_checkpoints(tmp_path / "run")
    assert not can_be_taken_up(tmp_path / "run")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["history.csv"]


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), TrainingError("x")])
def test_a_folder_is_left_only_where_something_can_be_taken_up(tmp_path, failure):
    def fail(folder, *, checkpoint):
        with leaving_no_idle_folder(folder):
            folder.mkdir(exist_ok=True)
            (folder / "events").write_text("x")
            if checkpoint:
                (folder / CHECKPOINT).write_text("x")
            raise failure

    with pytest.raises(type(failure)):
        fail(tmp_path / "a", checkpoint=False)
    with pytest.raises(type(failure)):
        fail(tmp_path / "b", checkpoint=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes").write_text("x")
    with pytest.raises(type(failure)):
        fail(tmp_path / "mine", checkpoint=False)
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")) == [
        "b", "b/checkpoint.pt", "b/events", "mine", "mine/events", "mine/notes",
    ]  # fmt: skip


HOLDING = """
import sys
from pathlib import Path
from morelli.training.checkpoint import only_one_training
with only_one_training(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_two_trainings_do_not_share_a_folder(tmp_path):
    folder = tmp_path / "new" / "run"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDING, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with (
            pytest.raises(TrainingError, match="another training is at work here; wait for it"),
            only_one_training(folder),
        ):
            pass
        assert folder.is_dir()
        other.communicate("\n")
    assert not (tmp_path / "new").exists()
    with only_one_training(folder):
        (folder / CHECKPOINT).write_text("x")
    with only_one_training(folder):  # what a dead process held is free
        pass
    assert [path.name for path in folder.iterdir()] == [CHECKPOINT]


def test_a_file_in_the_folders_place_is_named(tmp_path):
    (tmp_path / "model.training").write_text("notes")
    with (
        pytest.raises(TrainingError, match=r"model\.training: checkpoints cannot be kept here"),
        only_one_training(tmp_path / "model.training"),
    ):
        pass
    assert (tmp_path / "model.training").read_text() == "notes"
