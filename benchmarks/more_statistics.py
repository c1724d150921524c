"""What other statistics of a backbone's maps than means and deviations add on artists that were not trained on.

    python benchmarks/more_statistics.py PAINTINGS --split splits/study.json --weights LITE0 [--resamples 1000] [--statistics gram,...]

For each layer of Lite0 up to the last: Gram matrices (the covariance of its channels over places; Gatys et al. 2016, "Image style
transfer using convolutional neural networks"; of the first five layers, those of up to 112 channels); roughness, the mean absolute
difference of a channel between neighbouring places, downwards and across; the skewness of a channel; its maximum; its deviation over
means of patches, a quarter of the map a side. Each statistic has a back-end a layer, weighed by cross-validation, alone and beside those
of means and deviations; as row `inside-styles` of the study, shrunk by 0.1. Prints AUC and the paired difference to means and deviations
alone, 95 % intervals over artists of the part `test` of the split: of the study's, the validation artists.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from auc_rows import HEAD, AucRows
from morelli.catalogue.catalogue import Catalogue
from morelli.model.calibrate import artist_names
from morelli.model.comparison import CohortComparison
from morelli.model.encoder import load_openvino
from morelli.pictures.view import View
from morelli.protocol.pairs import NEGATIVES, draw_pairs
from morelli.protocol.split import Split
from morelli.systems.objectives import Discriminant
from morelli.systems.read import read_system
from morelli.training.back_end import BackEnd, Reduced
from morelli.training.backbones.backbone import build_backbone
from morelli.training.discriminant import choose_cohort
from morelli.training.export import export_encoder
from morelli.training.fusion import fusion_weights

Floats = npt.NDArray[np.float32]
SIZE, MOST_CHANNELS, PATCHES, BATCH = 224, 112, 4, 16
HERE = Path(__file__).parent / "house"


class Statistics(nn.Module):
    """Pictures -> all statistics of all layers, one after another. columns: (statistic, layer) -> where they start and stop."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.columns: dict[tuple[str, str], tuple[int, int]] = {}
        with torch.inference_mode():
            self(torch.zeros(1, 3, SIZE, SIZE))

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the statistics (n, d) of pictures."""
        parts: list[Tensor] = []
        at = 0
        for layer, maps in self.backbone(pictures).items():
            for statistic, values in statistics_of(maps).items():
                parts.append(values)
                self.columns[statistic, layer] = (at, at := at + values.shape[1])
        return torch.cat(parts, dim=1)


def statistics_of(maps: Tensor) -> dict[str, Tensor]:
    """Return the statistics (n, d) of maps (n, c, h, w) by their names."""
    channels, places = maps.shape[1], maps.flatten(2)
    apart = places - places.mean(dim=2, keepdim=True)
    deviation = apart.square().mean(dim=2).sqrt()
    found = {"means and deviations": torch.cat([places.mean(dim=2), deviation], dim=1)}
    if channels <= MOST_CHANNELS:
        first, second = np.triu_indices(channels)
        gram = (apart @ apart.transpose(1, 2) / places.shape[2]).flatten(1)
        found["gram"] = gram.index_select(1, torch.from_numpy(first * channels + second))
    down = (maps[:, :, 1:] - maps[:, :, :-1]).abs().mean(dim=(2, 3))
    across = (maps[:, :, :, 1:] - maps[:, :, :, :-1]).abs().mean(dim=(2, 3))
    found["roughness"] = torch.cat([down, across], dim=1)
    found["skewness"] = (apart**3).mean(dim=2) / (deviation**3 + 1e-6)
    found["maxima"] = places.amax(dim=2)
    patch = max(1, maps.shape[2] // PATCHES)
    found["over patches"] = nn.functional.avg_pool2d(maps, patch).flatten(2).std(dim=2, correction=0)
    return found


class Block(NamedTuple):
    """One statistic of one layer, of training pictures (n, d) and of those that are judged (m, d), and its principal components."""

    training: Floats
    judged: Floats
    reduced: Reduced


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paintings", type=Path)
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--weights", type=Path, help="of Lite0; none: the hub's")
    parser.add_argument("--resamples", type=int, default=1000)
    parser.add_argument("--statistics", default="gram,roughness,skewness,maxima,over patches")
    words = parser.parse_args()
    catalogue = Catalogue.read(words.paintings)
    part = Split.from_json(words.split.read_text(encoding="utf-8"), source=str(words.split)).assign(catalogue)
    artist, style = artist_names(catalogue), catalogue.get("style")
    rows, judged = np.flatnonzero(part == "train"), np.flatnonzero(part == "test")
    backbone, _ = build_backbone("lite0", weights=words.weights, size=SIZE, layers=())
    network = Statistics(backbone).eval()
    encoder = load_openvino(export_encoder(network, size=SIZE), name="the statistics")
    view = View("whole", SIZE)
    features = []
    for which in (rows, judged):
        found = np.empty((len(which), sum(stop - start for start, stop in network.columns.values())), dtype=np.float32)
        for start in range(0, len(which), BATCH):
            some = which[start : start + BATCH]
            pictures = np.concatenate([view.open(catalogue.file(int(row))).pixels for row in some])
            found[start : start + len(some)] = encoder.encode(pictures)
            print(f"\r{start + len(some):,} of {len(which):,} pictures", end="", file=sys.stderr)
        print(file=sys.stderr)
        features.append(found)
    system = read_system(str(HERE / "inside-styles.toml"), changes=["objective.shrinkage=0.1"])
    objective = system.objective
    assert isinstance(objective, Discriminant)
    assert system.cohort is not None
    blocks: dict[str, list[Block]] = {}
    for (statistic, _), (start, stop) in network.columns.items():
        training = features[0][:, start:stop]
        block = Block(training, features[1][:, start:stop], Reduced.of(training, objective))
        blocks.setdefault(statistic, []).append(block)
    own = blocks["means and deviations"]
    kinds = {"means and deviations": own}
    for name in words.statistics.split(","):
        kinds |= {f"{name} alone": blocks[name], f"{name} beside them": own + blocks[name]}

    place = np.full(len(catalogue), -1)
    place[judged] = np.arange(len(judged))
    cohort = choose_cohort(artist[rows], system.cohort)
    pairs = {kind: draw_pairs(artist, judged, seed=0, negatives=kind, style=style) for kind in NEGATIVES}
    print(f"| statistics | {HEAD}")
    table = AucRows(pairs, artist, resamples=words.resamples)
    for name, chosen in kinds.items():
        weights = fusion_weights(
            [one.reduced for one in chosen], artist[rows], style[rows], objective, cohort=system.cohort, seed=0
        )
        training, embeddings = embedded(chosen, weights, artist[rows], style[rows], objective)
        comparison = CohortComparison("cosine", training[cohort], system.cohort.neighbours, system.cohort.weight)
        compared = comparison.over(embeddings)
        print(table.row(name, lambda one, other, of=compared: of.rows(place[one], place[other])), flush=True)


def embedded(
    blocks: Sequence[Block],
    weights: npt.NDArray[np.float64],
    artist: npt.NDArray[np.object_],
    style: npt.NDArray[np.object_],
    objective: Discriminant,
) -> tuple[Floats, Floats]:
    """Return the embeddings of the training pictures (n, d) and of those that are judged (m, d), by the blocks that count."""
    used = [(block, float(weight)) for block, weight in zip(blocks, weights, strict=True) if weight]
    ends = np.cumsum([0, *(block.training.shape[1] for block, _ in used)]).tolist()
    back_end = BackEnd(
        tuple(pairwise(ends)),
        tuple(block.reduced.projection(artist, style, objective) for block, _ in used),
        tuple(weight for _, weight in used),
    )
    training, judged = (
        np.concatenate(parts, axis=1) for parts in zip(*((b.training, b.judged) for b, _ in used), strict=True)
    )
    return back_end(training), back_end(judged)


if __name__ == "__main__":
    main()
