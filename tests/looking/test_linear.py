import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.looking.linear import LinearClasses, LinearHead  # noqa: E402


def test_probabilities_are_torchs_softmax_of_the_head(rng):
    classes = LinearClasses(
        rng.normal(size=(3, 5)).astype(np.float32) * 9, rng.normal(size=3).astype(np.float32), ("a", "b", "c")
    )
    maps = torch.from_numpy(rng.normal(size=(4, 5, 2, 3)).astype(np.float32))
    wanted = torch.softmax(LinearHead(classes)(maps), dim=1).numpy()
    found = classes.probabilities(maps.mean(dim=(2, 3)).numpy())
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1)


def test_large_logits_overflow_nothing():
    classes = LinearClasses(np.array([[1e4], [-1e4]], np.float32), np.zeros(2, np.float32), ("a", "b"))
    assert classes.probabilities(np.array([[1.0]], np.float32)).tolist() == [[1.0, 0.0]]


def test_parts_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        LinearClasses(np.zeros((3, 5), np.float32), np.zeros(2, np.float32), ("a", "b", "c"))
