from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from morelli.errors import MorelliError, PictureError
from morelli.pictures.open import open_image
from morelli.pictures.resample import resample
from morelli.pictures.view import View, ViewError

Pixels = npt.NDArray[np.uint8]
VIEWS = [View("whole", 64), View("centre", 64), View("corners", 64), View("tiles", 32), View("tiles", 32, grid=3)]


@pytest.mark.parametrize("view", VIEWS)
def test_shape_and_dtype(scene: Pixels, view: View) -> None:
    shown = view.apply(scene)
    assert shown.shape == (view.n, view.size, view.size, 3)
    assert shown.dtype == np.uint8
    assert shown.flags.c_contiguous


@pytest.mark.parametrize("view", VIEWS)
def test_the_fast_way_stays_near_the_slow_one(paintings_full_size: Path, view: View) -> None:
    for file in sorted(paintings_full_size.glob("*/*.jpg"))[::7]:
        fast = view.open(file)
        slow = view.apply(open_image(file))
        difference = np.abs(fast.pixels.astype(int) - slow)
        assert fast.original_size == Image.open(file).size
        # The decoder's own shrinking leaves the strokes a little sharper than one long filter would.
        assert difference.mean() < 4
        assert np.corrcoef(fast.pixels.ravel(), slow.ravel())[0, 1] > 0.985


def test_pictures_of_the_common_size_are_shown_as_they_are(paintings: Path) -> None:
    file = min(paintings.glob("*/*.jpg"))
    pixels = open_image(file)
    for kind in ("whole", "centre"):
        np.testing.assert_array_equal(View(kind, 224).open(file).pixels[0], pixels)  # type: ignore[arg-type]


def test_whole_is_squashed_to_the_square(scene: Pixels) -> None:
    expected = np.asarray(Image.fromarray(scene).resize((64, 64), Image.Resampling.LANCZOS)).astype(int)
    assert np.abs(View("whole", 64).apply(scene)[0] - expected).mean() < 1


def test_centre_is_the_middle_square() -> None:
    pixels = np.zeros((100, 300, 3), dtype=np.uint8)
    pixels[:, 100:200] = 255
    assert View("centre", 50).apply(pixels).min() == 255
    assert View("centre", 50).apply(pixels.transpose(1, 0, 2)).min() == 255


def test_corners_go_clockwise_from_the_upper_right(scene: Pixels) -> None:
    shown = View("corners", 64).apply(scene)
    for place, (rows, columns) in enumerate(
        [
            (slice(0, 64), slice(176, 240)),
            (slice(116, 180), slice(176, 240)),
            (slice(116, 180), slice(0, 64)),
            (slice(0, 64), slice(0, 64)),
        ],
        start=1,
    ):
        np.testing.assert_array_equal(shown[place], scene[rows, columns])
    np.testing.assert_array_equal(shown[0], View("whole", 64).apply(scene)[0])


def test_quarters_take_the_corners_place_in_a_small_picture(tmp_path: Path, rng: np.random.Generator) -> None:
    colours = rng.integers(0, 256, size=(2, 2, 3), dtype=np.uint8)
    pixels = colours.repeat(40, axis=0).repeat(50, axis=1)  # 80 x 100
    Image.fromarray(pixels).save(tmp_path / "a.png")
    for size, quartered in ((79, False), (80, True), (128, True)):
        picture = View("corners", size).open(tmp_path / "a.png")
        assert picture.quartered is quartered
        assert picture.original_size == (100, 80)
    clockwise = [colours[0, 1], colours[1, 1], colours[1, 0], colours[0, 0]]
    np.testing.assert_array_equal(picture.pixels[1:, 64, 64], clockwise)


def test_tiles_run_row_by_row(scene: Pixels) -> None:
    shown = View("tiles", 32, grid=3).apply(scene)
    at_once = resample(scene, width=96, height=96)
    for place in range(9):
        row, column = divmod(place, 3)
        np.testing.assert_array_equal(shown[place], at_once[32 * row : 32 * row + 32, 32 * column : 32 * column + 32])


def test_a_very_long_picture_takes_no_more_memory_than_a_square(rng: np.random.Generator) -> None:
    pixels = rng.integers(0, 256, size=(16, 20_000, 3), dtype=np.uint8)
    assert View("centre", 256).apply(pixels).shape == (1, 256, 256, 3)


