from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from morelli.errors import PictureError
from morelli.pictures.observe import observe, open_observed
from morelli.pictures.open import decode
from morelli.pictures.view import View

Pixels = npt.NDArray[np.uint8]
VIEW = View("whole", 64)


def saved(pixels: Pixels, file: Path, **options: object) -> Path:
    Image.fromarray(pixels).save(file, **options)  # type: ignore[arg-type]
    return file


def test_the_view_is_the_one_that_open_gives(made_up: list[Pixels], tmp_path: Path) -> None:
    file = saved(made_up[0], tmp_path / "a.jpg", quality=90)
    for view in (VIEW, View("corners", 64), View("tiles", 32)):
        viewed, seen = open_observed(file, view=view)
        np.testing.assert_array_equal(viewed.pixels, view.open(file).pixels)
        assert viewed.original_size == seen.size == (256, 256)
        assert seen.quality == 90
        assert seen.blockiness is (None if view is VIEW else seen.blockiness)
    with pytest.raises(PictureError, match=r"gone\.jpg: no such file"):
        open_observed(tmp_path / "gone.jpg", view=VIEW)


def test_a_cropped_picture_is_shown_and_seen_as_what_is_inside_its_frame(made_up: list[Pixels], tmp_path: Path) -> None:
    pixels = made_up[0]
    framed = np.full((316, 296, 3), (240, 236, 228), np.uint8)
    framed[30:286, 20:276] = pixels
    file = saved(framed, tmp_path / "a.png")
    viewed, seen = open_observed(file, view=VIEW, crop=True)
    assert viewed.part == pytest.approx((20 / 296, 30 / 316, 276 / 296, 286 / 316), abs=3.5 / 296)
    assert seen.cut == pytest.approx((30 / 316, 20 / 296, 30 / 316, 20 / 296), abs=3.5 / 296)
    assert seen.border is None
    assert viewed.original_size == seen.size
    assert np.abs(np.array(seen.size) - 256).max() <= 6
    apart = np.abs(viewed.pixels.astype(int) - VIEW.apply(pixels)).mean()
    assert apart < 8 < np.abs(VIEW.apply(framed).astype(int) - VIEW.apply(pixels)).mean()
    whole, plain = open_observed(saved(pixels, tmp_path / "b.jpg", quality=20), view=VIEW, crop=True)
    assert (whole.part, plain.cut) == ((0, 0, 1, 1), (0, 0, 0, 0))
    assert plain.quality == 20


def test_a_painting_gives_no_cause_for_alarm(made_up: list[Pixels], tmp_path: Path) -> None:
    for number, pixels in enumerate(made_up):
        _, seen = open_observed(saved(pixels, tmp_path / f"{number}.jpg", quality=88), view=View("whole", 224))
        assert seen.border is None
        assert not seen.heavily_compressed
        assert not seen.flat


def test_heavy_compression_from_tables_and_from_blocks(made_up: list[Pixels]) -> None:
    def look(pixels: Pixels, form: str, **options: object) -> tuple[bytes, bool]:
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, form, **options)  # type: ignore[arg-type]
        data = out.getvalue()
        return data, observe(decode(data, name="x"), data=data).heavily_compressed

    found = []
    for pixels in made_up:
        data, heavy = look(pixels, "JPEG", quality=15)
        assert heavy
        again = np.asarray(Image.open(io.BytesIO(data)))
        found.append(look(again, "PNG")[1])
        assert not look(pixels, "JPEG", quality=60)[1]
    assert sum(found) >= 9  # smooth paintings have few blocks to see


def test_a_flat_picture_is_flat() -> None:
    out = io.BytesIO()
    Image.new("RGB", (80, 60), (120, 20, 20)).save(out, "PNG")
    seen = observe(decode(out.getvalue(), name="x"), data=out.getvalue())
    assert seen.flat
    assert seen.quality is None
    assert seen.colourless
