"""Where trained cells look from, beside where their windows have their centres.

    python benchmarks/cell_places.py PAINTINGS BACKBONE [--weights FILE] [--size 224] [--pictures 16]

Padding on one side, as TensorFlow's networks have it, moves the windows of a map's cells; training may move back what the cells look at.
For each depth of a backbone, of its middle cells: how far the centre lies beyond the middle of an even tile, in steps from cell to cell,
downwards and across together. By their windows: `find_cells`. By the gradient: the mean place of the squared gradient of a random
direction of the cell by the pixels, of real paintings; and how widely it is spread (a standard deviation). 95 % intervals over pictures.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from morelli.catalogue.catalogue import Catalogue
from morelli.pictures.view import View
from morelli.training.backbones.backbone import build_backbone
from morelli.training.backbones.cells import find_cells


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("paintings", type=Path)
    words.add_argument("backbone")
    words.add_argument("--weights", type=Path, help="none: the hub's")
    words.add_argument("--size", type=int, default=224)
    words.add_argument("--pictures", type=int, default=16)
    given = words.parse_args()
    catalogue, size = Catalogue.read(given.paintings), given.size
    network, _ = build_backbone(given.backbone, weights=given.weights, size=size, layers=())
    network.eval()
    rows = np.random.default_rng(0).choice(len(catalogue), given.pictures, replace=False)
    generator, view = torch.Generator().manual_seed(0), View("whole", size)
    found: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        pixels = torch.from_numpy(view.open(catalogue.file(int(row))).pixels).permute(0, 3, 1, 2).float() / 255
        pixels.requires_grad_(True)
        for layer, maps in network(pixels).items():
            found.setdefault(layer, []).append(looked_from(maps[0], pixels, generator))
    lines = find_cells(lambda picture: list(network(picture).values()), size=size)
    with torch.inference_mode():
        counts = [maps.shape[2] for maps in network(torch.zeros(1, 3, size, size)).values()]
    print("| depth | cells a side | by their windows | by the gradient | spread |\n|---|---|---|---|---|")
    for (layer, places), line, count in zip(found.items(), lines, counts, strict=True):
        middle = middle_cells(count)
        windows = np.mean([line.rows.centres(count)[cell] * count - cell - 0.5 for cell in middle])
        told = np.array(places)
        away, spread = told[np.isfinite(told).all(axis=1)].T
        half = 1.96 * away.std(ddof=1) / np.sqrt(len(away))
        print(
            f"| {layer} | {count} | {windows:+.2f} | {away.mean():+.2f} [{away.mean() - half:+.2f}, {away.mean() + half:+.2f}]"
            f" | {spread.mean():.2f} |"
        )


def middle_cells(count: int) -> list[int]:
    return sorted({(count - 1) // 2, count // 2})


def looked_from(maps: torch.Tensor, pixels: torch.Tensor, generator: torch.Generator) -> tuple[float, float]:
    """Return how far from the middle of an even tile the middle cells look, and how widely, in steps. maps (c, h, w)."""
    count, size = maps.shape[1], pixels.shape[2]
    at = (np.arange(size) + 0.5) / size * count
    away, spread = [], []
    for row in middle_cells(count):
        for column in middle_cells(count):
            direction = torch.randn(len(maps), generator=generator)
            (gradient,) = torch.autograd.grad(maps[:, row, column] @ direction, pixels, retain_graph=True)
            square = gradient.square().sum(dim=(0, 1)).double().numpy()
            if not square.any():  # what a rectifier shuts off
                continue
            for side, cell in ((square.sum(axis=1), row), (square.sum(axis=0), column)):
                side = side / side.sum()
                mean = side @ at
                away.append(mean - cell - 0.5)
                spread.append(np.sqrt(side @ (at - mean) ** 2))
    return (float(np.mean(away)), float(np.mean(spread))) if away else (np.nan, np.nan)


if __name__ == "__main__":
    main()
