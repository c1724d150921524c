import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("sklearn")

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.names import normalise_artist
from morelli.features.cache import picture_key
from morelli.looking import probe as module
from morelli.looking.probe import STRENGTH, ProbeError, cached_probe, fit_probe, train_probe
from morelli.protocol.split import make_split


@pytest.fixture
def data(rng):
    artist = np.repeat(np.array(["anna", "bela", "cora"]), 30)
    centres = rng.normal(size=(3, 7))
    features = centres.repeat(30, 0) + rng.normal(size=(90, 7))
    return (features * rng.uniform(0.1, 20, 7) + 3).astype(np.float32), artist


def test_it_is_at_the_minimum_of_the_penalised_loss(data):
    features, artist = data
    classes = fit_probe(features, artist)
    assert classes.names == ("anna", "bela", "cora")
    mean, deviation = features.mean(0), features.std(0)
    z = (features - mean) / deviation
    weight = classes.weight * deviation  # as fitted, on standardised features
    bias = classes.bias + classes.weight @ mean
    logits = z @ weight.T + bias
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    miss = p - (artist[:, None] == np.array(classes.names))
    # C times the summed log loss, and half the squared weights: its gradient is zero there.
    np.testing.assert_allclose(STRENGTH * miss.T @ z + weight, 0, atol=2e-3)
    np.testing.assert_allclose(miss.sum(0), 0, atol=2e-2)
    np.testing.assert_allclose(classes.probabilities(features), p, atol=1e-4)


def test_two_artists_have_two_rows(data):
    features, artist = data
    classes = fit_probe(features[:60], artist[:60])
    assert classes.weight.shape == (2, 7)
    from sklearn.linear_model import LogisticRegression

    z = (features[:60] - features[:60].mean(0)) / features[:60].std(0)
    wanted = LogisticRegression(C=STRENGTH).fit(z, artist[:60]).predict_proba(z)
    np.testing.assert_allclose(classes.probabilities(features[:60]), wanted, atol=1e-4)


def test_a_feature_that_never_changes_and_one_artist(data):
    features, artist = data
    features[:, 2] = 5
    assert np.isfinite(fit_probe(features, artist).weight).all()
    with pytest.raises(ProbeError, match="1 training artists"):
        fit_probe(features[:30], artist[:30])


def test_it_is_fitted_once_for_the_same_data(data, tmp_path, monkeypatch):
    features, artist = data
    first = cached_probe(features, artist, folder=tmp_path)
    [file] = tmp_path.iterdir()
    monkeypatch.setattr(module, "fit_probe", None)
    again = cached_probe(features, artist, folder=tmp_path)
    np.testing.assert_array_equal(again.weight, first.weight)
    np.testing.assert_array_equal(again.bias, first.bias)
    assert again.names == first.names
    monkeypatch.undo()
    changed = features.copy()
    changed[0, 0] += 1
    assert not np.array_equal(cached_probe(changed, artist, folder=tmp_path).weight, first.weight)
    file.write_bytes(file.read_bytes()[:100])  # damaged: fitted again
    np.testing.assert_array_equal(cached_probe(features, artist, folder=tmp_path).weight, first.weight)


@pytest.fixture(scope="module")
def trained(small_backbone, studio_folder, tmp_path_factory):
    backbone = small_backbone
    catalogue = Catalogue.read(studio_folder)
    part = make_split(catalogue, shares=(0.4, 0.2, 0.2, 0.2)).assign(catalogue)
    folder = tmp_path_factory.mktemp("probe")
    return backbone, catalogue, part, folder, train_probe(backbone, catalogue, part, folder=folder)


def test_it_knows_training_artists_alone_and_what_it_was_trained_on(trained):
    _, catalogue, part, _, probe = trained
    slugs = np.array([normalise_artist(name) for name in catalogue.artist])
    assert set(probe.classes.names) == set(slugs[part == "train"])
    assert {normalise_artist(shown) for shown in probe.shown.values()} == set(probe.classes.names)
    keys = {picture_key(catalogue.file(row).read_bytes()): slugs[row] for row in range(len(catalogue))}
    assert probe.trained == {k: a for k, a in keys.items() if k in probe.trained}
    assert len(probe.trained) == (part == "train").sum()
    assert len(probe.held_back) == (part == "test-seen").sum() == len(probe.held_back_rows)
    assert not set(probe.trained) & set(probe.held_back)
    assert (part[probe.held_back_rows] == "test-seen").all()


def test_its_share_right_is_counted_on_held_back_paintings(trained):
    import torch

    backbone, catalogue, _, _, probe = trained
    right = 0
    for row in probe.held_back_rows:
        features = backbone.maps(backbone.view.open(catalogue.file(int(row))).pixels).mean(dim=(2, 3))
        logits = features @ torch.from_numpy(probe.classes.weight.T) + torch.from_numpy(probe.classes.bias)
        right += probe.classes.names[int(logits.argmax())] == normalise_artist(catalogue.artist[row])
    # bfloat16 may turn a close call.
    assert probe.right == pytest.approx(right / len(probe.held_back_rows), abs=2.5 / len(probe.held_back_rows))


def test_the_second_time_nothing_is_compiled_or_fitted(trained, monkeypatch):
    backbone, catalogue, part, folder, probe = trained
    monkeypatch.setattr("morelli.looking.pooled.export_encoder", None)
    monkeypatch.setattr(module, "fit_probe", None)
    again = train_probe(backbone, catalogue, part, folder=folder)
    np.testing.assert_array_equal(again.classes.weight, probe.classes.weight)
    assert again.right == probe.right
