"""`morelli compare`: two pictures, or one and a set of references; one verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from morelli.cli.options import MODEL_HELP, check_point, check_prior, compiled_networks
from morelli.errors import ModelError
from morelli.model.shipped import DEFAULT
from morelli.pictures.open import open_image
from morelli.protocol.point_names import BALANCED

if TYPE_CHECKING:
    from morelli.model.model import Model


def command(
    first: Annotated[Path, typer.Argument(metavar="A", help="A picture.")],
    second: Annotated[Path | None, typer.Argument(metavar="B", help="Another picture.")] = None,
    references: Annotated[
        list[Path] | None,
        typer.Option(
            "--with", metavar="PICTURES", help="Instead of B: a folder of one artist's pictures, or one file at a time."
        ),
    ] = None,
    model: Annotated[str, typer.Option(metavar="MODEL", help=MODEL_HELP)] = DEFAULT,
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
    picture: Annotated[
        Path | None,
        typer.Option(
            "--explain", metavar="OUT.png", help="Also draw what in A and B speaks for one artist, and against."
        ),
    ] = None,
    crop: Annotated[
        bool,
        typer.Option("--crop", help="Cut off frames, mounts and walls that are found, and look at what is inside."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Did the same artist paint these two pictures? With --with: did the artist of these paint it?

    Example: morelli compare a.jpg b.jpg --explain why.png
    """
    if (second is None) == (not references):
        raise typer.BadParameter("give another picture B, or references: --with FOLDER")
    if picture is not None and second is None:
        raise typer.BadParameter("--explain draws two pictures: give another picture B instead of --with")
    if picture is not None:
        from morelli.looking.picture_file import PHOTOS, check_picture_name

        check_picture_name(picture, PHOTOS)
        if picture.exists() and any(one.exists() and picture.samefile(one) for one in (first, second) if one):
            raise typer.BadParameter(f"--explain {picture}: is one of the two pictures; choose another name")
    loaded = _load(model, [first] if second is None else [first, second])
    if second is not None and picture is not None:
        _explain(first, second, picture, loaded, prior, operating_point, negatives, crop, as_json)
        return
    if second is not None:
        from morelli.verdict.compare import compare
        from morelli.verdict.words import verdict_json, verdict_text

        verdict = compare(
            first, second, model=loaded, prior=prior, operating_point=operating_point, negatives=negatives, crop=crop
        )
        print(verdict_json(verdict) if as_json else verdict_text(verdict))
        return
    from morelli.cli.progress import progress
    from morelli.model.embedding_table import list_pictures
    from morelli.verdict.set_words import set_verdict_json, set_verdict_text
    from morelli.verdict.sets import compare_set

    files = list_pictures(references or [])
    with progress("looking at the references") as tell:
        found = compare_set(
            first,
            files,
            model=loaded,
            prior=prior,
            operating_point=operating_point,
            negatives=negatives,
            crop=crop,
            progress=tell,
        )
    print(set_verdict_json(found) if as_json else set_verdict_text(found))


def _explain(
    first: Path,
    second: Path,
    picture: Path,
    model: Model,
    prior: float,
    operating_point: str,
    negatives: str | None,
    crop: bool,
    as_json: bool,
) -> None:
    from morelli.cli.progress import progress
    from morelli.looking.explanation_page import write_explanation
    from morelli.verdict.explain import explain
    from morelli.verdict.explanation import METHODS
    from morelli.verdict.words import verdict_json, verdict_text

    with progress("blurring places") as tell:
        found = explain(
            first,
            second,
            model=model,
            prior=prior,
            operating_point=operating_point,
            negatives=negatives,
            crop=crop,
            cache=compiled_networks(),
            progress=tell,
        )
    write_explanation(found, picture)
    if as_json:
        print(verdict_json(found.verdict, more={"explanation": {"picture": str(picture), "method": found.method}}))
        return
    print(verdict_text(found.verdict, more=[("explained", f"in {picture}: {METHODS[found.method]}")]))


def _load(model: str, pictures: list[Path]) -> Model:
    """Load the model; where that fails, a bad picture is named before it."""
    from morelli.model.model import load

    try:
        return load(model, cache=compiled_networks())
    except ModelError:
        for picture in pictures:
            open_image(picture, at_least=16)
        raise
