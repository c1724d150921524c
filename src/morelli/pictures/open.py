"""Open a picture: whatever the file holds, out come upright sRGB pixels, or an error that names the file and the
reason.

Decoding is libvips' (by pyvips), which shrinks while it decodes and does colour profiles and CMYK right. The format is
recognised by us, by the file's first bytes, from a short list; libvips never chooses a loader by itself, so a file
called x.jpg cannot reach a reader we did not mean.
Read: JPEG, PNG, GIF (first frame), WebP (first frame), TIFF (first page). Not read: BMP (the libvips wheels have no
reader), HEIC, AVIF, SVG, PDF, camera raw; the error says to convert them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from morelli.errors import PictureError
from morelli.pictures.colour import is_plain, srgb
from morelli.pictures.file import read_regular_file
from morelli.pictures.formats import Format, recognise
from morelli.pictures.jpeg import Jpeg, read_jpeg
from morelli.pictures.jpeg_guard import Guard
from morelli.pictures.png import png_fault
from morelli.pictures.vips import pyvips

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a file may ask of this machine before it is refused, and the least that still is a picture."""

    pixels: int = 200_000_000  # width x height as the header says; a decoded pixel takes 3 bytes
    file_bytes: int = 1_000_000_000
    shorter_side: int = 16  # px; nothing can be said of a painter below
    longer_side: int = (
        65_535  # px, the most that a JPEG can say; decoders hold many rows at once, however few there are
    )

    def __post_init__(self) -> None:
        for name in ("pixels", "file_bytes", "shorter_side", "longer_side"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; use 1 or more")


@dataclass(frozen=True, kw_only=True, eq=False)
class Decoded:
    """An opened picture: `pixels` uint8 (h, w, 3), perhaps shrunk; `original_size` (width, height) in px of the upright
    picture in its file.
    """

    pixels: Pixels
    original_size: tuple[int, int]


_LOADERS: dict[Format, str] = {
    "JPEG": "jpegload_buffer",
    "PNG": "pngload_buffer",
    "GIF": "gifload_buffer",
    "WebP": "webpload_buffer",
    "TIFF": "tiffload_buffer",
}


def open_image(source: Path | str, *, at_least: int | None = None, limits: Limits | None = None) -> Pixels:
    """Open a picture file: uint8 (h, w, 3), sRGB, upright (EXIF orientation applied), alpha laid on white.

    source: the file. at_least: the picture may be shrunk by a whole factor while it is decoded, as long as its shorter
    side keeps this many px; None gives full resolution. limits: what is refused before decoding (200 megapixels and
    more, unless said otherwise).
    Raises PictureError, naming the file and the reason: missing, a folder, no permission, empty, not a picture,
    truncated, too large, too small.
    """
    return decode_file(source, at_least=at_least, limits=limits).pixels


def open_image_bytes(data: bytes, *, name: str, at_least: int | None = None, limits: Limits | None = None) -> Pixels:
    """Open a picture from the bytes of its file, as `open_image` does; `name` stands for it in errors."""
    return decode(data, name=name, at_least=at_least, limits=limits).pixels


def decode_file(source: Path | str, *, at_least: int | None = None, limits: Limits | None = None) -> Decoded:
    """Open a picture file as `open_image` does and keep its original size."""
    limits = Limits() if limits is None else limits
    data = read_regular_file(source, at_most=limits.file_bytes)
    return decode(data, name=str(source), at_least=at_least, limits=limits)


def decode(data: bytes, *, name: str, at_least: int | None = None, limits: Limits | None = None) -> Decoded:
    """Open a picture from bytes as `open_image_bytes` does and keep its original size."""
    if at_least is not None and at_least < 1:
        raise ValueError(f"at_least is {at_least} px; use 1 or more")
    limits = Limits() if limits is None else limits
    if len(data) > limits.file_bytes:
        raise PictureError(f"{name}: {len(data):,} bytes; files over {limits.file_bytes:,} bytes are refused")
    kind = recognise(data, name=name)
    try:
        if kind == "JPEG":
            return _decode_jpeg(read_jpeg(data), name=name, at_least=at_least, limits=limits)
        if kind == "PNG" and (fault := png_fault(data)):
            raise PictureError(f"{name}: {fault}")
        image = _load(data, kind)
        size = (image.width, image.height)
        _check_size(*size, name=name, limits=limits)
        pixels = srgb(_shrunk(image, factor=_factor(size, at_least)).copy_memory(), name=name)
    except pyvips().Error as err:
        raise PictureError(f"{name}: {_damage(data, kind)}") from err
    return Decoded(pixels=pixels, original_size=_upright(image, size))


def _decode_jpeg(jpeg: Jpeg, *, name: str, at_least: int | None, limits: Limits) -> Decoded:
    if fault := jpeg.fault:
        raise PictureError(f"{name}: {fault}")
    size = (jpeg.width, jpeg.height)
    _check_size(*size, name=name, limits=limits)
    guard = Guard.of(jpeg)
    factor = _factor(size, at_least)
    # The JPEG reader skips the high frequencies: the fast way to a smaller picture.
    share = max(s for s in (1, 2, 4, 8) if s <= min(factor, guard.most_shrink))
    height = jpeg.height // share
    image = _load(guard.data(shrink=share), "JPEG", shrink=share)
    try:
        if factor // share == 1 and is_plain(image):
            return Decoded(pixels=image.numpy()[:height], original_size=size)
        whole = image.copy_memory()
    except pyvips().Error as err:
        # Bytes between the picture's end and the file's harm nothing, but the guard meets them.
        if "before marker 0xd0" not in str(err) or "premature end" in str(err):
            raise
        whole = _load(jpeg.data, "JPEG", shrink=share).copy_memory()
    pixels = srgb(_shrunk(whole.crop(0, 0, whole.width, height), factor=factor // share), name=name)
    return Decoded(pixels=pixels, original_size=_upright(image, size))


def picture_size(data: bytes, *, name: str) -> tuple[int, int]:
    """Return (width, height) in px of the upright picture in a file's bytes, from its head alone. Raises PictureError."""
    kind = recognise(data, name=name)
    try:
        image = _load(read_jpeg(data).data if kind == "JPEG" else data, kind)
    except pyvips().Error as err:
        raise PictureError(f"{name}: {_damage(data, kind)}") from err
    return _upright(image, (image.width, image.height))


def _factor(size: tuple[int, int], at_least: int | None) -> int:
    return 1 if at_least is None else max(1, min(size) // at_least)


def _upright(image: Any, size: tuple[int, int]) -> tuple[int, int]:
    turned = image.get_typeof("orientation") != 0 and image.get("orientation") >= 5
    return (size[1], size[0]) if turned else size


def _load(data: bytes, kind: Format, *, shrink: int = 1) -> Any:
    loader = getattr(pyvips().Image, _LOADERS[kind])
    # Damage must be an error, never a grey lower half; sequential reading keeps a large picture's pixels out of memory
    # until it is shrunk.
    options: dict[str, Any] = {"access": "sequential", "fail_on": "error"}
    if kind == "JPEG":
        # libjpeg calls corrupt picture data no more than a warning; PNG's warnings are about harmless chunks.
        options |= {"shrink": shrink, "fail_on": "warning"}
    return loader(data, **options)


def _check_size(width: int, height: int, *, name: str, limits: Limits) -> None:
    if width * height > limits.pixels:
        size = f"{width} x {height} = {width * height / 1e6:,.0f} megapixels"
        most = f"{limits.pixels / 1e6:,.0f} megapixels"
        raise PictureError(f"{name}: {size}; pictures over {most} are refused, shrink it first")
    if min(width, height) < limits.shorter_side:
        least = limits.shorter_side
        raise PictureError(f"{name}: {width} x {height} px; the shorter side must have {least} px or more")
    if max(width, height) > limits.longer_side:
        side = limits.longer_side
        raise PictureError(
            f"{name}: {width} x {height} px; pictures over {side:,} px a side are refused, shrink it first"
        )


def _shrunk(image: Any, *, factor: int) -> Any:
    """Shrink by a whole factor (mean of blocks), in one pass from the top."""
    if image.hasalpha() and image.interpretation in ("srgb", "rgb16", "b-w", "grey16"):
        # Before blocks are averaged: a transparent pixel's hidden colour must not bleed into its neighbours.
        image = image.flatten(background=[65535 if image.format == "ushort" else 255])
    if factor > 1:
        # In floats: on whole numbers libvips 8.18 rounds up to a level too high or too low, always to the same side.
        image = image.cast("float").shrink(factor, factor).rint().cast(image.format)
    return image


def _damage(data: bytes, kind: Format) -> str:
    """Say what is wrong with a file that libvips gave up on; its own text stays with the exception's cause, for threads
    share that buffer.
    """
    end = {"JPEG": b"\xff\xd9", "PNG": b"IEND", "GIF": b"\x3b"}.get(kind)
    if end is not None and end not in data[-64:]:
        return f"truncated: the end of the {kind} is missing"
    return f"damaged: this {kind} cannot be decoded to its end"
