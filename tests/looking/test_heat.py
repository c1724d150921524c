import numpy as np
import pytest

pytest.importorskip("torch")

from PIL import Image

from morelli.looking.heat import (
    HeatmapError,
    heat_foot,
    heat_panel,
    open_painting,
    painting_panel,
    signed_foot,
    signed_panel,
)
from morelli.looking.mass import half_area
from morelli.pictures.cells import Cells, Line
from morelli.pictures.view import View

CELLS = Cells(Line(first=0.125, step=0.25), Line(first=0.125, step=0.25))


@pytest.fixture
def file(tmp_path, rng):
    path = tmp_path / "anna" / "wide.png"
    path.parent.mkdir()
    Image.fromarray(rng.integers(60, 200, (100, 200, 3), dtype=np.uint8)).save(path)
    return path


def test_a_painting_keeps_its_proportions_and_the_square_that_is_read_is_framed(file):
    whole = open_painting(file, view=View("whole", 64))
    assert whole.pixels.shape == (100, 200, 3)
    assert (whole.name, whole.original_size, whole.seen) == ("anna/wide.png", (200, 100), (0, 0, 1, 1))
    assert painting_panel(whole, title="x").square is None
    centre = open_painting(file, view=View("centre", 64))
    assert painting_panel(centre, title="x").square == (0.25, 0, 0.75, 1)
    with pytest.raises(HeatmapError, match="'corners' shows a picture in 5 parts"):
        open_painting(file, view=View("corners", 64))


def coloured(pixels):
    """Where a picture is no grey, (h, w)."""
    return np.ptp(pixels.astype(int), axis=2) > 30


def test_heat_lies_where_the_map_has_it_and_nowhere_outside_what_is_read(file):
    values = np.zeros((4, 4))
    values[0, 3] = 5  # upper right
    values[3, 0] = -9  # below zero: nothing
    whole = heat_panel(open_painting(file, view=View("whole", 64)), values, CELLS, title="x", words=["y"])
    there = coloured(whole.pixels)
    assert there[:20, 160:].mean() > 0.9
    assert not there[50:].any()
    heat, level = whole.outline
    assert heat.max() == 1
    assert 0 < level < 1
    assert whole.words[1] == f"half of the map's mass on {half_area(heat):.2f} of what is read"
    centre = heat_panel(open_painting(file, view=View("centre", 64)), values, CELLS, title="x", words=[])
    there = coloured(centre.pixels)
    assert there[:20, 130:150].mean() > 0.9
    assert not there[:, :50].any()
    assert not there[:, 150:].any()


def test_a_map_that_is_nowhere_above_zero_says_so(file):
    panel = heat_panel(open_painting(file, view=View("whole", 64)), -np.ones((4, 4)), CELLS, title="x", words=["y"])
    assert panel.words == ("y", "the map is nowhere above zero")
    assert panel.outline is None
    assert not coloured(panel.pixels).any()


def test_signed_heat_is_orange_above_and_blue_below_zero(file):
    values = np.zeros((4, 4))
    values[0, 0], values[3, 3] = 2, -2
    pixels = signed_panel(
        open_painting(file, view=View("whole", 64)), [(values, CELLS)], title="x", words=[]
    ).pixels.astype(int)
    assert (pixels[:10, :20, 0] > pixels[:10, :20, 2] + 30).all()
    assert (pixels[-10:, -20:, 2] > pixels[-10:, -20:, 0] + 30).all()
    assert not coloured(pixels[:20, -20:]).any()
    flat = signed_panel(open_painting(file, view=View("whole", 64)), [(values * 0, CELLS)], title="x", words=[]).pixels
    assert not coloured(flat).any()


def test_maps_of_several_grids_are_added_up_by_what_their_cells_are_worth(file):
    painting = open_painting(file, view=View("whole", 64))
    coarse = np.zeros((2, 2))
    coarse[0, 0] = 4.0  # a quarter of the picture
    fine = np.zeros((4, 4))
    fine[:2, :2] = -1.0  # the same quarter, the same worth in all
    even = Cells(Line(first=0.25, step=0.5), Line(first=0.25, step=0.5))
    corner = (slice(0, 12), slice(0, 24))  # beyond the outer centres, where both are level
    for factor, sign in ((1.0, 0), (1.5, -1), (0.5, 1)):
        pixels = signed_panel(painting, [(coarse, even), (factor * fine, CELLS)], title="x", words=[]).pixels.astype(
            int
        )
        tone = (pixels[corner][..., 0] - pixels[corner][..., 2]).mean()
        assert abs(tone) < 3 if sign == 0 else tone * sign > 30


def test_the_foot_shows_the_colours_that_are_used():
    foot = heat_foot(["a remark"])
    assert (foot.low, foot.high, foot.lines[-1]) == ("0", "highest", "a remark")
    assert foot.bar.shape == (1, 256, 3)
    both = signed_foot([], low="less", high="more").bar[0].astype(int)
    assert both[0, 2] > both[0, 0]
    assert both[-1, 0] > both[-1, 2]
