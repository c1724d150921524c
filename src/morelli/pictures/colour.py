"""From what a reader gives to 8-bit sRGB with three channels, upright."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from morelli.errors import PictureError
from morelli.pictures.vips import pyvips

Pixels = npt.NDArray[np.uint8]


def is_plain(image: Any) -> bool:
    """Tell whether an image's pixels are sRGB, upright and of 8 bits as they are."""
    if image.interpretation != "srgb" or image.bands != 3 or image.format != "uchar":
        return False
    upright = image.get_typeof("orientation") == 0 or image.get("orientation") == 1
    return upright and (
        image.get_typeof("icc-profile-data") == 0 or _is_srgb_profile(bytes(image.get("icc-profile-data")))
    )


def srgb(image: Any, *, name: str) -> Pixels:
    """Turn an image in memory upright and into 8-bit sRGB: uint8 (h, w, 3). name: for errors."""
    if is_plain(image):
        plain: Pixels = image.numpy()
        return plain
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
