"""A PNG's checksums, part by part."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from morelli.errors import PictureError
from morelli.pictures.open import open_image
from morelli.pictures.png import png_fault


def turned_png() -> bytes:
    """A PNG of 20 x 40 px whose orientation says that it is lying on its side."""
    image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (20, 40, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    image.save(out, "PNG", exif=exif)
    return out.getvalue()


def test_a_wrong_checksum_of_any_part_is_an_error_and_a_right_one_is_none(tmp_path: Path) -> None:
    data = turned_png()
    assert png_fault(data) is None
    (tmp_path / "whole.png").write_bytes(data)
    assert open_image(tmp_path / "whole.png").shape == (40, 20, 3)
    at, parts = 8, 0
    while at + 12 <= len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind = data[at + 4 : at + 8]
        broken = bytearray(data)
        broken[at + 8 + length] ^= 1
        (tmp_path / "broken.png").write_bytes(broken)
        with pytest.raises(
            PictureError, match=rf"broken\.png: damaged: the checksum of its part '{kind.decode()}' is wrong"
        ):
            open_image(tmp_path / "broken.png")
        assert (
            zlib.crc32(data[at + 4 : at + 8 + length])
            == struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0]
        )
        at, parts = at + 12 + length, parts + 1
    assert parts >= 4


def test_what_comes_after_the_end_is_no_part() -> None:
    assert png_fault(turned_png() + b"\0" * 40) is None


def test_a_file_that_ends_early_is_left_to_the_decoder() -> None:
    data = turned_png()
    assert all(png_fault(data[:end]) is None for end in range(8, len(data)))
