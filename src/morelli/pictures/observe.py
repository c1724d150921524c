"""What there is to say of a picture before anything is concluded from it: its size, colour, border, compression.

Every rule here has its detection and false-alarm rates in `docs/warnings.md`; `benchmarks/picture_warnings.py` measures them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from morelli.pictures.blocks import blockiness
from morelli.pictures.border import Border, find_border, inside_border
from morelli.pictures.file import read_regular_file
from morelli.pictures.jpeg import quality, read_jpeg
from morelli.pictures.open import Decoded, Limits, decode
from morelli.pictures.resample import resample
from morelli.pictures.same import Sketch, sketch
from morelli.pictures.tint import is_colourless
from morelli.pictures.view import View, ViewedPicture

_SIDE = 256  # px of the longer side, on which all but compression is judged
_POOR = 40  # the JPEG quality below which compression is heavy
_BLOCKY = 2.1  # levels: the blockiness above which a file was saved at such a quality before ...
_OWN, _OWN_BLOCKY = 75, 3.0  # ... and above which a JPEG of lower quality than this was, whose own blocks show too


@dataclass(frozen=True, kw_only=True, eq=False)
class Observation:
    """What was seen of a picture.

    size: (width, height) in px of the upright picture in its file. colourless: greyscale or of one tint. border: what
    surrounds the painting, if anything. quality: of the JPEG file, 1 to 100; None for other formats. blockiness: levels
    (see `blockiness`); None where the picture was shrunk while it was decoded. sketch: to tell the same painting by. cut: what was cut
    off before the rest was looked at, of top, right, bottom, left, as shares of the file's height and width.
    """

    size: tuple[int, int]
    colourless: bool
    border: Border | None
    quality: int | None
    blockiness: float | None
    sketch: Sketch
    cut: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)

    @property
    def flat(self) -> bool:
        """Whether there is nothing but one colour and noise inside the picture's border."""
        return self.sketch.fingerprint.flat

    @property
    def heavily_compressed(self) -> bool:
        """Whether the file is a JPEG of quality below 40, or its pixels show that it was one before it was saved again."""
        if self.quality is not None and self.quality < _POOR:
            return True
        own_blocks = self.quality is not None and self.quality < _OWN
        return self.blockiness is not None and self.blockiness > (_OWN_BLOCKY if own_blocks else _BLOCKY)


def observe(picture: Decoded, *, data: bytes = b"") -> Observation:
    """Look at a decoded picture. data: the bytes of its file, for the quality of a JPEG."""
    pixels = picture.pixels
    height, width = pixels.shape[:2]
    whole = sorted((height, width)) == sorted(picture.original_size)
    scale = min(1.0, _SIDE / max(height, width))
    small = resample(pixels, width=max(1, round(width * scale)), height=max(1, round(height * scale)))
    return Observation(
        size=picture.original_size,
        colourless=is_colourless(small),
        border=find_border(small),
        quality=quality(read_jpeg(data)) if data.startswith(b"\xff\xd8\xff") else None,
        blockiness=blockiness(pixels) if whole else None,
        sketch=sketch(small),
    )


def open_observed(
    source: Path | str, *, view: View, limits: Limits | None = None, crop: bool = False
) -> tuple[ViewedPicture, Observation]:
    """Open a picture file as `View.open` does and look at it, from one decoding; crop: what surrounds the painting is cut off first.

    Raises PictureError.
    """
    limits = Limits() if limits is None else limits
    data = read_regular_file(source, at_most=limits.file_bytes)
    picture = decode(data, name=str(source), at_least=view.at_least, limits=limits)
    if not crop:
        return view.show(picture), observe(picture, data=data)
    (height, width), (left, top, right, bottom) = picture.pixels.shape[:2], inside_border(picture.pixels)
    part = (left / width, top / height, right / width, bottom / height)
    size = (
        max(1, round(picture.original_size[0] * (part[2] - part[0]))), max(1, round(picture.original_size[1] * (part[3] - part[1])))
    )  # fmt: skip
    inside = replace(picture, pixels=np.ascontiguousarray(picture.pixels[top:bottom, left:right]), original_size=size)
    # How the file was compressed is seen on its own grid.
    whole = observe(picture, data=data)
    seen = replace(
        observe(inside),
        quality=whole.quality,
        blockiness=whole.blockiness,
        cut=(part[1], 1 - part[2], 1 - part[3], part[0]),
    )
    return replace(view.show(inside), part=part), seen
