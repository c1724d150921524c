import cv2
import numpy as np
import pytest

from morelli.looking.colouring import lay_over, lay_over_signed, tint, tint_signed


@pytest.mark.parametrize("lay", [lay_over, lay_over_signed])
def test_the_painting_is_seen_under_any_heat(rng, lay):
    painting = np.kron(rng.integers(0, 256, (6, 6, 3), dtype=np.uint8), np.ones((10, 10, 1), np.uint8))
    grey = painting @ np.array([0.2126, 0.7152, 0.0722])
    for heat in (0.0, 0.5, 1.0):
        laid = lay(painting, np.full((60, 60), heat))
        assert laid.dtype == np.uint8
        assert np.corrcoef(laid.mean(axis=2).ravel(), grey.ravel())[0, 1] > 0.95
        assert laid.mean(axis=2).std() > 16  # the hottest least of all


def test_cold_is_grey_hot_is_coloured_and_lightness_grows_with_heat():
    grey = np.full((1, 256), 0.5)
    bar = tint(grey, np.linspace(0, 1, 256)[None])[0].astype(int)
    assert np.ptp(bar[0]) < 4
    assert np.ptp(bar[170]) > 60
    lightness = bar @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(lightness) > -1.5).all()  # but for rounding
    signed = tint_signed(np.full((1, 3), 0.5), np.array([[-1.0, 0.0, 1.0]]))[0].astype(int)
    assert np.ptp(signed[1]) == 0
    assert signed[0, 2] > signed[0, 0] + 60  # blue below
    assert signed[2, 0] > signed[2, 2] + 60  # orange above


def test_a_painting_of_one_colour_divides_by_nothing():
    assert lay_over(np.full((4, 4, 3), 90, np.uint8), np.zeros((4, 4))).shape == (4, 4, 3)


@pytest.mark.parametrize("strength", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("grey", [0.2, 0.5, 0.8])
def test_for_and_against_of_one_strength_are_equally_far_from_grey(grey, strength):
    """By CIELAB, worked out by OpenCV."""
    row = tint_signed(np.full((1, 3), grey), np.array([[-strength, 0.0, strength]])).astype(np.float32) / 255
    blue, plain, orange = cv2.cvtColor(row, cv2.COLOR_RGB2Lab)[0]
    assert np.linalg.norm(orange - plain) == pytest.approx(np.linalg.norm(blue - plain), rel=0.12)


@pytest.mark.parametrize("heat", [-0.9, -0.5, -0.2, 0.2, 0.5, 0.9])
def test_a_dark_painting_takes_as_strong_a_colour_as_a_light_one(heat):
    greys = np.linspace(0, 1, 41)[:, None]
    coloured, plain = (
        cv2.cvtColor(tint_signed(greys, np.full((41, 1), how)).astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
        for how in (heat, 0.0)
    )
    strength = np.linalg.norm(coloured - plain, axis=-1)
    assert strength.max() < 1.35 * strength.min()
