"""Which format a file is in, by its first bytes: from a short list, so that nothing reaches a reader we did not mean."""

from __future__ import annotations

from typing import Literal

from morelli.errors import PictureError

Format = Literal["JPEG", "PNG", "GIF", "WebP", "TIFF"]
OPENED = "JPEG, PNG, GIF, WebP and TIFF are opened"
CONVERT = f"convert it to PNG, JPEG or TIFF ({OPENED})"


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
        raise PictureError(f"{name}: {foreign} is not opened; {CONVERT}")
    raise PictureError(f"{name}: not a picture ({OPENED})")


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
