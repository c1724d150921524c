import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.systems.read import read_system  # noqa: E402
from morelli.systems.system import Augmentation  # noqa: E402
from morelli.training.augmentation import augment, draw_affine  # noqa: E402


@pytest.fixture
def pictures(rng):
    return torch.from_numpy(rng.random((6, 3, 32, 32), dtype=np.float32))


def test_nothing_asked_changes_nothing(pictures, rng):
    assert augment(pictures, Augmentation(), rng) is pictures


@pytest.mark.parametrize(("flip", "axis"), [("flip_horizontal", 3), ("flip_vertical", 2)])
def test_a_sure_flip_is_numpys_flip(pictures, rng, flip, axis):
    flipped = augment(pictures, Augmentation(**{flip: 1.0}), rng)
    np.testing.assert_allclose(flipped.numpy(), np.flip(pictures.numpy(), axis), atol=1e-5)


def test_a_half_turn_is_two_flips(pictures, rng):
    turned = augment(pictures, Augmentation(rotation=(180.0, 180.0)), rng)
    np.testing.assert_allclose(turned.numpy(), pictures.numpy()[:, :, ::-1, ::-1], atol=1e-4)


def test_a_quarter_turn_is_numpys_quarter_turn(pictures, rng):
    turned = augment(pictures, Augmentation(rotation=(90.0, 90.0)), rng).numpy()
    either = [np.rot90(pictures.numpy(), k, (2, 3)) for k in (1, -1)]
    assert min(np.abs(turned - one).max() for one in either) < 1e-4


def test_draws_stay_in_their_ranges(rng):
    system = read_system("triplet-cnn")
    maps = draw_affine(system.augmentation, 4000, rng).numpy().astype(np.float64)
    scale = np.sqrt(np.abs(np.linalg.det(maps[:, :, :2])))
    assert 1 / 1.2 - 1e-6 <= scale.min() < 0.85
    assert 1.18 < scale.max() <= 1.2 + 1e-6
    assert np.abs(maps[:, :, 2]).max() <= 0.4 + 1e-6  # a fifth of the side; the side runs from -1 to 1
    assert (np.abs(maps[:, :, 2]).max(axis=0) > 0.38).all()
    mirrored = np.linalg.det(maps[:, :, :2]) < 0
    assert mirrored.mean() == pytest.approx(0.5, abs=0.04)
    # Without flips the linear part is a turn between 0 and 180 degrees.
    turns = draw_affine(Augmentation(rotation=(0.0, 180.0)), 1000, rng).numpy()
    assert (turns[:, 1, 0] >= -1e-6).all()


def test_values_stay_in_range_and_the_draw_is_the_seeds(pictures):
    changes = read_system("triplet-cnn").augmentation
    one = augment(pictures, changes, np.random.default_rng(3))
    other = augment(pictures, changes, np.random.default_rng(3))
    assert torch.equal(one, other)
    assert one.min() >= 0
    assert one.max() <= 1
    assert one.shape == pictures.shape
