"""`morelli show heatmap`: where in a painting a network sees what it sees."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from morelli.cli.lookers import probed, training_artists, weights_in_order
from morelli.cli.options import MOST_WORKERS
from morelli.errors import MissingExtraError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def command(
    pictures: Annotated[
        list[Path], typer.Argument(metavar="PICTURE...", help="Picture files; two where a pair is looked at.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The page: a .png, .jpg or .jpeg file.")],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="A model, by folder or shipped name: its artists' maps, or what makes two pictures alike to it.",
        ),
    ] = None,
    backbone: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[:LAYER]", help="A pretrained backbone, its last layer unless named; again for more."
        ),
    ] = None,
    weights: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FILE", help="Its weights, else the hub's; one for each --backbone, in their order, or NAME=FILE."
        ),
    ] = None,
    unchecked: Annotated[
        bool, typer.Option("--weights-unchecked", help="The weights are your own: they need not be the published ones.")
    ] = False,
    catalogue: Annotated[
        Path | None,
        typer.Option(
            metavar="CATALOGUE",
            help="Paintings that the artist probe is trained on; with --model, those of its training, for its artists' names.",
        ),
    ] = None,
    split: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Their split; else one is drawn, near duplicates left in.")
    ] = None,
    artist: Annotated[
        str | None, typer.Option(metavar="NAME", help="The artist whose map is shown; else the painting's own.")
    ] = None,
    classes: Annotated[
        Literal["artists", "imagenet", "pair"] | None,
        typer.Option(help="What the maps are read under: artists where there are any, unless named."),
    ] = None,
    root: Annotated[Path | None, typer.Option(metavar="DIR", help="What a table's paths are relative to.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=MOST_WORKERS, help="Threads that decode pictures.")] = 2,
) -> None:
    """Where in a painting a network sees an artist, or what makes two paintings alike to it.

    With --backbone: class-activation maps (Grad-CAM) over each painting, backbones side by side, under a linear artist probe that is
    trained on the split's training paintings (minutes the first time, then seconds), or with --classes imagenet under the backbone's own
    classes. With --model: the artist outputs of a classifier (softmax-dot, xception-finetuned), by name where --catalogue is that of its
    training; of any other model, and with --classes pair, the gradient of two pictures' similarity, times the last map.

    Example: morelli show heatmap a.jpg --backbone xception --weights xception.safetensors --backbone inception-v3-6c --weights
    inception-v3.safetensors --catalogue paintings/ --split split.json --out heatmap.png
    """
    if (model is None) == (not backbone):
        raise typer.BadParameter("give either --model or --backbone")
    if model is not None and classes == "imagenet":
        raise typer.BadParameter("--classes imagenet is of a --backbone, not of a --model")
    if model is not None and (weights or unchecked or split is not None):
        raise typer.BadParameter("--weights, --weights-unchecked and --split are of a --backbone, not of a --model")
    if model is None and classes == "pair":
        raise typer.BadParameter("--classes pair is of a --model, not of a --backbone")
    if model is None and classes != "imagenet" and catalogue is None:
        raise typer.BadParameter("an artist probe needs --catalogue; or give --classes imagenet")
    try:
        from morelli.looking.picture_file import PHOTOS, check_picture_name, write_picture
        from morelli.report.drawing import drawing_style

        check_picture_name(out, PHOTOS, read=[*pictures, split])
        with drawing_style():
            if model is not None:
                page = _of_model(pictures, model, classes, catalogue, artist, root)
            else:
                page = _classes(
                    pictures,
                    backbone or [],
                    weights or [],
                    unchecked,
                    classes or "artists",
                    catalogue,
                    split,
                    artist,
                    root,
                    workers,
                )
            write_picture(page, out)
    except ModuleNotFoundError as err:
        raise MissingExtraError("morelli show heatmap", "train") from err
    print(out)


def _of_model(
    pictures: list[Path], name: str, classes: str | None, catalogue: Path | None, artist: str | None, root: Path | None
) -> Figure:
    from morelli.catalogue.catalogue import Catalogue
    from morelli.looking.classifier_page import classifier_page
    from morelli.looking.pair_page import pair_page
    from morelli.model.model import load
    from morelli.pictures.open import open_image

    for picture in pictures:
        open_image(picture, at_least=64)  # a bad picture is named before a missing model
    model = load(name, precision="float32")
    if classes == "artists" or (classes is None and ends_in_artists(model.folder.description.system)):
        paintings = None if catalogue is None else Catalogue.read(catalogue, root=root)
        return classifier_page(pictures, model, catalogue=paintings, artist=artist)
    if len(pictures) != 2:
        raise typer.BadParameter(f"{name} compares two pictures, not {len(pictures)}")
    return pair_page(pictures[0], pictures[1], model)


def ends_in_artists(system: Mapping[str, Any]) -> bool:
    """Return whether a system's network has an output for each training artist."""
    return bool(system["objective"]["kind"] == "softmax" or system["network"]["kind"] == "fine-tuned")


def _classes(
    pictures: list[Path],
    names: list[str],
    weights: list[str],
    unchecked: bool,
    classes: str,
    catalogue: Path | None,
    split: Path | None,
    artist: str | None,
    root: Path | None,
    workers: int,
) -> Figure:
    from morelli.catalogue.catalogue import Catalogue
    from morelli.looking.backbone_map import choose_backbones
    from morelli.looking.class_page import Looker, Wanted, class_page
    from morelli.looking.imagenet import imagenet_classes
    from morelli.looking.whose import asked_for, own_artist
    from morelli.pictures.open import open_image

    files = weights_in_order(names, weights)
    for picture in pictures:
        open_image(picture, at_least=64)  # before minutes of work, not after
    backbones = choose_backbones(names, files, values="own" if unchecked else "published")
    if classes == "imagenet":
        lookers = [
            Looker(one, imagenet_classes(one), f"{one.label}: its ImageNet classes. Weights: {one.origin.extent}.", {})
            for one in backbones
        ]
        return class_page(pictures, lookers, [Wanted(None, "top class")] * len(pictures))
    assert catalogue is not None
    paintings = Catalogue.read(catalogue, root=root)
    if artist:  # before minutes of work, not after
        asked_for(artist, training_artists(paintings, split))
    lookers, probes = probed(backbones, paintings, split, workers=workers)
    wanted = [
        asked_for(artist, probes[0].classes.names) if artist else own_artist(one, paintings, probes[0])
        for one in pictures
    ]
    return class_page(pictures, lookers, wanted)
