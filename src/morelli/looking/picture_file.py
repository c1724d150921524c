"""Writing a page of pictures: PNG, JPEG or SVG by the file's name, whole or not at all."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING

from morelli.errors import MorelliError
from morelli.report.drawing import svg_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PHOTOS = (".png", ".jpg", ".jpeg")
DRAWINGS = (".svg", ".png")
_DPI = 144.0
_QUALITY = 84


class PictureFileError(MorelliError):
    """A picture that cannot be written under this name or at this place."""


def check_picture_name(file: Path, known: tuple[str, ...]) -> None:
    """Raise PictureFileError where a picture cannot be written under this name: before an hour of work, not after."""
    if file.suffix.lower() not in known:
        raise PictureFileError(f"{file}: the picture is written as {' or '.join(known)}; choose such a name")
    if file.is_dir():
        raise PictureFileError(f"{file}: is a folder; name a file")


def write_picture(figure: Figure, file: Path, *, dpi: float = _DPI) -> None:
    """Write a figure aside, then rename it. Call inside `drawing_style`. Raises PictureFileError."""
    ending = file.suffix.lower()
    if ending == ".svg":
        data = svg_text(figure).encode("utf-8", errors="backslashreplace")
    else:
        buffer = io.BytesIO()
        kind = "png" if ending == ".png" else "jpeg"
        more = (
            {"metadata": {"Software": None}}
            if kind == "png"
            else {"pil_kwargs": {"quality": _QUALITY, "optimize": True}}
        )
        figure.savefig(buffer, format=kind, dpi=dpi, **more)
        data = buffer.getvalue()
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            aside.write_bytes(data)
            aside.replace(file)
        finally:
            aside.unlink(missing_ok=True)
    except OSError as err:
        raise PictureFileError(f"{file}: cannot be written: {err.strerror or err}; choose another place") from err
