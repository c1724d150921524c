import numpy as np
import pytest
from PIL import Image

from morelli.errors import PictureError
from morelli.looking.corners import NAMES, corners_page, how_shown
from morelli.pictures.view import View, ViewError, corner_boxes
from morelli.report.drawing import drawing_style


@pytest.fixture
def file(tmp_path, rng):
    path = tmp_path / "wide.png"
    Image.fromarray(rng.integers(0, 256, (90, 160, 3), dtype=np.uint8)).save(path)
    return path


def page_of(file, size):
    with drawing_style():
        page = corners_page(file, size=size)
        return page, [text.get_text() for text in page.texts]


def test_the_views_are_the_views_in_their_places(file):
    page, words = page_of(file, 64)
    painting, *views = page.axes
    seen = View("corners", 64).open(file).pixels
    for axes, pixels in zip(views, seen, strict=True):
        np.testing.assert_array_equal(axes.images[0].get_array(), pixels)
    assert [word[3:] for word in words if word[:1].isdigit()] == list(NAMES)
    place = {name: axes.get_position() for name, axes in zip(NAMES, views, strict=True)}
    for upper, lower in (("upper left", "lower left"), ("upper right", "lower right")):
        assert place[upper].x0 == pytest.approx(place[lower].x0)
        assert place[upper].y0 > place[lower].y1
    for left, right in (("upper left", "upper right"), ("lower left", "lower right")):
        assert place[left].y0 == pytest.approx(place[right].y0)
        assert place[left].x1 < place[right].x0
    assert len({(round(p.width, 6), round(p.height, 6)) for p in place.values()}) == 1
    box = painting.get_position()
    width, height = page.get_size_inches()
    assert box.width * width / (box.height * height) == pytest.approx(160 / 90)
    assert "wide.png, 160 × 90 px" in words[0]


def test_the_frames_are_where_the_crops_were_cut(file):
    page, words = page_of(file, 64)
    frames = [line.get_xydata() for line in page.axes[0].lines[1::2]]
    pixels = np.asarray(Image.open(file))
    for frame, crop in zip(frames, View("corners", 64).open(file).pixels[1:], strict=True):
        (x0, y0), (x1, y1) = frame.min(axis=0).astype(int), frame.max(axis=0).astype(int)
        np.testing.assert_array_equal(pixels[y0:y1, x0:x1], crop)
    assert words[-1].endswith("cut from the file at full resolution.")


def test_a_small_picture_is_said_to_be_quartered(file):
    page, words = page_of(file, 90)
    assert "no larger than a crop: its quarters, brought to 90 px, take the crops’ place" in words[-1]
    frames = [line.get_xydata() for line in page.axes[0].lines[1::2]]
    assert [(*f.min(axis=0), *f.max(axis=0)) for f in frames] == corner_boxes(160, 90, size=90)
    assert corner_boxes(160, 90, size=90)[0] == (80, 0, 160, 45)


def test_what_is_wrong_is_named(tmp_path):
    with pytest.raises(PictureError, match=r"gone\.jpg: no such file"):
        corners_page(tmp_path / "gone.jpg", size=224)
    with pytest.raises(ViewError, match="size is 4"):
        corners_page(tmp_path / "gone.jpg", size=4)
    assert how_shown((10, 10), size=16, quartered=True).count("16 px") == 2
