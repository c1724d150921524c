"""`morelli compare`: two pictures, one verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from morelli.cli.options import check_point, check_prior
from morelli.errors import ModelError
from morelli.pictures.open import open_image
from morelli.protocol.point_names import BALANCED


def command(
    first: Annotated[Path, typer.Argument(metavar="A", help="A picture.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another picture.")],
    model: Annotated[str, typer.Option(metavar="MODEL", help="A model folder.")] = "",
    prior: Annotated[
        float, typer.Option(metavar="P", help="Probability of one artist before looking.", callback=check_prior)
    ] = 0.5,
    operating_point: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="How sure to be: balanced, fpr=1%, fpr=0.1%, precision=95%.", callback=check_point
        ),
    ] = BALANCED,
    negatives: Annotated[
        Literal["style-matched", "random"] | None,
        typer.Option(help="The other explanation; the harder one unless given."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Did the same artist paint these two pictures?

    Example: morelli compare a.jpg b.jpg --model my-model
    """
    for picture in (first, second):
        open_image(picture, at_least=16)  # a bad picture is named before a missing model
    if not model:
        raise ModelError("no model: give one with --model FOLDER ('morelli train' makes one)")
    from morelli.model.model import load
    from morelli.verdict.compare import compare
    from morelli.verdict.words import verdict_json, verdict_text

    verdict = compare(
        first, second, model=load(model), prior=prior, operating_point=operating_point, negatives=negatives
    )
    print(verdict_json(verdict) if as_json else verdict_text(verdict))
