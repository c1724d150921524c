"""A folder of JPEGs to features, beside the usual loop in torch, and beside what decoding and encoding cost by themselves.

    python benchmarks/embed_folder.py FOLDER WEIGHTS --backbone lite0 [--pictures 512] [--few 64] [--rounds 3] [--precision bfloat16]

FOLDER holds JPEGs, in it or one folder deeper; WEIGHTS the safetensors files (docs/systems.md). The same backbone's pooled last layer
is computed by

- `embed_files`, as `morelli embed` and `morelli train` do: libvips decodes in two threads, OpenVINO encodes;
- the usual loop over --few of the pictures: a DataLoader with two workers opens and resizes with Pillow, torch runs the network eagerly
  in float32 under inference mode, 32 pictures a batch;
- the encoder alone, fed from memory, and the decoding alone: their processor time together is what the work costs at least.

Rounds are interleaved; medians, by the clock and of processor time. Prints the ratios and how far our features are from torch's of the
very same pixels. Exits with 1 where one of them is missed: five times the usual loop; of files no larger than the network reads 85 % of
the encoder's own peak by the clock, of larger ones 90 % of what decoding and encoding cost together in processor time.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import numpy as np
import psutil
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from morelli.model.embed import embed_files
from morelli.model.encoder import load_openvino
from morelli.pictures.stream import open_many
from morelli.pictures.view import View
from morelli.training.export import export_encoder
from morelli.training.torch_encoder import TorchEncoder
from precision import FILES, SIZES, pooled_backbone

BATCH = 32
TIMES, PEAK, PROCESSOR = 5, 0.85, 0.9


class Pillow(Dataset[torch.Tensor]):
    """Files, opened as most code opens them."""

    def __init__(self, files: list[Path], size: int) -> None:
        self.files, self.size = files, size

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, place: int) -> torch.Tensor:
        image = Image.open(self.files[place]).convert("RGB").resize((self.size, self.size), Image.Resampling.BILINEAR)
        return torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255


def spent() -> float:
    """Processor seconds of this process and of what it started that still runs or has ended."""
    process = psutil.Process()
    times = [process.cpu_times(), *(child.cpu_times() for child in process.children())]
    return sum(t.user + t.system for t in times) + times[0].children_user + times[0].children_system


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("--backbone", choices=sorted(FILES), default="lite0")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    for name, value in (("pictures", 512), ("few", 64), ("rounds", 3), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=value)
    words = parser.parse_args()
    files = list(islice((f for f in sorted(words.folder.rglob("*.jpg"))), words.pictures))
    torch.set_num_threads(words.threads)
    network = pooled_backbone(words.backbone, words.weights)
    view = View("whole", SIZES[words.backbone])
    onnx = export_encoder(network, size=view.size)
    encoder = load_openvino(onnx, name="the export", precision=words.precision, threads=words.threads, batch=BATCH)
    few = files[: words.few]
    memory = np.concatenate([view.open(file).pixels for file in files])

    def ours() -> object:
        return embed_files(files, encoder=encoder, view=view, width=network.width, batch=BATCH)

    def usual() -> object:
        loader = DataLoader(Pillow(few, view.size), batch_size=BATCH, num_workers=2)
        with torch.inference_mode():
            return torch.cat([network(batch) for batch in loader])

    def encode() -> object:
        return encoder.encode(memory)

    def decode() -> object:
        return sum(1 for _ in open_many(files, view=view, workers=2))

    ways: dict[str, tuple[int, Callable[[], object]]] = {
        "embed_files": (len(files), ours),
        "the usual loop": (len(few), usual),
        "the encoder alone": (len(files), encode),
        "decoding alone": (len(files), decode),
    }
    encode()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(words.rounds):
        for name, (count, way) in ways.items():
            began, before = time.perf_counter(), spent()
            way()
            found[name].append(((time.perf_counter() - began) / count, (spent() - before) / count))
    each = {name: [statistics.median(column) for column in zip(*times, strict=True)] for name, times in found.items()}
    sides = Image.open(files[0]).size
    print(
        f"{words.backbone}, {view.size} px, {words.precision}; {len(files)} JPEGs, the first {sides[0]} x {sides[1]} px"
    )
    for name, (wall, processor) in each.items():
        print(f"{name:18} {1 / wall:8.1f} pictures a second, {processor * 1e3:8.2f} ms of processor time each")
    print("                                     by the clock   of processor time")
    ratios = {}
    for told, one, others in (
        ("times as fast as the usual loop", "the usual loop", ("embed_files",)),
        ("share of the encoder's own peak", "the encoder alone", ("embed_files",)),
    ):
        ratio = [each[one][k] / sum(each[other][k] for other in others) for k in (0, 1)]
        ratios[one] = ratio[0]
        print(f"{told:36} {ratio[0]:12.2f} {ratio[1]:19.2f}")
    least = each["the encoder alone"][1] + each["decoding alone"][1]
    share = least / each["embed_files"][1]
    print(f"{'share of decoding and encoding':36} {'':12} {share:19.2f}")
    wanted = TorchEncoder(network, size=view.size, embedding=network.width).encode(memory[:BATCH])
    got = encoder.encode(memory[:BATCH])
    apart = np.sqrt(np.mean(np.square(got - wanted))) / np.sqrt(np.mean(np.square(wanted)))
    print(f"features of the same pixels differ from torch's in float32 by {apart:.2g} of their size")
    fast = ratios["the encoder alone"] >= PEAK if max(sides) <= view.size else share >= PROCESSOR
    sys.exit(not (ratios["the usual loop"] >= TIMES and fast))


if __name__ == "__main__":
    main()
