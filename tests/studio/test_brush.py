from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.interpolate import BSpline

from morelli.studio.brush import KNOTS, Canvas, Strokes, _rasterise, _spline, lay_strokes, trace
from morelli.studio.families import FAMILIES
from morelli.studio.sketch import GRID

PLAIN = replace(
    FAMILIES[0].centre, stray=0.0, taper=0.0, pressure=0.0, bristle=0.0, dryness=0.0, grain=0.0, opacity=1.0, bend=1.0
)
SIZE, MARGIN = 128, 8


def _canvas() -> Canvas:
    side = SIZE + 2 * MARGIN
    flat = np.zeros((side, side), np.float32)
    return Canvas(np.zeros((side, side, 3), np.float32), flat.copy(), flat.copy(), float(SIZE), MARGIN)


def _straight(starts: list[tuple[float, float]], way: tuple[float, float], colours: list[float]) -> Strokes:
    steps = np.linspace(0, 1, KNOTS)[None, :, None] * np.array(way)
    points = (np.array(starts)[:, None] + steps).astype(np.float32)
    n = len(starts)
    colour = np.repeat(np.array(colours, np.float32)[:, None], 3, 1)
    return Strokes(points, np.ones(n, np.float32), np.full(n, 0.05, np.float32), colour, float(np.hypot(*way)), 1.0)


def test_the_spline_is_scipys() -> None:
    value, slope = _spline(33)
    knots = np.concatenate([[0, 0], np.linspace(0, 1, KNOTS - 1), [1, 1]])
    t = np.linspace(0, 1, 33)
    for k in range(KNOTS):
        one = BSpline(knots, np.eye(KNOTS)[k], 2)
        np.testing.assert_allclose(value[:, k], one(t), atol=1e-6)
        np.testing.assert_allclose(slope[:-1, k], one.derivative()(t)[:-1], atol=1e-4)


def test_a_straight_stroke_covers_what_lies_within_half_its_width() -> None:
    """Oracle: the distance of every pixel to the segment."""
    for way in [(0.5, 0.0), (0.35, 0.3), (0.05, -0.4)]:
        strokes = _straight([(0.3, 0.5)], way, [1.0])
        hit, (owner, along, across, _, _) = _rasterise(_canvas(), PLAIN, strokes, slice(0, 1))
        side = SIZE + 2 * MARGIN
        covered = np.zeros(side * side, bool)
        covered[hit] = True
        y, x = np.divmod(np.arange(side * side), side)
        start = np.array([0.3, 0.5]) * SIZE + MARGIN
        step = np.array(way) * SIZE
        offset = np.stack([x, y], -1) - start
        share = np.clip(offset @ step / (step @ step), 0, 1)
        distance = np.linalg.norm(offset - share[:, None] * step, axis=1)
        beside = (share > 0.02) & (share < 0.98)  # a stroke's ends are blunt, not round
        assert covered[(distance < 0.05 * SIZE - 1.5) & beside].all()
        assert not covered[distance > 0.05 * SIZE + 1.6].any()
        assert (owner == 0).all()
        assert 0 <= along.min() <= along.max() <= 1
        assert np.abs(along - share[hit]).max() < 0.1
        assert np.abs(across).max() <= 1


def test_later_strokes_lie_over_earlier_ones(rng: np.random.Generator) -> None:
    for goes in (1, 2):
        canvas = _canvas()
        crossing = _straight([(0.2, 0.5), (0.2, 0.5)], (0.6, 0.0), [0.3, 0.9])
        lay_strokes(canvas, PLAIN, crossing, goes, rng)
        middle = canvas.colour[MARGIN + SIZE // 2, MARGIN + SIZE // 2]
        np.testing.assert_allclose(middle, 0.9, atol=1e-5)


def test_strokes_beyond_the_canvas_do_no_harm(rng: np.random.Generator) -> None:
    canvas = _canvas()
    lay_strokes(canvas, PLAIN, _straight([(0.9, 0.9), (-0.5, 0.1)], (0.6, 0.6), [0.3, 0.9]), 1, rng)
    assert np.isfinite(canvas.colour).all()
    lay_strokes(canvas, PLAIN, _straight([(0.5, 0.5)], (0.0, 0.0), [0.5]), 1, rng)
    assert np.isfinite(canvas.colour).all()


def test_traced_along_a_circle_a_stroke_stays_on_it(rng: np.random.Generator) -> None:
    axis = (np.arange(GRID) + 0.5) / GRID - 0.5
    around = np.arctan2(axis[:, None], axis[None, :]) + np.pi / 2
    field = np.stack([np.cos(around), np.sin(around)], -1).astype(np.float32)
    turn = rng.uniform(0, 2 * np.pi, 50)
    where = (0.5 + 0.3 * np.stack([np.cos(turn), np.sin(turn)], -1)).astype(np.float32)
    points, reach = trace(where, np.zeros((50, 3), np.float32), None, None, field, PLAIN, 0.3, rng)
    assert (reach == 1).all()
    np.testing.assert_allclose(np.linalg.norm(points - 0.5, axis=-1), 0.3, atol=0.03)
    np.testing.assert_allclose(np.linalg.norm(np.diff(points, axis=1), axis=-1), 0.3 / (KNOTS - 1), rtol=1e-4)


def test_a_stroke_ends_where_the_motif_changes(rng: np.random.Generator) -> None:
    """Hertzmann's rule: black on the left, white on the right, a black stroke set down before the border."""
    wanted = np.zeros((GRID, GRID, 3), np.float32)
    wanted[:, GRID // 2 :] = 1.0
    seen = wanted.copy()
    field = np.zeros((GRID, GRID, 2), np.float32)
    field[..., 0] = 1.0
    where = np.full((40, 2), 0.4, np.float32)
    points, reach = trace(where, np.zeros((40, 3), np.float32), wanted, seen, field, PLAIN, 0.4, rng)
    right = points[:, -1, 0] > 0.5
    assert right.any()
    assert not right.all()
    assert (reach[right] < 0.6).all()
    assert (reach[~right] == 1).all()


def test_a_wash_puts_the_motif_where_it_belongs() -> None:
    canvas = _canvas()
    motif = np.zeros((GRID, GRID, 3), np.float32)
    motif[:, : GRID // 2] = 1.0
    canvas.wash(motif, 1.0)
    inner = canvas.colour[MARGIN:-MARGIN, MARGIN:-MARGIN]
    np.testing.assert_allclose(inner[:, : SIZE // 2 - 1], 1.0, atol=1e-5)
    np.testing.assert_allclose(inner[:, SIZE // 2 + 1 :], 0.0, atol=1e-5)
    np.testing.assert_allclose(canvas.small(), motif, atol=0.6)
