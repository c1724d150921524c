from __future__ import annotations

import io
import time

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from morelli.errors import PictureError
from morelli.pictures.jpeg import quality, read_jpeg, segments
from morelli.pictures.open import open_image_bytes

Pixels = npt.NDArray[np.uint8]


def jpeg(pixels: Pixels, *, mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(out, "JPEG", **options)  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
def test_the_quality_is_the_one_that_the_file_was_saved_with(scene: Pixels, mode: str, progressive: bool) -> None:
    asked = list(range(1, 101, 3))
    found = [quality(read_jpeg(jpeg(scene, mode=mode, quality=q, progressive=progressive))) for q in asked]
    assert found == asked


def test_a_table_of_another_program_is_measured_on_the_same_scale(scene: Pixels) -> None:
    flat = {0: [20] * 64, 1: [20] * 64}
    data = jpeg(scene, qtables=flat)
    standard = [quality(read_jpeg(jpeg(scene, quality=q))) for q in (50, 95)]
    assert standard[0] is not None
    assert standard[1] is not None
    found = quality(read_jpeg(data))
    assert found is not None
    assert standard[0] < found < standard[1]


def test_a_file_without_tables_has_no_quality(scene: Pixels) -> None:
    data = jpeg(scene)
    bare = data[:2] + b"".join(data[start:end] for marker, start, end in segments(data) if marker != 0xDB)
    assert quality(read_jpeg(bare)) is None
    assert quality(read_jpeg(b"\xff\xd8\xff")) is None
    assert quality(read_jpeg(b"\xff\xd8" + b"\xff\xdb\0\x05\0\1\2")) is None


def test_segments_are_those_that_the_file_was_made_of(scene: Pixels) -> None:
    data = jpeg(scene, comment=b"by a test", optimize=True)
    found = list(segments(data))
    assert found[-1][0] == 0xDA
    assert found[-1][2] == len(data)
    assert data == data[:2] + b"".join(data[start:end] for _, start, end in found)
    (comment,) = (data[start + 4 : end] for marker, start, end in found if marker == 0xFE)
    assert comment == b"by a test"
    assert read_jpeg(data).data is data


@pytest.mark.parametrize(
    "filling", [b"\xff" * 3_000_000, b"\xff\0" * 1_500_000, b"\xff\xe0\0\2" * 700_000, b"\0" * 9_000_000]
)
def test_a_head_without_end_takes_no_time(scene: Pixels, filling: bytes) -> None:
    data = jpeg(scene)
    began = time.process_time()
    try:
        opened = open_image_bytes(data[:2] + filling + data[2:], name="x.jpg")
    except PictureError:
        pass
    else:
        np.testing.assert_array_equal(opened, open_image_bytes(data, name="x.jpg"))
    assert time.process_time() - began < 2


@pytest.mark.parametrize("marker", [0xC3, 0xC5, 0xC9, 0xCA, 0xCD])
def test_codings_whose_damage_is_not_noticed_are_refused(scene: Pixels, marker: int) -> None:
    data = jpeg(scene)
    frame = next(start for found, start, _ in segments(data) if found == 0xC0)
    changed = data[: frame + 1] + bytes([marker]) + data[frame + 2 :]
    with pytest.raises(PictureError, match=r"x\.jpg: a JPEG coded in a rare way .* convert it"):
        open_image_bytes(changed, name="x.jpg")


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_progressive_file_that_lacks_scans_is_an_error(scene: Pixels, mode: str) -> None:
    data = jpeg(scene, mode=mode, progressive=True)
    assert not read_jpeg(data).lacks_scans
    scans = [at for at in range(len(data) - 1) if data[at : at + 2] == b"\xff\xda"]
    assert len(scans) > 3
    for scan in scans[1:]:
        cut = data[:scan] + b"\xff\xd9"
        assert read_jpeg(cut).lacks_scans
        with pytest.raises(PictureError, match=r"x\.jpg: truncated"):
            open_image_bytes(cut, name="x.jpg")
    assert not read_jpeg(jpeg(scene, mode=mode)).lacks_scans