def test_threads_see_what_one_sees(tmp_path: Path, rng: np.random.Generator) -> None:
    for i in range(8):
        Image.fromarray(rng.integers(0, 256, size=(90 + i, 120, 3), dtype=np.uint8)).save(tmp_path / f"{i}.jpg")
    files = sorted(tmp_path.iterdir()) * 10
    view = View("corners", 48)
    alone = [view.open(file).pixels for file in files[:8]]
    with ThreadPoolExecutor(4) as pool:
        for place, picture in enumerate(pool.map(view.open, files)):
            np.testing.assert_array_equal(picture.pixels, alone[place % 8])


def test_bytes_and_files_are_shown_alike(tmp_path: Path, scene: Pixels) -> None:
    out = io.BytesIO()
    Image.fromarray(scene).save(out, "JPEG")
    (tmp_path / "a.jpg").write_bytes(out.getvalue())
    view = View("whole", 32)
    of_bytes = view.open_bytes(out.getvalue(), name="a.jpg").pixels
    np.testing.assert_array_equal(of_bytes, view.open(tmp_path / "a.jpg").pixels)
    with pytest.raises(PictureError, match=r"^b\.jpg: "):
        view.open_bytes(b"", name="b.jpg")


@given(
    kind=st.sampled_from(["whole", "centre", "corners", "tiles"]),
    size=st.integers(8, 64),
    grid=st.integers(1, 4),
    shape=st.tuples(st.integers(16, 90), st.integers(16, 90)),
)
@settings(max_examples=40, deadline=None)
def test_any_view_of_any_shape(kind: Any, size: int, grid: int, shape: tuple[int, int]) -> None:
    view = View(kind, size, grid=grid if kind == "tiles" else 2)
    shown = view.apply(np.full((*shape, 3), 117, dtype=np.uint8))
    assert shown.shape == (view.n, size, size, 3)
    assert np.abs(shown.astype(int) - 117).max() <= 1
    assert View.from_dict(view.to_dict()) == view


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        ({"kind": "whole", "sise": 224}, "unknown key 'sise'; did you mean 'size'"),
        ({"kind": "hole", "size": 224}, "unknown kind 'hole'; did you mean 'whole'"),
        ({"kind": "whole"}, "'size' is missing"),
        ({"size": 224}, "'kind' is missing"),
        ({"kind": "whole", "size": 224, "grid": 3}, "'grid' belongs to the kind 'tiles'"),
        ({"kind": "whole", "size": "224"}, "size is '224'"),
        ({"kind": "whole", "size": True}, "size is True"),
        ({"kind": "tiles", "size": 64, "grid": 0}, "grid is 0"),
        ({"kind": "whole", "size": 7}, "from 8 to 4096"),
    ],
)
def test_views_that_cannot_be_are_refused(stored: dict[str, Any], message: str) -> None:
    with pytest.raises(ViewError, match=message) as caught:
        View.from_dict(stored)
    assert isinstance(caught.value, MorelliError)


def test_pixels_of_another_kind_are_refused() -> None:
    for wrong in (
        np.zeros((20, 20), np.uint8),
        np.zeros((20, 20, 4), np.uint8),
        np.zeros((20, 20, 3)),
        np.zeros((0, 9, 3), np.uint8),
    ):
        with pytest.raises(ViewError, match="give uint8"):
            View("whole", 16).apply(wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(400, 300), (301, 407), (90, 60)])
@pytest.mark.parametrize("view", VIEWS)
def test_boxes_are_where_the_pictures_of_a_view_come_from(view: View, size: tuple[int, int]) -> None:
    """A picture whose red grows to the right and whose green grows downwards tells where each of its parts lies."""
    width, height = size
    across, down = (np.arange(width) + 0.5) / width, (np.arange(height) + 0.5) / height
    ramp = np.zeros((height, width, 3))
    ramp[..., 0], ramp[..., 1] = across[None] * 255, down[:, None] * 255
    shown = view.apply(np.rint(ramp).astype(np.uint8))
    boxes = view.boxes(size)
    assert len(boxes) == view.n
    for pixels, (left, top, right, bottom) in zip(shown, boxes, strict=True):
        assert pixels[..., 0].mean() / 255 == pytest.approx((left + right) / 2, abs=0.01)
        assert pixels[..., 1].mean() / 255 == pytest.approx((top + bottom) / 2, abs=0.01)
        assert np.ptp(pixels[..., 0].mean(axis=0)) / 255 == pytest.approx(
            (right - left) * (1 - 1 / view.size), abs=0.02
        )
        assert np.ptp(pixels[..., 1].mean(axis=1)) / 255 == pytest.approx(
            (bottom - top) * (1 - 1 / view.size), abs=0.02
        )
