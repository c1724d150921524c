"""Tunings in the cache: the same weights come back, a damaged file is none, and only what comes behind may differ."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from morelli.catalogue.catalogue import Catalogue  # noqa: E402
from morelli.systems.read import read_system  # noqa: E402
from morelli.training.checkpoint import Progress  # noqa: E402
from morelli.training.discriminant import _digest as digest_of  # noqa: E402
from morelli.training.kept_tuning import keep_tuned, read_tuned, tuning_identity  # noqa: E402


def network(seed):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Linear(5, 2))


def values(one):
    return {name: value.clone() for name, value in one.state_dict().items()}


def same(one, other):
    return all(torch.equal(value, other[name]) for name, value in one.items())


def test_a_kept_tuning_comes_back_with_how_it_went(tmp_path):
    tuned, fresh = network(0), network(1)
    progress = Progress(epoch=6, seconds=12.5, history=[{"epoch": 1.0, "train_loss": 0.25}])
    keep_tuned(tuned, progress, folder=tmp_path, identity="a")
    assert read_tuned(fresh, folder=tmp_path, identity="b") is None
    assert not same(values(tuned), values(fresh))
    assert read_tuned(fresh, folder=tmp_path, identity="a") == progress
    assert same(values(tuned), values(fresh))


@pytest.mark.parametrize("how", ["a weight changed", "cut off", "no file of weights", "of another network", "a folder"])
def test_a_damaged_one_is_none_and_changes_nothing(tmp_path, how):
    keep_tuned(network(0), Progress(epoch=6), folder=tmp_path, identity="a")
    (file,) = tmp_path.iterdir()
    data = bytearray(file.read_bytes())
    if how == "a weight changed":
        data[-5] ^= 64
    file.write_bytes(data[:-20] if how == "cut off" else b"no" if how == "no file of weights" else data)
    if how == "a folder":
        file.unlink()
        file.mkdir()
    fresh = network(1)
    if how == "of another network":  # its first layers fit, its last one does not
        fresh = nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.Linear(5, 4))
    before = values(fresh)
    assert read_tuned(fresh, folder=tmp_path, identity="a") is None
    assert same(before, values(fresh))


def test_heads_and_names_share_a_tuning_and_nothing_else_does(tmp_path):
    column = np.array(["a/1.jpg", "b/1.jpg"], dtype=object)
    catalogue = Catalogue(tmp_path, {"path": column, "artist": np.array(["a", "b"], dtype=object)})
    part = np.array(["train", "test"], dtype=object)

    def key(*changes, seed=0, more=("weights",)):
        return tuning_identity(read_system("house", changes=changes), catalogue, part, seed, more=list(more))

    assert key() == key("objective.heads.count=3") == key("name=other", "stored=float16")
    others = [key("objective.shrinkage=0.3"), key("network.tuning.epochs=2"), key("cohort.neighbours=50"), key(seed=1)]
    assert len({key(), key(more=("others",)), *others}) == 6


def test_other_features_and_other_styles_are_another_start():
    rng = np.random.default_rng(0)
    features, style = rng.normal(size=(4, 3)).astype(np.float32), np.array(["a", "b", "a", "b"], dtype=object)
    first = digest_of(features, style)
    assert digest_of(features.copy(), style.copy()) == first
    assert digest_of(features + np.float32(1e-6), style) != first
    assert digest_of(features, style[::-1]) != first
