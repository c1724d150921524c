"""Bring pixels to another size: libvips' Lanczos filter where they shrink, its bicubic one where they grow."""

from __future__ import annotations

from morelli.pictures.open import Pixels
from morelli.pictures.vips import pyvips


def resample(pixels: Pixels, *, width: int, height: int) -> Pixels:
    """Resample uint8 (h, w, 3) to uint8 (height, width, 3), each side by itself, so proportions may change.

    Shrinking is antialiased (Lanczos, three lobes). The pixels themselves come back where the size already fits.
    """
    if width < 1 or height < 1:
        raise ValueError(f"a picture of {width} x {height} px cannot be made")
    if pixels.shape[:2] == (height, width):
        return pixels
    vips = pyvips()
    image = vips.Image.new_from_array(pixels)
    across, down = width / image.width, height / image.height
    if across < 1 or down < 1:
        image = image.resize(min(across, 1.0), vscale=min(down, 1.0), kernel="lanczos3")
    if across > 1 or down > 1:
        # Not `resize`: when it enlarges, libvips 8.18 shifts the picture by up to half a pixel of the source. `idx` and
        # `odx` make the centres of the outer pixels agree, as everywhere else.
        image = image.affine(
            [max(across, 1.0), 0.0, 0.0, max(down, 1.0)],
            interpolate=vips.Interpolate.new("bicubic"),
            oarea=[0, 0, width, height],
            idx=0.5,
            idy=0.5,
            odx=-0.5,
            ody=-0.5,
            extend="copy",
        )
    resampled: Pixels = image.numpy()
    return resampled
