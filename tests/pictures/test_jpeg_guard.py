"""Damage at the very end of a JPEG: seen at every size, and whole files decode to the same pixels as without the guard."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from morelli.errors import PictureError
from morelli.pictures.jpeg import read_jpeg
from morelli.pictures.jpeg_guard import Guard
from morelli.pictures.open import open_image_bytes

Pixels = npt.NDArray[np.uint8]
KINDS: dict[str, dict[str, object]] = {
    "4:2:0": {"subsampling": 2},
    "4:2:2": {"subsampling": 1},
    "4:4:4": {"subsampling": 0},
    "restarts": {"subsampling": 2, "restart_marker_rows": 1},
    "progressive": {"progressive": True},
}


def jpeg(height: int, width: int, *, mode: str = "RGB", **options: object) -> bytes:
    rng = np.random.default_rng(height * width)
    coarse = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize((width, height))
    noisy = np.asarray(coarse).astype(int) + rng.integers(-20, 21, (height, width, 3))
    out = io.BytesIO()
    image = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).convert(mode)
    image.save(out, "JPEG", quality=85, **options)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("height", [128, 129, 136, 137, 144, 201])
@pytest.mark.parametrize("at_least", [None, 60, 30, 16])
def test_the_pixels_are_those_without_a_guard(
    kind: str, height: int, at_least: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = jpeg(height, 150, **KINDS[kind])
    opened = open_image_bytes(data, name="x", at_least=at_least)
    with monkeypatch.context() as patch:
        patch.setattr(Guard, "data", lambda self, shrink: self.jpeg.data)
        bare = open_image_bytes(data, name="x", at_least=at_least)
    # In a last row of MCUs that is not full, chroma is interpolated with the rows that the encoder filled it up with.
    np.testing.assert_array_equal(opened[:-1], bare[:-1])
    np.testing.assert_allclose(opened[-1].astype(int), bare[-1].astype(int), atol=3)


@pytest.mark.parametrize("kind", [*KINDS, "grey", "CMYK"])
@pytest.mark.parametrize("height", [128, 129, 137, 201])
@pytest.mark.parametrize("at_least", [None, 60, 30, 16])
def test_picture_data_that_end_early_are_an_error_wherever(kind: str, height: int, at_least: int | None) -> None:
    mode = {"grey": "L", "CMYK": "CMYK"}.get(kind, "RGB")
    data = jpeg(height, 150, mode=mode, **KINDS.get(kind, {}))
    whole = open_image_bytes(data, name="x", at_least=at_least)
    for gone in (3, 40, 150, 400, 1500):
        for end in (b"", b"\xff\xd9"):
            try:
                opened = open_image_bytes(data[:-gone] + end, name="x", at_least=at_least)
            except PictureError:
                continue
            assert (gone, end) == (3, b"\xff\xd9")  # the last byte may hold nothing but padding
            np.testing.assert_array_equal(opened, whole)


def test_bytes_between_the_picture_and_the_files_end_harm_nothing() -> None:
    data = jpeg(201, 150)
    for at_least in (None, 60, 16):
        whole = open_image_bytes(data, name="x", at_least=at_least)
        for junk in (b"\0" * 7, b"maker's note"):
            opened = open_image_bytes(data[:-2] + junk + data[-2:], name="x", at_least=at_least)
            np.testing.assert_array_equal(opened, whole)


def test_what_cannot_be_restarted_is_read_at_full_resolution() -> None:
    def most_shrink(data: bytes) -> int:
        return Guard.of(read_jpeg(data)).most_shrink

    assert most_shrink(jpeg(128, 128)) == 8
    assert most_shrink(jpeg(128, 128, restart_marker_rows=1)) == 1
    assert most_shrink(jpeg(128, 128, progressive=True)) == 8
    assert most_shrink(jpeg(2100, 2100, subsampling=0)) == 1  # more than 65,535 MCUs
    data = jpeg(128, 128, progressive=True)
    assert Guard.of(read_jpeg(data)).data(shrink=8) is data


@pytest.mark.parametrize("kept", [2, 3, 4, 20, 200, 300, 500, 620, 630])
def test_a_head_that_is_cut_anywhere_is_an_error(kept: int) -> None:
    for end in (b"", b"\xff\xd9", b"\xff\xda\0\x0c\x03" + bytes(9) + b"\xff\xd9"):
        with pytest.raises(PictureError, match=r"^x: "):
            open_image_bytes(jpeg(128, 128)[:kept].ljust(3, b"\xff") + end, name="x")


def test_codes_that_no_table_has_are_damage_at_full_resolution_too() -> None:
    """libjpeg-turbo says nothing of them on its fast path: what was noise at full size was an error where it was shrunk."""
    data = jpeg(128, 160)
    for place in (300, 900, 1500):
        at = read_jpeg(data).scan + place
        damaged = data[:at] + b"\xff\0" * 8 + data[at:]  # ones alone are no code in any table
        for at_least in (None, 64, 32):
            with pytest.raises(PictureError, match="damaged"):
                open_image_bytes(damaged, name="x", at_least=at_least)
