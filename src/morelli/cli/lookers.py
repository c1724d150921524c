"""Backbones and the classes that their maps are read under, from the words of a command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from morelli.cli.options import cache_folder, read_split
from morelli.cli.progress import progress, remark

if TYPE_CHECKING:
    from morelli.catalogue.catalogue import Catalogue
    from morelli.looking.backbone_map import BackboneMap
    from morelli.looking.class_page import Looker
    from morelli.looking.probe import ArtistProbe


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
