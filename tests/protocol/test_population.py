from __future__ import annotations

import numpy as np
import pytest

from morelli.protocol.population import Population


def test_spread_within_and_between_is_what_was_asked(rng: np.random.Generator) -> None:
    embedding, artist = Population(dimensions=3, between=2.0, spread=0.5).draw(3000, rng)
    _, code, count = np.unique(artist.astype(str), return_inverse=True, return_counts=True)
    assert count.min() == 5
    assert count.max() == 32
    centre = np.stack([np.bincount(code, weights=column) / count for column in embedding.T], axis=1)
    within = np.bincount(code, weights=np.square(embedding - centre[code]).mean(axis=1)) / (count - 1)
    assert within.mean() == pytest.approx(np.exp(2 * 0.5**2), rel=0.1)  # the mean of a log-normal's square
    assert centre.std() == pytest.approx(2.0, rel=0.05)
