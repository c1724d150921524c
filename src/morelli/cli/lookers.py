"""Backbones and the classes that their maps are read under, from the words of a command."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from morelli.cli.options import cache_folder, read_split
from morelli.cli.progress import progress, remark
from morelli.errors import nearest

if TYPE_CHECKING:
    from morelli.catalogue.catalogue import Catalogue
    from morelli.looking.backbone_map import BackboneMap
    from morelli.looking.class_page import Looker
    from morelli.looking.probe import ArtistProbe


def weights_in_order(names: Sequence[str], given: Sequence[str]) -> list[Path | None]:
    """Return the file of weights of each backbone, `NAME` or `NAME:LAYER`: from `NAME=FILE`, or from one `FILE` for each, in their order.

    None for a backbone that no `NAME=FILE` names: its weights come from the hub.

    >>> weights_in_order(["lite0:stage1", "lite0"], ["lite0=a.safetensors"])[1].name
    'a.safetensors'
    """
    backbones = [name.partition(":")[0] for name in names]
    if all("=" in text for text in given):
        by_name = {name: Path(file) for name, _, file in (text.partition("=") for text in given)}
        if strange := sorted(set(by_name) - set(backbones)):
            raise typer.BadParameter(f"--weights {strange[0]}=...: {nearest(strange[0], backbones)}")
        return [by_name.get(name) for name in backbones]
    if len(given) != len(names):
        raise typer.BadParameter(
            f"{len(names)} backbones and {len(given)} files of weights; give one --weights for each --backbone, or NAME=FILE"
        )
    return [Path(file) for file in given]


def training_artists(catalogue: Catalogue, split: Path | None) -> list[str]:
    """Return the artists that a probe would be trained on, as it writes them."""
    from morelli.catalogue.names import normalise_artist

    part = read_split(split, catalogue).assign(catalogue)
    return sorted({normalise_artist(catalogue.artist[row]) for row in (part == "train").nonzero()[0]})


def probed(
    backbones: list[BackboneMap], catalogue: Catalogue, split: Path | None, *, workers: int
) -> tuple[list[Looker], list[ArtistProbe]]:
    """Train an artist probe on every backbone and return both, with words about them."""
    from morelli.looking.class_page import Looker
    from morelli.looking.probe import train_probe

    part = read_split(split, catalogue).assign(catalogue)
    lookers, probes = [], []
    for one in backbones:
        with progress(f"features of {one.label}") as tell:
            probe = train_probe(
                one, catalogue, part, folder=cache_folder() / "features", workers=workers, progress=tell, remark=remark
            )
        words = (
            f"{one.label}: linear artist probe, {len(probe.classes.names)} artists, right for {probe.right:.2f} of "
            f"{len(probe.held_back):,} held-back paintings. Weights: {one.origin.extent}."
        )
        remark(words)
        lookers.append(Looker(one, probe.classes, words, probe.shown))
        probes.append(probe)
    return lookers, probes
