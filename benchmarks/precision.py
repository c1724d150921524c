"""What the lower precision costs: a backbone's features in bfloat16 and in float32, and the AUC with each, on the same pairs.

    python benchmarks/precision.py PAINTINGS WEIGHTS --backbone xception [--split splits/paintings.json]

WEIGHTS is the folder of safetensors files (docs/systems.md). Pictures of validation artists are embedded by OpenVINO in both
precisions and, the first hundred, by torch in both. Features are standardised by the float32 ones; the similarity is their cosine.
Prints how far the features are apart (root mean square of the difference as a share of that of the features, and the least cosine of a
picture with itself), both AUCs against random and style-matched negatives, and their paired difference with its 95 % interval over
artists. Exits with 1 where a difference's interval is not inside 0.002.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.model.calibrate import artist_names
from morelli.model.encoder import Encoder, load_openvino
from morelli.model.similarity import pair_similarity
from morelli.pictures.view import View
from morelli.protocol.evaluate import paired_difference
from morelli.protocol.pair_figures import PairFigures
from morelli.protocol.pairs import NEGATIVES, draw_pairs
from morelli.protocol.split import Split
from morelli.training.backbones.backbone import build_backbone
from morelli.training.backbones.pooled import PooledBackbone
from morelli.training.export import export_encoder
from morelli.training.torch_encoder import TorchEncoder

Floats = npt.NDArray[np.float32]
FILES = {"xception": "xception", "lite0": "efficientnet-lite0", "inception-v3-6c": "inception-v3"}
SIZES = {"xception": 299, "lite0": 224, "inception-v3-6c": 299}
MOST, BATCH, FEW = 0.002, 32, 100


def pooled_backbone(name: str, weights: Path) -> PooledBackbone:
    """A backbone's last layer, its mean over places."""
    backbone, _ = build_backbone(name, weights=weights / f"{FILES[name]}.safetensors")
    layers: dict[str, int] = backbone.layers  # type: ignore[assignment]
    return PooledBackbone(backbone, name=name, layers=[list(layers)[-1]], statistics=["mean"]).eval()


def features(encoder: Encoder, files: list[Path], view: View, *, told: str) -> tuple[Floats, float]:
    """Return features of files and the pictures a second of encoding alone."""
    parts, seconds = [], 0.0
    for start in range(0, len(files), BATCH):
        pictures = np.concatenate([view.open(file).pixels for file in files[start : start + BATCH]])
        began = time.perf_counter()
        parts.append(encoder.encode(pictures))
        seconds += time.perf_counter() - began
    print(f"{told}: {len(files)} pictures, {len(files) / seconds:.1f} a second", flush=True)
    return np.concatenate(parts), len(files) / seconds


def apart(one: Floats, other: Floats) -> str:
    size = np.sqrt(np.mean(np.square(one)))
    least = pair_similarity(one, other, kind="cosine").min()
    return f"{np.sqrt(np.mean(np.square(one - other))) / size:.2g} of their size, least cosine {least:.6f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paintings", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--backbone", choices=sorted(FILES), default="xception")
    parser.add_argument("--split", type=Path, default=Path("splits/paintings.json"))
    parser.add_argument("--threads", type=int, default=0, help="of OpenVINO; 0: all cores")
    options = parser.parse_args()
    catalogue = Catalogue.read(options.paintings)
    part = Split.from_json(options.split.read_text(), source=str(options.split)).assign(catalogue)
    rows = np.flatnonzero(part == "validation")
    files = [catalogue.file(int(row)) for row in rows]
    network = pooled_backbone(options.backbone, options.weights)
    view = View("whole", SIZES[options.backbone])
    onnx = export_encoder(network, size=view.size)
    found = {}
    for precision in ("float32", "bfloat16"):
        encoder = load_openvino(onnx, name="the export", precision=precision, threads=options.threads)
        found[precision], _ = features(encoder, files, view, told=f"OpenVINO, {precision}")
    exact, lower = found["float32"], found["bfloat16"]
    for precision in ("float32", "bfloat16"):
        encoder = TorchEncoder(network, size=view.size, embedding=network.width, precision=precision)
        torch_features, _ = features(encoder, files[:FEW], view, told=f"torch, {precision}")
        print(f"  torch in {precision} from OpenVINO in float32: {apart(exact[:FEW], torch_features)}")
    print(f"OpenVINO in bfloat16 from float32: {apart(exact, lower)}")

    mean, deviation = exact.mean(axis=0), exact.std(axis=0)
    scale = np.where(deviation > 1e-3 * np.median(deviation), 1 / np.maximum(deviation, 1e-30), 0)
    place = np.full(len(catalogue), -1)
    place[rows] = np.arange(len(rows))
    names, inside = artist_names(catalogue), True
    for negatives in NEGATIVES:
        pairs = draw_pairs(names, rows, seed=0, negatives=negatives, style=catalogue.get("style"))
        figures = []
        for values in (lower, exact):
            standard = ((values - mean) * scale).astype(np.float32)
            similarity = pair_similarity(standard[place[pairs.first]], standard[place[pairs.second]], kind="cosine")
            figures.append(PairFigures(pairs, similarity, names, threshold=0.0, calibration=None))
        both = [one.ranked.auc(np.ones(len(pairs) // 2), np.ones(len(pairs) // 2)) for one in figures]
        cost = paired_difference(*figures)["auc"]
        inside &= cost.low > -MOST and cost.high < MOST
        print(
            f"{negatives}: AUC {both[0]:.5f} in bfloat16, {both[1]:.5f} in float32; difference {cost.value:+.5f} "
            f"[{cost.low:+.5f}, {cost.high:+.5f}], {len(pairs):,} pairs, {cost.n_artists} artists"
        )
    sys.exit(not inside)


if __name__ == "__main__":
    main()
