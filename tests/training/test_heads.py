"""Wide heads: the loss beside a slow loop, what they learn of artists they never saw, and what is kept of them."""

import msgspec
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.errors import TrainingError  # noqa: E402
from morelli.protocol.roc import auc  # noqa: E402
from morelli.systems.objectives import Discriminant, Heads  # noqa: E402
from morelli.training import heads as module  # noqa: E402
from morelli.training.back_end import BackEnd, Projection, Reduced  # noqa: E402
from morelli.training.head_losses import margin_softmax  # noqa: E402
from morelli.training.heads import Components, WideHeads, WithHeads, make_head, train_heads  # noqa: E402
from morelli.training.projected import Projected  # noqa: E402

SMALL = Heads(count=2, share=0.4, hidden=32, dimensions=8, components=20, epochs=12, batch=32, learning_rate=0.01)
CPU = torch.device("cpu")
STYLES = np.array(["one style"] * 10_000, dtype=object)


def paintings(rng, artists, *, each=6):
    """Features of artists who differ in their first six values; the other 34 vary more, and mean nothing."""
    centres = rng.normal(size=(artists, 6)).repeat(each, axis=0)
    near = centres + 0.6 * rng.normal(size=centres.shape)
    features = np.concatenate([near, 2 * rng.normal(size=(len(near), 34))], axis=1).astype(np.float32)
    return features, np.array([f"artist-{i:03}" for i in range(artists)], dtype=object).repeat(each)


def trained(tmp_path, features, artist, *, heads=SMALL, **more):
    """Heads trained on features and on four copies of them, which keep the six values and change the others."""
    rng = np.random.default_rng(8)
    samples = [torch.from_numpy(features)]
    for _ in range(4):
        copy = features.copy()
        copy[:, 6:] = 2 * rng.normal(size=copy[:, 6:].shape)
        samples.append(torch.from_numpy(copy))
    return train_heads(
        heads, samples, artist, STYLES[: len(artist)], seed=3, device=CPU, folder=tmp_path, identity="a run", **more
    )


def auc_of_pairs(embeddings, artist):
    first, second = np.triu_indices(len(artist), 1)
    lengths = np.linalg.norm(embeddings, axis=1)
    cosines = (embeddings @ embeddings.T / np.outer(lengths, lengths))[first, second]
    return auc(cosines, artist[first] == artist[second])


def test_the_loss_is_that_of_a_slow_loop(rng):
    embeddings, centres = rng.normal(size=(5, 4)), rng.normal(size=(3, 4))
    artist = np.array([0, 2, 1, 1, 0])
    wanted = 0.0
    for row, own in zip(embeddings, artist, strict=True):
        logits = [
            10 * (row @ c / np.linalg.norm(row) / np.linalg.norm(c) - 0.2 * (k == own)) for k, c in enumerate(centres)
        ]
        wanted += np.log(np.exp(logits).sum()) - logits[own]
    got = margin_softmax(*(torch.from_numpy(x) for x in (embeddings, centres, artist)), margin=0.2, scale=10)
    assert float(got) == pytest.approx(wanted / 5)


def test_the_loss_is_the_metric_learning_librarys(rng):
    losses = pytest.importorskip("pytorch_metric_learning.losses")
    embeddings, centres, artist = torch.randn(9, 6), torch.randn(4, 6), torch.arange(9) % 4
    theirs = losses.CosFaceLoss(num_classes=4, embedding_size=6, margin=0.3, scale=16)
    with torch.no_grad():
        theirs.W.copy_(centres.T)
        wanted = theirs(embeddings, artist)
    torch.testing.assert_close(margin_softmax(embeddings, centres, artist, margin=0.3, scale=16), wanted)


def test_they_tell_artists_apart_whom_they_never_saw(tmp_path, rng):
    features, artist = paintings(rng, 80)
    several = msgspec.structs.replace(SMALL, hidden=256, epochs=30, learning_rate=0.003)
    heads, history = trained(tmp_path, features, artist, heads=several)
    unseen, whose = paintings(rng, 40)
    with torch.inference_mode():
        embedded = heads(torch.from_numpy(unseen)).numpy()
    assert embedded.shape == (240, 16)
    np.testing.assert_allclose(np.linalg.norm(embedded, axis=1), 1, atol=1e-5)
    assert auc_of_pairs(embedded, whose) > auc_of_pairs(unseen, whose) + 0.07
    assert [row["head"] for row in history] == [1.0] * 30 + [2.0] * 30
    assert [row["epoch"] for row in history] == list(range(1, 61))
    assert history[29]["train_loss"] < 0.75 * history[0]["train_loss"]


