"""`morelli show diagram`: a system's network, drawn from its file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    system: Annotated[
        str, typer.Argument(metavar="SYSTEM", help="A system's name ('morelli systems') or a TOML file.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The drawing: an .svg or .png file.")],
    artists: Annotated[
        int | None, typer.Option(min=2, help="Training artists, which a classifier has outputs for.")
    ] = None,
    change: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the system.")
    ] = None,
) -> None:
    """A system's network as boxes: branches, blocks with sizes and parameters, joins, loss.

    Example: morelli show diagram triplet-cnn --out triplet-cnn.svg
    """
    from morelli.looking.describe import describe_system
    from morelli.looking.diagram import draw_diagram
    from morelli.looking.picture_file import DRAWINGS, check_picture_name, write_picture
    from morelli.report.drawing import drawing_style
    from morelli.systems.read import read_system

    check_picture_name(out, DRAWINGS)
    diagram = describe_system(read_system(system, changes=change or []), artists=artists)
    with drawing_style():
        write_picture(draw_diagram(diagram), out)
    print(f"{out}: {diagram.parameters:,} trained parameters")
