"""Writing a page of pictures: PNG, JPEG or SVG by the file's name, whole or not at all."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from morelli.errors import MorelliError
from morelli.files import check_file_place, write_file
from morelli.report.drawing import svg_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PHOTOS = (".png", ".jpg", ".jpeg")
DRAWINGS = (".svg", ".png")
_DPI = 144.0
_QUALITY = 84


class PictureFileError(MorelliError):
    """A picture that cannot be written under this name or at this place."""


def check_picture_name(file: Path, known: tuple[str, ...], *, read: Iterable[Path | None] = ()) -> None:
    """Raise PictureFileError where a picture cannot be written under this name: before an hour of work, not after.

    read: the files that the picture is made of.
    """
    check_file_place(file, error=PictureFileError, read=read)
    if file.suffix.lower() not in known:
        raise PictureFileError(f"{file}: the picture is written as {' or '.join(known)}; choose such a name")


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
    write_file(file, data, error=PictureFileError)
