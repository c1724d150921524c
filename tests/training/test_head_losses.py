"""Objectives of heads: each learns, the pairs that a batch must have are there, and batches are drawn as they are said to be."""

import msgspec
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("pytorch_metric_learning")

from typing import get_args  # noqa: E402

from morelli.protocol.roc import auc  # noqa: E402
from morelli.systems.objectives import PAIR_LOSSES, HeadLoss, Heads  # noqa: E402
from morelli.training.head_losses import Batches, make_loss  # noqa: E402
from morelli.training.heads import train_heads  # noqa: E402

BASE = Heads(
    count=1,
    share=1.0,
    hidden=64,
    dimensions=8,
    components=20,
    epochs=120,
    batch=48,
    learning_rate=0.005,
    dropout=0.2,
    paintings=4,
)


def pictures(rng, artists=30, each=6):
    """Features of artists who differ in their first six values; the other 20 vary more and mean nothing."""
    centres = rng.normal(size=(artists, 6)).repeat(each, axis=0)
    near = centres + 0.5 * rng.normal(size=centres.shape)
    rows = np.concatenate([near, rng.normal(size=(len(near), 20))], axis=1).astype(np.float32)
    return rows, np.arange(artists).repeat(each)


def auc_of_pairs(embeddings, code):
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    first, second = np.triu_indices(len(code), 1)
    return auc((unit @ unit.T)[first, second], code[first] == code[second])


@pytest.mark.parametrize(
    "changes",
    [
        *({"losses": (loss,)} for loss in get_args(HeadLoss)),
        {"losses": ("multi-similarity",), "memory": 64},
        {"losses": ("soft-triple", "supervised-contrastive"), "count": 3},
        {"style_task": 0.5},
    ],
    ids=lambda changes: " ".join(map(str, changes.values())),
)
def test_a_head_under_each_objective_tells_artists_apart(changes, rng, tmp_path):
    features, code = pictures(rng)
    heads = msgspec.structs.replace(BASE, **changes)
    artist = np.array([f"artist-{one:03}" for one in code], dtype=object)
    style = np.array([f"style-{one % 3}" for one in code], dtype=object)
    trained, _ = train_heads(
        heads,
        [torch.from_numpy(features)],
        artist,
        style,
        seed=1,
        device=torch.device("cpu"),
        folder=tmp_path,
        identity="x",
    )
    unseen, whose = pictures(np.random.default_rng(5))
    with torch.inference_mode():
        embedded, own = (trained(torch.from_numpy(rows)).numpy() for rows in (unseen, features))
    assert auc_of_pairs(own, code) > auc_of_pairs(features, code) + 0.05
    assert auc_of_pairs(embedded, whose) > auc_of_pairs(unseen, whose)


def test_the_triplet_loss_is_a_slow_loop_over_the_half_hard_ones(rng):
    embeddings = torch.from_numpy(rng.normal(size=(10, 4)))
    code = np.arange(10) % 3
    unit = (embeddings / embeddings.norm(dim=1, keepdim=True)).numpy()
    cosine = unit @ unit.T
    found = []
    for a in range(10):
        for p in range(10):
            for n in range(10):
                if a != p and code[a] == code[p] and code[a] != code[n]:
                    gap = cosine[a, p] - cosine[a, n]
                    if 0 < gap <= 0.2:
                        found.append(0.2 - gap)
    assert len(found) > 2
    wanted = np.mean([one for one in found if one > 0])
    loss = make_loss("triplet", BASE, 3)
    assert float(loss(embeddings, torch.from_numpy(code))) == pytest.approx(wanted)


def test_a_batch_by_artists_holds_so_many_paintings_of_each(rng):
    code = np.repeat(np.arange(20), rng.integers(2, 9, size=20))
    style = np.array([f"style-{one % 4}" for one in code], dtype=object)
    batches = Batches(msgspec.structs.replace(BASE, batch=24, paintings=4), code, style)
    for _ in range(20):
        rows = batches.draw(rng)
        assert len(set(rows.tolist())) == len(rows)
        drawn, counts = np.unique(code[rows], return_counts=True)
        assert len(drawn) == 6
        np.testing.assert_array_equal(counts, np.minimum(4, np.bincount(code)[drawn]))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_batches_of_one_style_are_of_one_style_as_far_as_it_goes(share, rng):
    code = np.arange(40).repeat(3)
    style = np.array(["many" if one < 30 else "few" for one in code], dtype=object)
    batches = Batches(msgspec.structs.replace(BASE, batch=30, paintings=3, same_style=share), code, style)
    of_many = [float(np.mean(style[batches.draw(rng)] == "many")) for _ in range(200)]
    alone = np.mean([one in (0, 1) for one in of_many])
    assert (alone == 1.0) if share else (alone < 0.2)


def test_a_style_that_nobody_gave_makes_no_batch(rng):
    code = np.arange(40).repeat(3)
    style = np.array(["" if one % 2 else f"style-{one % 4}" for one in code], dtype=object)
    batches = Batches(msgspec.structs.replace(BASE, batch=12, paintings=3, same_style=1.0), code, style)
    drawn = [set(style[batches.draw(rng)].tolist()) for _ in range(200)]
    assert np.mean([len(one) == 1 and "" not in one for one in drawn]) > 0.3  # as often as the first artist has a style
    assert np.mean([one == {""} for one in drawn]) < 0.2  # by chance alone


@pytest.mark.parametrize("balance", [0.0, 0.5, 1.0])
def test_an_artist_is_drawn_by_a_power_of_how_many_pictures_there_are(balance, rng):
    code = np.repeat([0, 1], [4, 36])
    heads = msgspec.structs.replace(BASE, batch=400, paintings=0, balance=balance)
    batches = Batches(heads, code, np.array(["x"] * 40, dtype=object))
    share = np.mean([np.mean(code[batches.draw(rng)] == 1) for _ in range(50)])
    assert share == pytest.approx(9 ** (1 - balance) / (1 + 9 ** (1 - balance)), abs=0.02)


def test_losses_of_pairs_are_those_that_need_pairs(rng):
    """One picture an artist: a loss over pairs has nothing to bring together, a softmax has."""
    embeddings, code = torch.from_numpy(rng.normal(size=(6, 8))).float(), torch.arange(6)
    for loss in get_args(HeadLoss):
        value = float(make_loss(loss, BASE, 6)(embeddings, code))
        if loss in ("triplet", "supervised-contrastive"):
            assert value == 0
        elif loss not in PAIR_LOSSES:
            assert value > 0
