"""Training over features: the same history twice and after a kill, features left as they are, components that are numpy's."""

import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.errors import SystemFileError, TrainingError  # noqa: E402
from morelli.systems.read import read_system  # noqa: E402
from morelli.training.components import fit_components  # noqa: E402
from morelli.training.feature_pairs import train_pairs  # noqa: E402
from morelli.training.feature_trainer import InMemory  # noqa: E402
from morelli.training.loop import CHECKPOINT  # noqa: E402
from morelli.training.run import Run  # noqa: E402
from morelli.training.sampling import rows_by_artist  # noqa: E402
from morelli.training.validation import draw_validation  # noqa: E402

SMALL = (
    "objective.branch=[16,8]",
    "objective.hidden=[8]",
    "sampling.draws=40",
    "sampling.batch=32",
    "schedule.epochs=4",
)


@pytest.fixture
def made(rng):
    """Features in which artists differ: rows of a catalogue of 120 pictures, every third one without features."""
    artist = np.array([f"a{k % 20:02}" for k in range(180)], dtype=object)
    centre = rng.normal(size=(20, 12))
    whole = (centre[np.arange(180) % 20] + rng.normal(scale=0.7, size=(180, 12))).astype(np.float32) * 3 + 5
    rows = np.flatnonzero(np.arange(180) % 3 > 0)
    place = np.full(180, -1)
    place[rows] = np.arange(len(rows))
    train = rows[(rows % 20) < 14]
    paintings = rows_by_artist(artist, train)
    validation = draw_validation(artist, rows[(rows % 20) >= 14], seed=0)
    return torch.from_numpy(whole[rows]), place, paintings, validation


def start(made, folder, *changes, **more):
    features, place, paintings, validation = made
    system = read_system("xception", changes=[*SMALL, *changes])
    run = Run(folder=folder, cache=folder, device="cpu", **more)
    return train_pairs(system, features.clone(), place, paintings, validation, run=run, identity="x")


def test_it_learns_and_has_the_same_history_twice(made, tmp_path):
    quick = ("schedule.epochs=8", "schedule.learning_rate=0.005")
    one, two = (start(made, tmp_path / name, *quick) for name in ("one", "two"))
    assert one.progress.history == two.progress.history
    assert len(one.progress.history) == 8
    assert one.progress.history[-1]["train_loss"] < 0.8 * one.progress.history[0]["train_loss"]
    assert one.progress.best_auc > 0.6
    other = start(made, tmp_path / "three", *quick, seed=1)
    assert other.progress.history[0] != one.progress.history[0]
    text = (tmp_path / "one" / "history.csv").read_text()
    assert text.startswith("epoch,learning_rate,train_loss,active_share,images,validation_loss,validation_auc")


def test_a_training_that_is_killed_and_resumed_has_the_same_history(made, tmp_path):
    whole = start(made, tmp_path / "whole")

    class KilledError(Exception):
        pass

    count = 0

    def kill(report):
        nonlocal count
        count += 1
        if report.epoch == 3 and report.step == 5:
            raise KilledError

    with pytest.raises(KilledError):
        start(made, tmp_path / "killed", tell=kill)
    assert (tmp_path / "killed" / CHECKPOINT).exists()
    resumed = start(made, tmp_path / "killed", resume=True)
    assert resumed.progress.history == whole.progress.history
    for name, value in whole.network.state_dict().items():
        torch.testing.assert_close(resumed.network.state_dict()[name], value)


def test_the_best_epoch_comes_back(made, tmp_path):
    net = start(made, tmp_path / "run", "schedule.learning_rate=0.03", "schedule.epochs=10")
    history = net.progress.history
    assert net.progress.best_auc == max(row["validation_auc"] for row in history)
    assert history[net.progress.best_epoch - 1]["validation_auc"] == net.progress.best_auc
    # Judged again as the loop judged it, the net that came back has the best epoch's AUC.
    from morelli.training.criteria import PairCriterion

    features, place, _, validation = made
    outputs = net.embed(features[torch.from_numpy(place[validation.rows])])
    assert PairCriterion().judge(net.network, outputs, validation)["validation_auc"] == pytest.approx(
        net.progress.best_auc
    )


def test_a_budget_ends_it(made, tmp_path):
    net = start(made, tmp_path / "run", "schedule.epochs=100000", budget=0.8)
    assert 0 < len(net.progress.history) < 100000
    assert net.progress.seconds < 10


def test_features_are_standardised_by_training_pictures_alone(made, tmp_path):
    features, place, paintings, _ = made
    net = start(made, tmp_path / "run", "schedule.epochs=1")
    trained = features[torch.from_numpy(place[np.concatenate(paintings)])]
    torch.testing.assert_close(net.before.mean, trained.mean(dim=0))
    torch.testing.assert_close(net.before.scale, 1 / trained.std(dim=0, correction=0))
    bare = start(made, tmp_path / "bare", "schedule.epochs=1", "objective.standardise=false")
    assert isinstance(bare.before, torch.nn.Identity)


def test_rows_are_gathered_by_their_place(made):
    features, place, _, _ = made
    rows = np.array([7, 1, 1, 178])
    torch.testing.assert_close(InMemory(features, place)(rows), features[place[rows].tolist()])


@pytest.mark.parametrize("shape", [(60, 12), (20, 50)])
def test_components_are_those_of_a_singular_value_decomposition(rng, shape):
    features = (rng.normal(size=shape) * np.linspace(3, 0.2, shape[1]) + 7).astype(np.float32)
    linear = fit_components(features, 5, seed=0)
    with torch.no_grad():
        got = linear(torch.from_numpy(features)).numpy()
    u, s, _ = np.linalg.svd(features - features.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(got), np.abs(u[:, :5] * s[:5]), rtol=0.02, atol=2e-3 * s[0])
    assert not any(p.requires_grad for p in linear.parameters())
    with pytest.raises(TrainingError, match=r"network\.components = 99: .* no more than"):
        fit_components(features, 99, seed=0)


def test_a_run_of_other_weights_is_refused(made, tmp_path):
    start(made, tmp_path / "run")
    features, place, paintings, validation = made
    system = read_system("xception", changes=list(SMALL))
    run = Run(folder=tmp_path / "run", cache=tmp_path, device="cpu", resume=True)
    with pytest.raises(TrainingError, match="of another run"):
        train_pairs(system, features.clone(), place, paintings, validation, run=run, identity="other weights")
    shutil.rmtree(tmp_path / "run")
    remarks = []
    run = Run(folder=tmp_path / "run", cache=tmp_path, device="cpu", resume=True, remark=remarks.append)
    train_pairs(system, features.clone(), place, paintings, validation, run=run, identity="other weights")
    assert "nothing to resume" in remarks[0]


@pytest.mark.parametrize("change", ["objective.mixed=0.5", "objective.adversarial=0.2"])
def test_augmented_features_have_the_same_history_twice_and_another_one_than_plain_ones(made, tmp_path, change):
    plain = start(made, tmp_path / "plain")
    one, two = (start(made, tmp_path / name, change) for name in ("one", "two"))
    assert one.progress.history == two.progress.history
    assert one.progress.history[0]["train_loss"] > plain.progress.history[0]["train_loss"] - 0.05
    assert one.progress.history != plain.progress.history


def test_augmentation_of_features_is_not_for_towers():
    for key in ("mixed", "adversarial"):
        with pytest.raises(SystemFileError, match=f"objective.{key} is for features"):
            read_system("baseline-cnn", changes=[f"objective.{key}=0.5"])
