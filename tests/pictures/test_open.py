from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import psutil
import pytest
from PIL import Image, ImageCms, ImageOps

from morelli.errors import PictureError
from morelli.pictures.open import Limits, decode_file, open_image, open_image_bytes, picture_size, recognise

Pixels = npt.NDArray[np.uint8]


def encoded(pixels: Pixels | Image.Image, form: str, **options: object) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    out = io.BytesIO()
    image.save(out, form, **options)  # type: ignore[arg-type]
    return out.getvalue()


def by_pillow(data: bytes) -> npt.NDArray[np.int64]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(np.int64)


def png_header(width: int, height: int) -> bytes:
    """A PNG whose header asks for width x height px of grey and whose data hold nearly nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


# --- what is opened, against Pillow ---


@pytest.mark.parametrize("options", [{"quality": 90, "subsampling": 0}, {"quality": 75}, {"progressive": True}])
def test_jpeg_as_pillow_decodes_it(scene: Pixels, options: dict[str, object]) -> None:
    data = encoded(scene, "JPEG", **options)
    assert np.abs(open_image_bytes(data, name="a.jpg") - by_pillow(data)).max() <= 2


@pytest.mark.parametrize("form", ["PNG", "TIFF", "GIF", "WebP"])
def test_other_formats_as_pillow_decodes_them(scene: Pixels, form: str) -> None:
    data = encoded(scene, form, **({"lossless": True} if form == "WebP" else {}))
    opened = open_image_bytes(data, name=f"a.{form}")
    assert opened.shape == scene.shape
    assert opened.dtype == np.uint8
    np.testing.assert_array_equal(opened, by_pillow(data))


def test_a_real_painting_as_pillow_decodes_it(paintings_full_size: Path) -> None:
    file = min(paintings_full_size.glob("*/*.jpg"))
    assert np.abs(open_image(file) - by_pillow(file.read_bytes())).max() <= 2


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("at_least", [None, 40])
def test_exif_orientation_as_pillow_turns_it(scene: Pixels, orientation: int, at_least: int | None) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(scene, "JPEG", quality=95, subsampling=0, exif=exif)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    opened = open_image_bytes(data, name="a.jpg", at_least=at_least)
    small = np.asarray(Image.fromarray(upright).resize(opened.shape[1::-1], Image.Resampling.BOX)).astype(int)
    assert np.abs(opened - small).max() <= (2 if at_least is None else 8)


def test_original_size_is_of_the_upright_picture(scene: Pixels, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (tmp_path / "a.jpg").write_bytes(encoded(scene, "JPEG", exif=exif))
    decoded = decode_file(tmp_path / "a.jpg", at_least=30)
    assert decoded.original_size == (180, 240)
    assert decoded.pixels.shape == (60, 45, 3)


def test_alpha_is_laid_on_white(scene: Pixels) -> None:
    alpha = np.zeros(scene.shape[:2], dtype=np.uint8)
    alpha[:, :120], alpha[:, 120:180] = 255, 128
    data = encoded(np.dstack([scene, alpha]), "PNG")
    opened = open_image_bytes(data, name="a.png").astype(int)
    share = alpha[..., np.newaxis] / 255
    np.testing.assert_allclose(opened, scene * share + 255 * (1 - share), atol=1)


def test_hidden_colours_do_not_bleed_where_a_transparent_picture_is_shrunk() -> None:
    pixels = np.zeros((64, 64, 4), dtype=np.uint8)  # transparent black, and every other column opaque white
    pixels[:, ::2] = 255
    opened = open_image_bytes(encoded(pixels, "PNG"), name="a.png", at_least=16)
    assert opened.shape == (16, 16, 3)
    assert opened.min() == 255


def test_cmyk_has_the_colours_of_print() -> None:
    inks = {(0, 0, 0, 0): (255, 255, 255), (255, 0, 0, 0): (0, 174, 239), (0, 255, 255, 0): (237, 28, 36)}
    for ink, colour in inks.items():  # SWOP inks as everyone shows them on a screen
        data = encoded(Image.new("CMYK", (32, 32), ink), "JPEG", quality=95)
        np.testing.assert_allclose(open_image_bytes(data, name="a.jpg")[16, 16], colour, atol=32)


def test_a_colour_profile_is_applied_as_littlecms_does(scene: Pixels) -> None:
    # A profile of its own: sRGB with its red and blue exchanged is unmistakable.
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile = profile.replace(b"rXYZ", b"tmpX", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"tmpX", b"bXYZ", 1)
    profile = profile.replace(b"sRGB", b"xRGB").replace("sRGB".encode("utf-16-be"), "xRGB".encode("utf-16-be"))
    data = encoded(scene, "PNG", icc_profile=bytes(profile))
    opened = open_image_bytes(data, name="a.png").astype(int)
    expected = ImageCms.profileToProfile(
        Image.fromarray(scene),
        ImageCms.ImageCmsProfile(io.BytesIO(bytes(profile))),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    assert expected is not None
    np.testing.assert_allclose(opened, np.asarray(expected).astype(int), atol=3)
    assert np.abs(opened - scene).mean() > 10


def test_a_broken_colour_profile_is_passed_over(scene: Pixels) -> None:
    data = encoded(scene, "PNG", icc_profile=b"\0" * 200)
    np.testing.assert_array_equal(open_image_bytes(data, name="a.png"), scene)


def test_sixteen_bit_grey_becomes_eight(scene: Pixels) -> None:
    grey = scene[:, :, 0].astype(np.uint16) * 257
    for form in ("PNG", "TIFF"):
        opened = open_image_bytes(encoded(Image.fromarray(grey), form), name="a")
        np.testing.assert_allclose(opened, np.repeat(scene[:, :, :1], 3, axis=2), atol=1)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "1"])
def test_grey_palette_and_line_art_as_pillow_shows_them(scene: Pixels, mode: str) -> None:
    data = encoded(Image.fromarray(scene).convert(mode), "PNG")
    np.testing.assert_allclose(open_image_bytes(data, name="a.png"), by_pillow(data), atol=1)


def test_sixteen_bit_alpha_is_laid_on_white() -> None:
    import pyvips  # Pillow writes no 16-bit RGBA

    pixels = np.zeros((32, 32, 4), dtype=np.uint16)
    pixels[:, 16:, 3] = 65535
    data = pyvips.Image.new_from_array(pixels, interpretation="rgb16").pngsave_buffer()
    opened = open_image_bytes(data, name="a.png")
    assert opened[:, :16].min() == 255
    assert opened[:, 16:].max() == 0


@pytest.mark.parametrize("form", ["GIF", "WebP"])
def test_the_first_frame_of_an_animation(scene: Pixels, form: str) -> None:
    first = Image.fromarray(scene)
    options = {"lossless": True} if form == "WebP" else {}
    data = encoded(first, form, save_all=True, append_images=[ImageOps.invert(first)] * 3, **options)
    opened = open_image_bytes(data, name="a")
    assert opened.shape == scene.shape
    np.testing.assert_allclose(opened, by_pillow(data), atol=1)


# --- shrinking ---


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WebP", "GIF"])
@pytest.mark.parametrize("at_least", [16, 25, 50, 60, 89, 90, 91, 500])
def test_shrunk_pictures_keep_their_shorter_side(scene: Pixels, form: str, at_least: int) -> None:
    opened = open_image_bytes(encoded(scene, form), name="a", at_least=at_least)
    assert min(opened.shape[:2]) >= min(at_least, 180)
    assert opened.shape[0] / opened.shape[1] == pytest.approx(180 / 240, rel=0.05)
    if at_least <= 90:
        assert opened.shape[0] <= 90


def test_a_shrunk_picture_is_the_mean_of_its_blocks(scene: Pixels) -> None:
    blocks = scene.reshape(60, 3, 80, 3, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(open_image_bytes(encoded(scene, "PNG"), name="a", at_least=60), blocks, atol=0.51)


# --- what is refused ---


def refused(source: Path | str) -> str:
    with pytest.raises(PictureError) as caught:
        open_image(source)
    assert str(source) in str(caught.value)
    return str(caught.value)


def test_missing_folder_empty_and_foreign_files(tmp_path: Path) -> None:
    (tmp_path / "x.jpg").mkdir()
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.jpg").write_text("not a picture at all")
    (tmp_path / "random.png").write_bytes(os.urandom(64).replace(b"\x89", b"\0"))
    (tmp_path / "magic.jpg").write_bytes(b"\xff\xd8\xff")
    assert "no such file" in refused(tmp_path / "missing.jpg")
    assert "a folder" in refused(tmp_path / "x.jpg")
    assert "empty (0 bytes)" in refused(tmp_path / "empty.jpg")
    assert "not a picture" in refused(tmp_path / "text.jpg")
    assert "truncated" in refused(tmp_path / "magic.jpg")
    assert "no such file" in refused(tmp_path / "text.jpg" / "inside.jpg")


@pytest.mark.parametrize(
    ("start", "named"),
    [
        (b"BM" + bytes(60), "BMP"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC"),
        (b"\0\0\0\x18ftypavif" + bytes(40), "AVIF"),
        (b"%PDF-1.7\n", "PDF"),
        (b"8BPS" + bytes(30), "PSD"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
    ],
)
def test_formats_that_are_not_opened_are_named_with_the_way_out(start: bytes, named: str) -> None:
    with pytest.raises(PictureError, match=rf"a\.jpg: .*{named}.* convert it to PNG"):
        recognise(start, name="a.jpg")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "TIFF", "WebP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("at_least", [None, 40])
def test_truncated_files_are_errors(scene: Pixels, form: str, share: float, at_least: int | None) -> None:
    data = encoded(scene, form)
    with pytest.raises(PictureError, match=r"^cut\.x: (truncated|damaged)"):
        open_image_bytes(data[: int(len(data) * share)], name="cut.x", at_least=at_least)


def test_damage_inside_a_png_is_an_error(scene: Pixels) -> None:
    data = bytearray(encoded(scene, "PNG"))
    data[len(data) // 2] ^= 0xFF
    with pytest.raises(PictureError, match="damaged"):
        open_image_bytes(bytes(data), name="a.png")


@pytest.mark.parametrize("at_least", [None, 32])
@pytest.mark.parametrize("progressive", [False, True])
def test_zeroed_picture_data_of_a_jpeg_are_an_error(scene: Pixels, at_least: int | None, progressive: bool) -> None:
    file = io.BytesIO()
    large = Image.fromarray(scene).resize((960, 720)).effect_spread(9)
    large.save(file, "JPEG", quality=90, progressive=progressive)
    data = bytearray(file.getvalue())
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    with pytest.raises(PictureError, match=r"x\.jpg: damaged: "):
        open_image_bytes(bytes(data), name="x.jpg", at_least=at_least)


@pytest.mark.parametrize("options", [{}, {"optimize": True}])
def test_flat_jpegs_are_not_taken_for_damaged(options: dict[str, bool]) -> None:
    file = io.BytesIO()
    Image.new("RGB", (2000, 2000), "white").save(file, "JPEG", **options)
    assert (open_image_bytes(file.getvalue(), name="x.jpg") == 255).all()


def test_junk_between_the_segments_of_a_jpegs_head_harms_nothing(scene: Pixels) -> None:
    file = io.BytesIO()
    Image.fromarray(scene).save(file, "JPEG")
    data = file.getvalue()
    odd_exif = b"\xff\xe1\x00\x10Exif\0\0IIxxxxxx"
    for changed in (data[:20] + b"\0\0" + data[20:], data[:2] + odd_exif + data[2:], data + b"junk"):
        np.testing.assert_array_equal(open_image_bytes(changed, name="x.jpg"), open_image_bytes(data, name="x.jpg"))


def test_too_small_pictures_are_refused_with_the_reason() -> None:
    with pytest.raises(PictureError, match=r"a\.png: 1 x 1 px; the shorter side must have 16 px"):
        open_image_bytes(encoded(np.zeros((1, 1, 3), np.uint8), "PNG"), name="a.png")
    line = encoded(np.zeros((15, 400, 3), np.uint8), "PNG")
    with pytest.raises(PictureError, match="400 x 15 px"):
        open_image_bytes(line, name="a.png")
    assert open_image_bytes(line, name="a.png", limits=Limits(shorter_side=15)).shape == (15, 400, 3)


def test_a_bomb_is_refused_from_its_header(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.png"
    bomb.write_bytes(png_header(20_000, 15_000))
    open_image_bytes(encoded(np.zeros((20, 20, 3), np.uint8), "PNG"), name="warm.png")
    process = psutil.Process()
    before, began = process.memory_info().rss, time.perf_counter()
    assert "20000 x 15000 = 300 megapixels" in refused(bomb)
    assert time.perf_counter() - began < 0.5
    assert process.memory_info().rss - before < 20e6


def test_a_real_bomb_of_one_bit_is_refused_from_its_header() -> None:
    data = encoded(Image.new("1", (20_000, 15_000)), "PNG")
    assert len(data) < 100_000
    with pytest.raises(PictureError, match="300 megapixels"):
        open_image_bytes(data, name="bomb.png")


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_a_picture_of_few_rows_and_very_many_columns_is_refused_from_its_header(form: str) -> None:
    data = encoded(Image.new("RGB", (65_536, 16)), form)
    with pytest.raises(PictureError, match=r"a: 65536 x 16 px; pictures over 65,535 px a side are refused"):
        open_image_bytes(data, name="a")
    assert open_image_bytes(data, name="a", limits=Limits(longer_side=65_536), at_least=16).shape == (16, 65_536, 3)


def test_limits_can_be_moved_and_check_themselves(scene: Pixels, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(encoded(scene, "PNG"))
    with pytest.raises(PictureError, match=r"a\.png: 240 x 180 = 0 megapixels"):
        open_image(file, limits=Limits(pixels=1000))
    with pytest.raises(PictureError, match=r"a\.png: .* files over 100 bytes are refused"):
        open_image(file, limits=Limits(file_bytes=100))
    with pytest.raises(ValueError, match="pixels is 0"):
        Limits(pixels=0)
    with pytest.raises(ValueError, match="at_least is 0"):
        open_image(file, at_least=0)


def test_pipes_devices_and_circular_links_neither_hang_nor_pass(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "a.jpg").symlink_to(tmp_path / "b.jpg")
    (tmp_path / "b.jpg").symlink_to(tmp_path / "a.jpg")
    assert "pipe, socket or device" in refused(tmp_path / "pipe.jpg")
    assert "pipe, socket or device" in refused("/dev/zero")
    assert "circle" in refused(tmp_path / "a.jpg")
    with pytest.raises(PictureError, match="not a file name"):
        open_image("a\0.jpg")


def test_no_permission_is_named(tmp_path: Path, scene: Pixels, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "locked.jpg"
    file.write_bytes(encoded(scene, "JPEG"))
    file.chmod(0)
    if os.geteuid() == 0:  # root reads everything: let the system's answer to others stand in for its own

        def no(*_: object) -> int:
            raise PermissionError(13, "Permission denied", str(file))

        monkeypatch.setattr("morelli.pictures.file.os.open", no)
    assert "no permission" in refused(file)


def test_libvips_says_nothing_on_standard_error(tmp_path: Path, scene: Pixels) -> None:
    tiff = bytearray(encoded(scene, "TIFF"))
    tiff[-40:-20] = os.urandom(20)  # in the directory of tags
    files = {"a.jpg": encoded(scene, "JPEG")[:900], "b.png": encoded(scene, "PNG")[:900], "c.tif": bytes(tiff)}
    files |= {
        "d.gif": encoded(scene, "GIF")[:600],
        "e.webp": encoded(scene, "WebP")[:200],
        "f.png": png_header(300, 200),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    code = (
        "import sys\nfrom morelli.pictures.open import open_image\nfrom morelli.errors import PictureError\n"
        "for path in sys.argv[1:]:\n"
        "    try:\n        open_image(path)\n    except PictureError as err:\n        print(err)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *(str(tmp_path / name) for name in files)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    assert done.stdout.count("\n") >= 5


@pytest.mark.slow
def test_memory_stays_flat_over_many_pictures(tmp_path: Path, scene: Pixels) -> None:
    data = encoded(scene, "JPEG")
    process = psutil.Process()

    def many(count: int) -> int:
        for _ in range(count):
            open_image_bytes(data, name="a.jpg", at_least=64)
        return int(process.memory_info().rss)

    many(500)
    before = many(500)
    assert many(4000) - before < 8e6


# --- the size, from the head alone ---


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "WebP", "TIFF"])
def test_the_size_of_a_file_is_that_of_its_upright_picture(form: str, tmp_path: Path) -> None:
    image = Image.new("RGB", (60, 40), "red")
    assert picture_size(encoded(image, form), name="x") == (60, 40)
    if form in ("JPEG", "TIFF"):
        exif = Image.Exif()
        exif[0x0112] = 6  # a quarter turn
        data = encoded(image, form, exif=exif)
        file = tmp_path / "turned"
        file.write_bytes(data)
        assert picture_size(data, name="x") == decode_file(file).original_size == (40, 60)


def test_a_head_that_is_none_is_named() -> None:
    with pytest.raises(PictureError, match=r"x\.png: not a picture"):
        picture_size(b"nothing", name="x.png")
    with pytest.raises(PictureError, match="truncated"):
        picture_size(b"\xff\xd8\xff\xe0", name="x.jpg")
