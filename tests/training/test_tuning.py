"""Careful tuning: the loss beside a slow loop, the rates, and that it moves a network a little, towards its artists."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from morelli.errors import TrainingError  # noqa: E402
from morelli.systems.networks import Tuning  # noqa: E402
from morelli.systems.objectives import Copies  # noqa: E402
from morelli.training.back_end import BackEnd, Projection  # noqa: E402
from morelli.training.objectives import Loss  # noqa: E402
from morelli.training.pixels import Pixels  # noqa: E402
from morelli.training.projected import Projected  # noqa: E402
from morelli.training.tuning import Student, Tuner, artist_centres, descend_by_shares, rates, tune, tuning_loss  # noqa: E402

TUNING = Tuning(epochs=3, size=32, artists=4, paintings=3, learning_rate=0.01, relations=10.0)
COPIES = Copies(count=1, colour=0.05)


class Small(nn.Module):
    """Pictures -> eight features: two convolutions, a norm with statistics, a mean over places."""

    def __init__(self):
        super().__init__()
        self.first, self.norm, self.last = (
            nn.Conv2d(3, 12, 3, stride=2),
            nn.BatchNorm2d(12),
            nn.Conv2d(12, 8, 3, stride=2),
        )

    def forward(self, pictures):
        return self.last(self.norm(self.first(pictures)).relu()).mean(dim=(2, 3))


@pytest.fixture
def projected():
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    projections = (
        Projection(rng.normal(0, 0.1, 4), rng.normal(size=(4, 3))),
        Projection(rng.normal(0, 0.1, 4), rng.normal(size=(4, 3))),
    )
    return Projected(Small(), BackEnd(((0, 4), (4, 8)), projections, (0.4, 0.6))).eval()


@pytest.fixture
def pixels():
    """Eight artists, five pictures each, an artist's of one colour."""
    rng = np.random.default_rng(1)
    tones = rng.integers(30, 226, (8, 1, 1, 1, 1, 3))
    pictures = (tones + rng.normal(0, 30, (8, 5, 1, 40, 40, 3))).clip(0, 255).astype(np.uint8).reshape(40, 1, 40, 40, 3)
    return Pixels(pictures, np.arange(40), [])


def embedded(projected, pixels):
    given = torch.from_numpy(pixels.pictures[:, 0]).permute(0, 3, 1, 2).float() / 255
    with torch.inference_mode():
        return projected(given).clone()


def make_tuner(projected, pixels, **changes):
    tuning = (
        TUNING if not changes else Tuning(**{**{f: getattr(TUNING, f) for f in TUNING.__struct_fields__}, **changes})
    )
    start = embedded(projected, pixels)
    paintings = list(np.arange(40).reshape(8, 5))
    return Tuner(
        tuning=tuning,
        copies=COPIES,
        network=Student(projected, artist_centres(start, paintings, pixels.index)),
        pixels=pixels,
        start=start,
        paintings=paintings,
        device=torch.device("cpu"),
        seed=0,
    )


def test_the_loss_is_that_of_slow_loops(rng):
    embeddings, start, centres = rng.normal(size=(4, 5)), rng.normal(size=(4, 5)), rng.normal(size=(3, 5))
    artist = np.array([0, 2, 2, 1])

    def cosine(a, b):
        return a @ b / np.linalg.norm(a) / np.linalg.norm(b)

    apart = 0.0
    for row, own in zip(embeddings, artist, strict=True):
        logits = [20 * (cosine(row, c) - 0.2 * (k == own)) for k, c in enumerate(centres)]
        apart += (np.log(np.exp(logits).sum()) - logits[own]) / 4
    away = np.mean([1 - cosine(a, b) for a, b in zip(embeddings, start, strict=True)])
    pairs = [(i, j) for i in range(4) for j in range(4) if i != j]
    relations = np.mean([(cosine(embeddings[i], embeddings[j]) - cosine(start[i], start[j])) ** 2 for i, j in pairs])
    given = (torch.from_numpy(x) for x in (embeddings, centres, artist, start))
    loss = tuning_loss(*given, Tuning(pull=0.3, relations=7.0))
    assert float(loss.value) == pytest.approx(apart + 0.3 * away + 7 * relations)
    nearest = [max(range(3), key=lambda k: cosine(row, centres[k])) for row in embeddings]
    assert int(loss.active) == sum(a != b for a, b in zip(nearest, artist, strict=True))


