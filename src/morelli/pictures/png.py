"""A PNG's checksums: libpng decodes past a wrong one where it thinks the part dispensable, orientation and colours among them."""

from __future__ import annotations

import zlib

_SIGNATURE = 8


def png_fault(data: bytes) -> str | None:
    """Return what is wrong with the checksums of a PNG's parts, in words; None where all hold, as far as the file goes.

    A file that ends early is for the decoder to refuse.
    """
    at = _SIGNATURE
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind, end = data[at + 4 : at + 8], at + 8 + length
        if end + 4 > len(data):
            return None
        if zlib.crc32(memoryview(data)[at + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            return f"damaged: the checksum of its part {kind.decode('latin-1')!r} is wrong"
        if kind == b"IEND":
            return None
        at = end + 4
    return None
