"""`morelli show focus`: how small the regions are that backbones look at, over many paintings."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from morelli.cli.lookers import probed, weights_in_order
from morelli.cli.options import LARGEST_SEED, MOST_WORKERS
from morelli.cli.progress import progress
from morelli.errors import MissingExtraError


def command(
    catalogue: Annotated[
        Path, typer.Argument(metavar="CATALOGUE", help="A folder per artist, a table, or the Kaggle layout.")
    ],
    backbone: Annotated[
        list[str],
        typer.Option(
            metavar="NAME[:LAYER]", help="A pretrained backbone, its last layer unless named; again for more."
        ),
    ],
    weights: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE", help="Its weights, else the hub's; one for each --backbone, in their order, or NAME=FILE."
        ),
    ] = None,
    unchecked: Annotated[
        bool, typer.Option("--weights-unchecked", help="The weights are your own: they need not be the published ones.")
    ] = False,
    split: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A split file; else one is drawn, near duplicates left in.")
    ] = None,
    per_artist: Annotated[int, typer.Option(min=1, help="Paintings of each artist, at most.")] = 1,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Which paintings are drawn.")] = 0,
    root: Annotated[Path | None, typer.Option(metavar="DIR", help="What a table's paths are relative to.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=MOST_WORKERS, help="Threads that decode pictures.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """How much of a painting holds half of a backbone's class-activation map; paintings that the probe was not trained on.

    Example: morelli show focus paintings/ --split split.json --backbone xception --weights xception.safetensors --backbone
    inception-v3-6c --weights inception-v3.safetensors
    """
    try:
        from morelli.looking.backbone_map import choose_backbones
        from morelli.looking.focus import focus_document, focus_of, focus_text
    except ModuleNotFoundError as err:
        raise MissingExtraError("morelli show focus", "train") from err
    from morelli.catalogue.catalogue import Catalogue

    files = weights_in_order(backbone, weights or [])
    paintings = Catalogue.read(catalogue, root=root)
    lookers, probes = probed(
        choose_backbones(backbone, files, values="own" if unchecked else "published"), paintings, split, workers=workers
    )
    with progress("maps") as tell:
        found = focus_of(lookers, probes, paintings, per_artist=per_artist, seed=seed, progress=tell)
    if as_json:
        json.dump(focus_document(found), sys.stdout, indent=1, ensure_ascii=False, allow_nan=False)
        print()
    else:
        print(focus_text(found))