def test_the_same_run_twice_is_the_same_and_another_seed_is_another(tmp_path, rng):
    features, artist = paintings(rng, 20)
    one, other = (trained(tmp_path / name, features, artist)[0].state_dict() for name in "ab")
    for name, values in one.items():
        assert torch.equal(values, other[name])
    assert not torch.equal(one["heads.0.1.weight"], one["heads.1.1.weight"])


def test_a_head_that_is_done_is_not_trained_again(tmp_path, rng, monkeypatch):
    features, artist = paintings(rng, 20)
    heads, history = trained(tmp_path, features, artist)
    (tmp_path / "head-2.pt").write_bytes(b"damaged")
    calls = []
    plain = module._train
    monkeypatch.setattr(module, "_train", lambda *a, **k: calls.append(k["seed"]) or plain(*a, **k))
    again, same = trained(tmp_path, features, artist, resume=True)
    assert calls == [[3, 1]]
    assert same == history
    for name, values in heads.state_dict().items():
        assert torch.equal(values, again.state_dict()[name])
    for other, name in (
        (features, "another"),
        (features[:, ::-1].copy(), "a run"),
    ):  # of another run; of other components
        calls.clear()
        samples = [torch.from_numpy(other)]
        train_heads(
            SMALL,
            samples,
            artist,
            STYLES[: len(artist)],
            seed=3,
            device=CPU,
            folder=tmp_path,
            identity=name,
            resume=True,
        )
        assert calls == [[3, 0], [3, 1]]


def test_a_loss_that_is_no_number_is_an_error(tmp_path, rng):
    features, artist = paintings(rng, 10)
    features[3, 2] = np.nan
    with pytest.raises(TrainingError, match=r"lower objective\.heads\.learning_rate"):
        trained(tmp_path, features, artist)
    assert not list(tmp_path.iterdir())


def test_components_are_uncorrelated_and_of_variance_one_on_the_average(rng):
    features = rng.normal(size=(200, 30)) @ rng.normal(size=(30, 30))
    objective = Discriminant(components=12, dimensions=4)
    columns = ((0, 10), (10, 30))
    reduced = [Reduced.of(features[:, a:b], objective) for a, b in columns]
    components = Components(columns, reduced, most=8)
    got = components(torch.from_numpy(features.astype(np.float32))).numpy()
    assert got.shape == (200, components.width) == (200, 16)
    for block in (got[:, :8], got[:, 8:]):
        covariance = np.cov(block.T)
        np.testing.assert_allclose(covariance - np.diag(np.diag(covariance)), 0, atol=1e-3)
        assert np.diag(covariance).mean() == pytest.approx(1, abs=0.01)


def test_the_cosine_is_that_of_the_discriminants_and_of_each_head_weighed(rng):
    features = rng.normal(size=(6, 10)).astype(np.float32)
    objective = Discriminant(components=5, dimensions=4)
    reduced = [Reduced.of(rng.normal(size=(50, 10)), objective)]
    back_end = BackEnd(((0, 10),), (Projection(rng.normal(size=10), rng.normal(size=(10, 3))),), (1.0,))
    torch.manual_seed(0)
    components = Components(((0, 10),), reduced, most=5)
    heads = WideHeads([make_head(SMALL, 5) for _ in range(3)]).eval()
    both = WithHeads(Projected(torch.nn.Identity(), back_end), components, heads, share=0.3).eval()
    got = module.through(both.of_features, features).numpy()
    np.testing.assert_allclose(np.linalg.norm(got, axis=1), 1, atol=1e-5)

    def cosines(x):
        x = x / np.linalg.norm(x, axis=1, keepdims=True)
        return x @ x.T

    with torch.inference_mode():
        seen = components(torch.from_numpy(features))
        each = [cosines(head(seen).numpy()) for head in heads.heads]
    np.testing.assert_allclose(got @ got.T, 0.7 * cosines(back_end(features)) + 0.3 * np.mean(each, axis=0), atol=1e-5)
