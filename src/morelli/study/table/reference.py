"""The untrained cosine: how alike two pictures are to something that learnt nothing from these artists.

What it finds easier among seen artists than among unseen ones is no merit of a training: they are merely easier artists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import BackboneError, MissingExtraError, PictureError
from morelli.pictures.stream import open_many
from morelli.pictures.view import View
from morelli.study.table.rows import weights_of
from morelli.systems.networks import Frozen
from morelli.systems.system import System
from morelli.training.frozen import build_frozen, extract_features
from morelli.training.run import Rows, Run

_LEVELS = 4  # of each channel: 64 colours
_PIXELS = 64


@dataclass(frozen=True, eq=False)
class Reference:
    """Features whose cosine is the reference. what: in words; features (m, d); place (n,): catalogue row -> row of them, -1 for none."""

    what: str
    features: npt.NDArray[np.float32]
    place: Rows


def untrained_cosine(systems: Sequence[System], catalogue: Catalogue, rows: Rows, *, run: Run) -> Reference:
    """Return the features, of catalogue rows, of the first system with a frozen backbone whose weights are to be had.

    Where there is none: how much of a picture each of 64 colours takes, for which no weights are needed.
    """
    for system in systems:
        network = system.network
        if not isinstance(network, Frozen) or system.view.kind not in ("whole", "centre"):
            continue
        own = replace(run, weights=weights_of(system, run.weights))
        try:
            backbones, origins = build_frozen(network.features, size=system.view.size, run=own)
        except (BackboneError, MissingExtraError):
            continue  # the row itself says why
        names = " and ".join(one.backbone for one in network.features)
        run.remark(f"the untrained cosine: features of {names}")
        found = extract_features(
            network,
            backbones,
            origins,
            catalogue,
            rows,
            view=View(system.view.kind, system.view.size),
            precision=system.precision,
            width=backbones.width,
            run=own,
        )
        return Reference(f"{names}, features as the ImageNet weights give them", found.features, found.place)
    run.remark("the untrained cosine: colours, for no backbone's weights are to be had")
    return _colours(catalogue, rows, run=run)


def _colours(catalogue: Catalogue, rows: Rows, *, run: Run) -> Reference:
    features: list[npt.NDArray[np.float32]] = []
    place = np.full(len(catalogue), -1, dtype=np.int64)
    files = [catalogue.file(int(row)) for row in rows]
    for row, seen in zip(rows, open_many(files, view=View("whole", _PIXELS), workers=run.workers), strict=True):
        if not isinstance(seen, PictureError):
            place[row] = len(features)
            features.append(colour_shares(seen.pixels))
    found = np.array(features, dtype=np.float32).reshape(-1, _LEVELS**3)
    return Reference("the shares of 64 colours", found, place)


def colour_shares(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return the square roots of the shares of 64 colours (64,) in pixels (..., 3): their cosine is Bhattacharyya's coefficient.

    >>> colour_shares(np.zeros((2, 2, 3), dtype=np.uint8))[:2].tolist()
    [1.0, 0.0]
    """
    level = pixels.reshape(-1, 3) // (256 // _LEVELS)
    code = (level[:, 0].astype(np.int64) * _LEVELS + level[:, 1]) * _LEVELS + level[:, 2]
    return np.sqrt(np.bincount(code, minlength=_LEVELS**3) / len(code)).astype(np.float32)
