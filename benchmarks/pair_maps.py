"""Which map of a pair tells what a place is worth: Grad-CAM, or the gradient times the map?

python benchmarks/pair_maps.py MODEL CATALOGUE --split FILE [--pairs 60]

Every cell of the last map of a painting is blanked in turn, and what the similarity to another painting loses is correlated with what the
two maps say of that cell. Paintings of validation artists, paired at random.
"""

import argparse
from pathlib import Path

import numpy as np
import torch

from morelli.catalogue.catalogue import Catalogue
from morelli.cli.options import read_split
from morelli.looking.attribution import grad_cam, gradient_times_map
from morelli.looking.pair_map import OfOne, SimilarityTo
from morelli.looking.rebuild import rebuild
from morelli.model.model import load


def cost_of_blanking(head: torch.nn.Module, maps: torch.Tensor) -> np.ndarray:
    """Return what the number loses when each cell of a map (1, c, h, w) is zero, (h * w,)."""
    height, width = maps.shape[2:]
    blanked = maps.repeat(height * width, 1, 1, 1)
    for cell in range(height * width):
        blanked[cell, :, cell // width, cell % width] = 0
    with torch.inference_mode():
        return (head(maps) - head(blanked)).numpy()


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("model", type=Path)
    words.add_argument("catalogue", type=Path)
    words.add_argument("--split", type=Path)
    words.add_argument("--pairs", type=int, default=60)
    given = words.parse_args()
    model, catalogue = load(given.model, precision="float32"), Catalogue.read(given.catalogue)
    part = read_split(given.split, catalogue).assign(catalogue)
    rows = np.random.default_rng(0).choice(np.flatnonzero(part == "validation"), 2 * given.pairs, replace=False)
    pictures = np.concatenate([model.view.open(catalogue.file(int(row))).pixels for row in rows])
    rebuilt = rebuild(model, pictures[:8])
    maps = rebuilt.maps(pictures)
    with torch.no_grad():
        embeddings = rebuilt.head(*maps)
    found: dict[str, list[float]] = {"Grad-CAM": [], "gradient times map": []}
    for first in range(0, len(rows), 2):
        own = tuple(one[first : first + 1] for one in maps)
        compare = SimilarityTo(rebuilt.head, embeddings[first + 1 : first + 2], similarity=rebuilt.similarity)
        head = OfOne(compare, own, len(own) - 1)
        cost = cost_of_blanking(head, own[-1])
        for name, way in (("Grad-CAM", grad_cam), ("gradient times map", gradient_times_map)):
            said = way(head, own[-1])[0].flatten().numpy()
            if cost.std() > 0 and said.std() > 0:
                found[name].append(float(np.corrcoef(said, cost)[0, 1]))
    print(f"{model.name} {model.id}, its last map: correlation with the cost of blanking a cell")
    for name, values in found.items():
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
        print(f"  {name:20} median {middle:.2f}, quartiles {low:.2f} to {high:.2f}, {len(values)} pairs")


if __name__ == "__main__":
    main()
