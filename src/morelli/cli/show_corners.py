"""`morelli show corners`: the whole picture and its four corners, as the `corners` view has them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    picture: Annotated[Path, typer.Argument(metavar="PICTURE", help="A picture file.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The page: a .png, .jpg or .jpeg file.")],
    size: Annotated[int, typer.Option(min=16, max=2048, help="Side of the views, pixels.")] = 224,
) -> None:
    """The whole picture and its four corners, in their places.

    Where a side of the picture is no larger than a crop, its quarters take the crops' place, and the page says so.

    Example: morelli show corners painting.jpg --out corners.png
    """
    from morelli.looking.corners import corners_page
    from morelli.looking.picture_file import PHOTOS, check_picture_name, write_picture
    from morelli.report.drawing import drawing_style

    check_picture_name(out, PHOTOS, read=[picture])
    with drawing_style():
        write_picture(corners_page(picture, size=size), out)
    print(out)