def test_the_rate_rises_from_layer_to_layer(projected):
    student = Student(projected, torch.zeros(4, 6))
    *backbone, linear, centres = rates(student, TUNING)
    shares = [group["share"] for group in backbone]
    assert (shares[0], shares[-1]) == pytest.approx((TUNING.early, 1))
    np.testing.assert_allclose(np.diff(np.log(shares)), np.log(10) / (len(shares) - 1))
    assert (linear["share"], centres["share"]) == (TUNING.linear, TUNING.centres)
    held = sum(p.numel() for group in (*backbone, linear, centres) for p in group["params"])
    assert held == sum(p.numel() for p in student.parameters())
    assert {group["weight_decay"] > 0 for group in backbone if group["params"][0].ndim == 1} == {False}


def test_it_learns_its_artists_and_stays_near_its_start(projected, pixels):
    before = embedded(projected, pixels)
    tuner = make_tuner(projected, pixels, epochs=20)
    statistics = projected.network.norm.running_mean.clone()
    losses = [float(tuner.step(e, n, rate=0.01)[0].value.detach()) for e in range(20) for n in range(tuner.steps)]
    assert np.mean(losses[-6:]) < 0.8 * np.mean(losses[:6])
    torch.testing.assert_close(projected.network.norm.running_mean, statistics)
    kept = tuner.validate(type("Rows", (), {"rows": np.arange(40)})())["kept"]
    after = embedded(projected, pixels)
    wanted = torch.nn.functional.cosine_similarity(before, after, dim=1).mean()
    assert kept == pytest.approx(float(wanted), abs=0.02)
    assert 0.4 < kept < 0.999


def test_a_stronger_pull_keeps_more(projected, pixels):
    import copy

    kept = []
    for pull in (0.0, 30.0):
        tuner = make_tuner(copy.deepcopy(projected), pixels, epochs=15, pull=pull, relations=0.0)
        for epoch in range(15):
            for number in range(tuner.steps):
                tuner.step(epoch, number, rate=0.01)
        kept.append(tuner.validate(type("Rows", (), {"rows": np.arange(40)})())["kept"])
    assert kept[1] > kept[0] + 0.02


def test_a_loss_that_is_no_number_is_an_error(projected):
    student = Student(projected, torch.zeros(4, 6))
    optimiser = torch.optim.AdamW(rates(student, TUNING), lr=0.1)
    nothing = Loss(torch.tensor(float("nan")), torch.tensor(0), 1, torch.tensor(0.0))
    with pytest.raises(TrainingError, match=r"epoch 2, step 5: .* lower network\.tuning\.learning_rate"):
        descend_by_shares(optimiser, nothing, rate=0.1, place="epoch 2, step 5")


def test_a_tuning_that_is_killed_and_taken_up_is_the_same(projected, pixels, tmp_path):
    import copy

    def go(folder, *, resume=False, stop=None):
        tuner = make_tuner(copy.deepcopy(projected), pixels)
        if stop is not None:
            plain, done = tuner.step, []

            def step(epoch, number, *, rate):
                if len(done) == stop:
                    raise KeyboardInterrupt
                done.append(1)
                return plain(epoch, number, rate=rate)

            tuner.step = step
        return tune(tuner, folder=folder, identity="a run", resume=resume), tuner.network.state_dict()

    whole, weights = go(tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        go(tmp_path / "cut", stop=8)
    again, same = go(tmp_path / "cut", resume=True)
    assert [row["train_loss"] for row in whole.history] == [row["train_loss"] for row in again.history]
    assert (len(whole.history), whole.best_epoch) == (3, 3)
    for name, values in weights.items():
        assert torch.equal(values, same[name]), name
    rates = [row["learning_rate"] for row in whole.history]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < 0.01 * TUNING.learning_rate
