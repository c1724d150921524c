from __future__ import annotations

import numpy as np
import pytest

from morelli.studio.sketch import GRID, Habits, Material, Sketch, curve, lambert, light_from


def test_an_ellipse_and_a_polygon_have_the_right_area() -> None:
    sketch = Sketch("abstract")
    assert sketch.ellipse(0.5, 0.5, 0.3, 0.2, 0.7).mask.sum() / GRID**2 == pytest.approx(np.pi * 0.06, rel=0.01)
    square = sketch.polygon([[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]])
    assert square.mask.sum() / GRID**2 == pytest.approx(0.36, rel=0.03)


def test_shapes_are_cut_to_the_picture() -> None:
    sketch = Sketch("abstract")
    paint = sketch.add(Material(0.5, 0.1, 30.0))
    for patch in (sketch.ellipse(1.0, 0.0, 0.2, 0.2), sketch.polygon([[-1, -1], [0.1, -1], [0.1, 0.1]])):
        sketch.lay(patch, paint, 0.9)
    for patch in (sketch.ellipse(3, 3, 0.2, 0.2), sketch.polygon([[2, 2], [3, 2], [3, 3]]), sketch.box(2, 2, 1, 1)):
        assert patch.mask.size == 0
        sketch.lay(patch, paint, 0.9)
    assert sketch.light[0, -1] == np.float32(0.9)
    assert sketch.light[GRID // 2, GRID // 2] == np.float32(0.5)


def test_a_curve_runs_through_its_points() -> None:
    points = np.array([[0, 0], [1, 2], [3, 1], [4, 4]], float)
    smooth = curve(points, fineness=6)
    for point in points:
        assert np.abs(smooth - point).sum(1).min() < 1e-5
    assert len(curve(points, closed=True, fineness=6)) == 24


def test_a_form_is_lightest_where_it_faces_the_light() -> None:
    u = np.linspace(-0.99, 0.99, 101, dtype=np.float32)
    lit = lambert(u, np.zeros_like(u), (0.6, 0.0, 0.8))
    assert u[lit.argmax()] == pytest.approx(0.6, abs=0.02)
    assert 0 <= lit.min() <= lit.max() <= 1.001


def test_light_comes_from_the_side_that_is_liked(rng: np.random.Generator) -> None:
    left = [light_from(rng, Habits(light_left=0.8))[0] < 0 for _ in range(400)]
    assert np.mean(left) == pytest.approx(0.8, abs=0.07)
    assert np.linalg.norm(light_from(rng, Habits())) == pytest.approx(1.0)
