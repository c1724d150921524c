"""What precision costs a whole model: its AUC with the encoder in float32 and in bfloat16, by OpenVINO and by torch, on the same pairs.

    python benchmarks/model_precision.py MODEL PAINTINGS --split splits/paintings.json [--part test] [--whole OTHER] [--torch 200]

--whole: the same training with weights in higher precision (`--set stored=float32`), the first row then: what narrow weights cost. Prints
for each encoder the pictures it encodes a second, how far its embeddings are from the first row's (root mean square of the difference as
a share of the embeddings' own), the AUC against random and style-matched negatives with the paired difference to the first row, 95 %
intervals over artists, how many pictures are outside the range, and how many of them are told otherwise than in the first row. --torch:
pictures that torch runs the same file on, in float32, for the distance alone. Exits with 1 where a difference's interval is not inside
0.002.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.model.calibrate import artist_names
from morelli.model.evaluate import check_unseen
from morelli.model.folder import ENCODER
from morelli.model.model import Model, load
from morelli.model.shipped import find_model
from morelli.pictures.stream import open_many
from morelli.protocol.evaluate import paired_difference
from morelli.protocol.pair_figures import PairFigures
from morelli.protocol.pairs import NEGATIVES, draw_pairs
from morelli.protocol.split import Split

Floats = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]
MOST, BATCH = 0.002, 32


def encoded(encode: Callable[[Pixels], Floats], files: list[Path], model: Model) -> tuple[Floats, float]:
    """Return the embeddings of files and the pictures a second of encoding alone."""
    parts, waiting, seconds = [], [], 0.0
    for place, seen in enumerate(open_many(files, view=model.view, workers=1), 1):
        if isinstance(seen, Exception):
            raise seen
        waiting.append(seen.pixels[0] if model.view.n == 1 else seen.pixels)
        if len(waiting) == BATCH or place == len(files):
            pictures = np.stack(waiting)
            began = time.perf_counter()
            parts.append(encode(pictures))
            seconds += time.perf_counter() - began
            waiting.clear()
    return np.concatenate(parts), len(files) / seconds


def by_torch(model: Model) -> Callable[[Pixels], Floats]:
    """Return what torch makes of pictures with the very file of a model."""
    import torch

    from morelli.looking.onnx_network import read_onnx

    network = read_onnx(model.folder.read(ENCODER), name=model.name)

    def encode(pictures: Pixels) -> Floats:
        with torch.inference_mode():
            found: Floats = network.run({"pictures": torch.from_numpy(pictures)}, ["embedding"])[0].numpy()
        return found

    return encode


def apart(one: Floats, other: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(one - other)) / np.mean(np.square(other))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("paintings", type=Path)
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--part", default="test")
    parser.add_argument("--whole", help="a model folder: the same training, weights in higher precision")
    parser.add_argument("--torch", type=int, default=200)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    catalogue = Catalogue.read(options.paintings)
    part = Split.from_json(options.split.read_text(), source=str(options.split)).assign(catalogue)
    names, rows = artist_names(catalogue), np.flatnonzero(part == options.part)
    files = [catalogue.file(int(row)) for row in rows]
    place = np.full(len(catalogue), -1)
    place[rows] = np.arange(len(rows))
    model = load(find_model(options.model), precision="float32", threads=options.threads)
    subjects = {"OpenVINO, float32": model}
    if options.whole:
        subjects = {
            "the same, weights as they were": load(options.whole, precision="float32", threads=options.threads),
            **subjects,
        }
    subjects["OpenVINO, bfloat16"] = load(find_model(options.model), precision="bfloat16", threads=options.threads)
    check_unseen(model, catalogue, names, np.where(part == options.part, "test", "set-aside").astype(object))
    print(f"{model.name} {model.id}: {len(rows):,} paintings by {len(set(names[rows]))} {options.part} artists\n")
    columns = (
        "encoder",
        "pictures/s",
        "apart",
        "random",
        "difference",
        "style-matched",
        "difference",
        "outside",
        "told otherwise",
    )
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    first: dict[str, PairFigures] = {}
    outside: npt.NDArray[np.bool_] | None = None
    start, inside, own = np.zeros((0, 0), np.float32), True, np.zeros((0, 0), np.float32)
    for name, subject in subjects.items():
        embeddings, speed = encoded(subject.encoder.encode, files, model)
        start = start if len(start) else embeddings
        own = embeddings if subject is model else own
        cells = [f"{speed:.0f}", "–" if embeddings is start else f"{apart(embeddings, start):.2g}"]
        for negatives in NEGATIVES:
            pairs = draw_pairs(names, rows, seed=0, negatives=negatives, style=catalogue.get("style"))
            scores = (
                subject.comparison.over(embeddings).rows(place[pairs.first], place[pairs.second]).astype(np.float64)
            )
            figures = PairFigures(pairs, scores, names, threshold=0.0, calibration=None)
            cells.append(f"{figures.ranked.auc(np.ones(len(pairs) // 2), np.ones(len(pairs) // 2)):.4f}")
            if negatives in first:
                cost = paired_difference(figures, first[negatives])["auc"]
                inside &= cost.low > -MOST and cost.high < MOST
                cells.append(f"{cost.value:+.4f} [{cost.low:+.4f}, {cost.high:+.4f}]")
            else:
                first[negatives] = figures
                cells.append("–")
        told = subject.outside_range(embeddings)
        outside = told if outside is None else outside
        cells += [f"{told.sum()}", f"{(told != outside).sum()}"]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    if options.torch:
        found, speed = encoded(by_torch(model), files[: options.torch], model)
        far = apart(found, own[: len(found)])
        print(
            f"| torch, float32, the same file ({len(found)} pictures) | {speed:.0f} | {far:.2g} from OpenVINO's | | | | | | |"
        )
    sys.exit(not inside)


if __name__ == "__main__":
    main()
