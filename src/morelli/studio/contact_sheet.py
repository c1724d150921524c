"""A studio at a glance: painters in rows, each with the painter's name.

The sheet that opens the README:

    morelli data studio studio --painters 6 --paintings 8 --seed 3 --sheet docs/pictures/studio.jpg
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.errors import PictureError
from morelli.files import check_file_place, write_file
from morelli.studio.opencv import opencv
from morelli.studio.studio import Studio

_WALL, _INK, _PALE = (0.972, 0.964, 0.945), "#2a2622", "#8a8178"


def contact_sheet(
    studio: Studio, painters: int, paintings: int, *, tile: int = 150, size: int = 256
) -> npt.NDArray[np.uint8]:
    """Return a labelled grid, uint8 (h, w, 3): the first painters in rows, their first paintings beside their names.

    tile: side of a picture on the sheet, pixels; size: side at which it is painted before it is brought to that.
    """
    gap, label, border = max(tile // 22, 3), round(tile * 1.28), max(tile // 9, 8)
    height = 2 * border + painters * (tile + gap) - gap
    width = 2 * border + label + paintings * (tile + gap) - gap
    sheet = np.broadcast_to(np.array(_WALL, np.float32) * 255, (height, width, 3)).astype(np.uint8)
    for i in range(painters):
        for j in range(paintings):
            picture = opencv().resize(studio.paint(i, j, size=size), (tile, tile), interpolation=opencv().INTER_AREA)
            top, left = border + i * (tile + gap), border + label + j * (tile + gap)
            sheet[top : top + tile, left : left + tile] = picture
    return _lettered(sheet, [(studio.painter_name(i), studio.style(i)) for i in range(painters)], border, tile, gap)


def _lettered(
    sheet: npt.NDArray[np.uint8], lines: list[tuple[str, str]], border: int, tile: int, gap: int
) -> npt.NDArray[np.uint8]:
    """Write name and style beside each row, in a typeface that matplotlib brings along."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height, width = sheet.shape[:2]
    dpi = 100.0
    figure = Figure(figsize=(width / dpi, height / dpi), dpi=dpi)
    canvas = FigureCanvasAgg(figure)
    figure.figimage(sheet, resize=False)
    points = tile * 0.105 * 72 / dpi
    for i, (name, style) in enumerate(lines):
        y = 1.0 - (border + i * (tile + gap) + tile / 2) / height
        given, surname = name.split(" ", 1)
        figure.text(
            border / width,
            y + 0.055 * tile / height,
            f"{given}\n{surname}",
            fontfamily="STIXGeneral",
            fontsize=points * 1.35,
            color=_INK,
            va="bottom",
            linespacing=1.05,
        )
        figure.text(
            border / width,
            y - 0.02 * tile / height,
            style,
            fontfamily="STIXGeneral",
            fontstyle="italic",
            fontsize=points,
            color=_PALE,
            va="top",
        )
    canvas.draw()  # type: ignore[no-untyped-call]
    drawn = np.asarray(canvas.buffer_rgba(), np.uint8)[..., :3]  # type: ignore[no-untyped-call]
    return np.ascontiguousarray(drawn)


def check_sheet_place(file: Path) -> None:
    """Raise PictureError where a contact sheet cannot be written under this name."""
    if file.suffix.lower() not in (".png", ".jpg", ".jpeg"):
        raise PictureError(f"{file}: a contact sheet is written as .png or .jpg")
    check_file_place(file, error=PictureError)


def write_contact_sheet(file: Path, studio: Studio, painters: int, paintings: int, *, tile: int = 150) -> None:
    """Write a contact sheet as PNG, or as JPEG where the name ends so. Raises PictureError for another ending."""
    check_sheet_place(file)
    cv2, ending = opencv(), file.suffix.lower()
    quality = [cv2.IMWRITE_PNG_COMPRESSION, 9] if ending == ".png" else [cv2.IMWRITE_JPEG_QUALITY, 86]
    sheet = contact_sheet(studio, painters, paintings, tile=tile)
    _, data = cv2.imencode(ending, sheet[..., ::-1], quality)
    write_file(file, data.tobytes(), error=PictureError)
