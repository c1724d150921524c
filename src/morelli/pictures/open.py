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
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from morelli.errors import PictureError
from morelli.pictures.file import read_regular_file
from morelli.pictures.jpeg import is_rare, is_zeroed, lacks_scans, without_junk
from morelli.pictures.jpeg_guard import guarded, most_shrink
from morelli.pictures.vips import pyvips

Pixels = npt.NDArray[np.uint8]
Format = Literal["JPEG", "PNG", "GIF", "WebP", "TIFF"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a file may ask of this machine before it is refused, and the least that still is a picture."""

    pixels: int = 200_000_000  # width x height as the header says; a decoded pixel takes 3 bytes
    file_bytes: int = 1_000_000_000
    shorter_side: int = 16  # px; nothing can be said of a painter below

    def __post_init__(self) -> None:
        for name in ("pixels", "file_bytes", "shorter_side"):
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
_OPENED = "JPEG, PNG, GIF, WebP and TIFF are opened"
_CONVERT = f"convert it to PNG, JPEG or TIFF ({_OPENED})"


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
    if kind == "JPEG":
        data = without_junk(data)
        if is_rare(data):
            raise PictureError(f"{name}: a JPEG coded in a rare way is not opened; {_CONVERT}")
        if is_zeroed(data):
            raise PictureError(f"{name}: damaged: a part of this JPEG's picture data is zeroed; copy the file again")
        if lacks_scans(data):
            raise PictureError(
                f"{name}: truncated: the last scans of this progressive JPEG are missing; copy the file again"
            )
    vips = pyvips()
    try:
        image = _load(data, kind, shrink=1)
    except vips.Error as err:
        raise PictureError(f"{name}: {_damage(data, kind)}") from err
    width, height = original = _upright(image)
    _check_size(width, height, name=name, limits=limits)
    try:
        factor = 1 if at_least is None else max(1, min(width, height) // at_least)
        share = 1
        if kind == "JPEG":  # its reader skips the high frequencies: the fast way to a smaller picture
            share = max(s for s in (1, 2, 4, 8) if s <= min(factor, most_shrink(data)))
            image = _to_its_end(data, height=height // share, shrink=share)
        pixels = _srgb(_shrunk(image, factor=factor // share), name=name)
    except vips.Error as err:
        raise PictureError(f"{name}: {_damage(data, kind)}") from err
    return Decoded(pixels=pixels, original_size=original)


def picture_size(data: bytes, *, name: str) -> tuple[int, int]:
    """Return (width, height) in px of the upright picture in a file's bytes, from its head alone. Raises PictureError."""
    kind = recognise(data, name=name)
    vips = pyvips()
    try:
        image = _load(without_junk(data) if kind == "JPEG" else data, kind, shrink=1)
    except vips.Error as err:
        raise PictureError(f"{name}: {_damage(data, kind)}") from err
    return _upright(image)


def recognise(data: bytes, *, name: str) -> Format:
    """Return the format that a file's first bytes (all of them may be given) announce.

    Raises PictureError where that is none of ours.

    >>> recognise(b"GIF89a" + bytes(20), name="a.gif")
    'GIF'
    """
    if not data:
        raise PictureError(f"{name}: the file is empty (0 bytes)")
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WebP"
    if data.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF"
    foreign = _foreign(data)
    if foreign:
        raise PictureError(f"{name}: {foreign} is not opened; {_CONVERT}")
    raise PictureError(f"{name}: not a picture ({_OPENED})")


def _foreign(data: bytes) -> str:
    """Name a format that is a picture, though none that we open; empty where it is unknown."""
    if data.startswith(b"BM"):
        return "BMP"
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis"):
        return "AVIF" if data[8:12] in (b"avif", b"avis") else "HEIC"
    if data.startswith((b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")):
        return "JPEG 2000"
    if data.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL ")):
        return "JPEG XL"
    if data.startswith(b"%PDF"):
        return "PDF"
    if data.startswith(b"8BPS"):
        return "Photoshop's PSD"
    if data.lstrip()[:5].lower() in (b"<svg ", b"<?xml"):
        return "SVG or XML"
    return ""


def _load(data: bytes, kind: Format, *, shrink: int) -> Any:
    loader = getattr(pyvips().Image, _LOADERS[kind])
    # Damage must be an error, never a grey lower half; sequential reading keeps a large picture's pixels out of memory
    # until it is shrunk.
    options: dict[str, Any] = {"access": "sequential", "fail_on": "error"}
    if kind == "JPEG":
        # libjpeg calls corrupt picture data no more than a warning; PNG's warnings are about harmless chunks.
        options |= {"shrink": shrink, "fail_on": "warning"}
    return loader(data, **options)


def _to_its_end(data: bytes, *, height: int, shrink: int) -> Any:
    """Decode a JPEG into memory, its last rows checked as the others are. height: of the shrunk picture."""
    vips = pyvips()
    try:
        image = _load(guarded(data, shrink=shrink), "JPEG", shrink=shrink).copy_memory()
    except vips.Error as err:
        # Bytes between the picture's end and the file's harm nothing, but the guard meets them.
        if "before marker 0xd0" not in str(err) or "premature end" in str(err):
            raise
        image = _load(data, "JPEG", shrink=shrink).copy_memory()
    return image.crop(0, 0, image.width, height)


def _upright(image: Any) -> tuple[int, int]:
    """Return width and height after the turn that the file's orientation asks for."""
    turned = image.get_typeof("orientation") != 0 and image.get("orientation") >= 5
    return (image.height, image.width) if turned else (image.width, image.height)


def _check_size(width: int, height: int, *, name: str, limits: Limits) -> None:
    if width * height > limits.pixels:
        size = f"{width} x {height} = {width * height / 1e6:,.0f} megapixels"
        most = f"{limits.pixels / 1e6:,.0f} megapixels"
        raise PictureError(f"{name}: {size}; pictures over {most} are refused, shrink it first")
    if min(width, height) < limits.shorter_side:
        least = limits.shorter_side
        raise PictureError(f"{name}: {width} x {height} px; the shorter side must have {least} px or more")


def _shrunk(image: Any, *, factor: int) -> Any:
    """Shrink by a whole factor (mean of blocks), in one pass from the top, into memory."""
    if image.hasalpha() and image.interpretation in ("srgb", "rgb16", "b-w", "grey16"):
        # Before blocks are averaged: a transparent pixel's hidden colour must not bleed into its neighbours.
        image = image.flatten(background=[65535 if image.format == "ushort" else 255])
    if factor > 1:
        # In floats: on whole numbers libvips 8.18 rounds up to a level too high or too low, always to the same side.
        image = image.cast("float").shrink(factor, factor).rint().cast(image.format)
    return image.copy_memory()


def _srgb(image: Any, *, name: str) -> Pixels:
    """Turn an image in memory upright and into 8-bit sRGB with three channels."""
    if image.format not in ("uchar", "ushort") and image.interpretation not in ("lab", "labs", "scrgb", "xyz"):
        raise PictureError(f"{name}: its pixels are {image.format} numbers, not colours; convert it to 8 or 16 bits")
    image = _colours(image.autorot())
    if image.hasalpha():
        image = image.flatten(background=[255])
    if image.bands > 3:
        image = image.extract_band(0, n=3)
    pixels: Pixels = image.cast("uchar").numpy()
    return pixels


def _colours(image: Any) -> Any:
    vips = pyvips()
    options = {"depth": 8, "intent": "relative", "black_point_compensation": True}
    if image.get_typeof("icc-profile-data") != 0 and not _is_srgb_profile(bytes(image.get("icc-profile-data"))):
        try:
            return image.icc_transform("srgb", embedded=True, **options)
        except vips.Error:
            pass  # a broken or foreign profile says nothing: go on as if there were none, as browsers do
    if image.interpretation == "cmyk":
        return image.icc_transform("srgb", input_profile="cmyk", **options)
    return image.colourspace("srgb")


def _is_srgb_profile(profile: bytes) -> bool:
    """Tell the small matrix profiles called sRGB, the most common of all, which need no conversion; their text is in
    ASCII or in UTF-16.
    """
    small = len(profile) < 4096 and profile[16:20] == b"RGB "
    return small and (b"sRGB" in profile or "sRGB".encode("utf-16-be") in profile)


def _damage(data: bytes, kind: Format) -> str:
    """Say what is wrong with a file that libvips gave up on; its own text stays with the exception's cause, for threads
    share that buffer.
    """
    end = {"JPEG": b"\xff\xd9", "PNG": b"IEND", "GIF": b"\x3b"}.get(kind)
    if end is not None and end not in data[-64:]:
        return f"truncated: the end of the {kind} is missing"
    return f"damaged: this {kind} cannot be decoded to its end"
