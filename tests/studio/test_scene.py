from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morelli.studio.scene import KINDS, Kind, draw_scene, scene_title
from morelli.studio.sketch import GRID, Habits, Scene

HABITS = st.builds(
    Habits,
    horizon=st.floats(0.3, 0.72),
    closeness=st.floats(0.75, 1.3),
    light_left=st.floats(0.05, 0.95),
    balance=st.floats(0.0, 0.14),
)


def _draw(kind: Kind, seed: int, habits: Habits = Habits()) -> Scene:
    return draw_scene(kind, habits, np.random.default_rng([seed, 0]), np.random.default_rng([seed, 1]))


@pytest.mark.parametrize("kind", KINDS)
@given(seed=st.integers(0, 2**32), habits=HABITS)
@settings(max_examples=20, deadline=None)
def test_fields_are_sound_for_any_habits(kind: Kind, seed: int, habits: Habits) -> None:
    scene = _draw(kind, seed, habits)
    assert scene.kind == kind
    assert scene.label.shape == (GRID, GRID)
    assert int(scene.label.max()) < len(scene.materials) <= 256
    for field in (scene.light, scene.angle, scene.hold, scene.detail):
        assert field.dtype == np.float32
        assert np.isfinite(field).all()
    assert 0 <= scene.light.min() <= scene.light.max() <= 1
    assert 0 <= scene.detail.min() <= scene.detail.max() <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_scene_follows_from_its_seeds(kind: Kind) -> None:
    one, again, other = _draw(kind, 4), _draw(kind, 4), _draw(kind, 5)
    for name in ("label", "light", "angle"):
        np.testing.assert_array_equal(getattr(one, name), getattr(again, name))
    assert (one.label != other.label).mean() > 0.02


@pytest.mark.parametrize("kind", KINDS)
def test_a_scene_is_more_than_one_thing(kind: Kind) -> None:
    for seed in range(6):
        scene = _draw(kind, seed)
        assert len(np.unique(scene.label)) >= 2
        assert scene.light.std() > 0.03


@pytest.mark.parametrize("kind", KINDS)
def test_titles_are_many(kind: Kind) -> None:
    titles = {scene_title(kind, np.random.default_rng(seed)) for seed in range(60)}
    assert len(titles) > 15
    assert all(title == title.strip() and title[0].isupper() for title in titles)
