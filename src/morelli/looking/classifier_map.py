"""Where in a painting a trained classifier sees an artist: its own outputs, one a training artist, differentiated by its last map.

The systems whose network ends in a softmax over artists (`softmax-dot`, `xception-finetuned`). Of several networks the maps are averaged,
as their softmax vectors are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from morelli.errors import ModelError
from morelli.looking.attribution import grad_cam, gradient_times_map
from morelli.looking.onnx_network import OnnxNetwork
from morelli.looking.rebuild import INPUT, OUTPUT, Head, cells_of, find_maps, rebuild
from morelli.model.encoder import Pixels
from morelli.model.model import Model
from morelli.pictures.cells import Cells


@dataclass(frozen=True, eq=False)
class ArtistMaps:
    """What a classifier makes of pictures. values (n, h, w): the map under one output each, before its ReLU; shown, top (n,): the outputs
    shown and the likeliest; chances (n, k): of all. is_grad_cam: whether Grad-CAM and gradient x map are one, so that the map is both;
    else it is gradient x map, for the network's head tells places apart, and a mean gradient would point elsewhere.
    """

    values: npt.NDArray[np.float64]
    shown: npt.NDArray[np.int64]
    top: npt.NDArray[np.int64]
    chances: npt.NDArray[np.float64]
    cells: Cells
    is_grad_cam: bool


def artist_logits(network: OnnxNetwork, pictures: Pixels) -> tuple[str, ...]:
    """Return the names of what goes into a network's softmaxes over artists: one a classifier; none where it is no classifier."""
    given = {INPUT: torch.from_numpy(pictures)}
    found = [node.inputs[0] for node in network.between(given, [OUTPUT]) if node.operator == "Softmax"]
    with torch.no_grad():
        values = network.run(given, found) if found else ()
    return tuple(name for name, value in zip(found, values, strict=True) if value.ndim == 2 and value.shape[1] > 1)


def artist_maps(model: Model, pictures: Pixels, *, outputs: Sequence[int | None]) -> ArtistMaps:
    """Return the maps of pictures (n, s, s, 3) uint8 under these outputs, one each; None: the likeliest one.

    Raises ModelError for a model without outputs of artists.
    """
    network = rebuild(model, pictures).network
    logits = artist_logits(network, pictures[:1])
    if not logits:
        raise ModelError(
            f"{model.folder.path}: has no outputs of artists to look under; two pictures show what makes them alike to it"
        )
    maps = [_last_map(network, pictures, name) for name in logits]
    with torch.no_grad():
        chances = torch.stack(
            [network.run({INPUT: torch.from_numpy(pictures)}, [name])[0].softmax(1) for name in logits]
        )
    mean = chances.mean(dim=0)
    top = mean.argmax(dim=1)
    shown = torch.tensor([int(top[place]) if one is None else one for place, one in enumerate(outputs)])
    found, same = [], True
    for name, plane in zip(logits, maps, strict=True):
        head = Head(network, [plane], size=model.view.size, wanted=name)
        with torch.no_grad():
            (values,) = network.run({INPUT: torch.from_numpy(pictures)}, [plane])
        by_place, by_channel = (way(head, values, target=shown) for way in (gradient_times_map, grad_cam))
        same &= torch.allclose(by_place, by_channel, rtol=1e-3, atol=1e-4 * float(by_place.abs().max()))
        found.append(by_place.double())
    return ArtistMaps(
        values=torch.stack(found).mean(dim=0).numpy(),
        shown=shown.numpy(),
        top=top.numpy(),
        chances=mean.double().numpy(),
        cells=cells_of(network, maps[:1], size=model.view.size)[0],
        is_grad_cam=same,
    )


def _last_map(network: OnnxNetwork, pictures: Pixels, logits: str) -> str:
    names = find_maps(network, pictures[:1], wanted=logits)
    if len(names) != 1:
        raise ModelError(f"{network.name}: {len(names)} maps lead to its outputs of artists; one can be shown")
    return names[0]
