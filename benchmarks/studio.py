"""The studio's speed on one core, and how hard its painters are to tell apart.

    python benchmarks/studio.py             speed, and the AUC of simple statistics on painters never seen
    python benchmarks/studio.py --network   also of a small network trained for two minutes (needs torch)

Pairs: all pairs of one painter's pictures against pairs of different painters, any or of one style family. Every
statistic is centred and scaled on other painters' pictures than the judged ones, and compared by cosine.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from morelli.studio import Studio

GOAL = 20.0
FloatArray = npt.NDArray[np.float64]
Pictures = npt.NDArray[np.uint8]


def measure_speed(pictures: int = 100, rounds: int = 5) -> list[float]:
    """Pictures a second of processor time on one core at 256 px, in each round of other pictures by all styles."""
    cv2.setNumThreads(1)
    studio = Studio(seed=1, painters=400)
    studio.paint(0, 0)
    speeds = []
    for turn in range(rounds):
        begin = time.process_time()
        for k in range(pictures // rounds):
            studio.paint(k, turn)
        speeds.append((pictures // rounds) / (time.process_time() - begin))
    return speeds


def mean_colour(picture: Pictures) -> FloatArray:
    """Mean of each channel."""
    return np.asarray(picture.reshape(-1, 3).mean(0), np.float64)


def colour_histogram(picture: Pictures) -> FloatArray:
    """Square roots of the shares of 5 x 5 x 5 colours."""
    cell = (picture.reshape(-1, 3).astype(np.int64) * 5) // 256
    counts = np.bincount(cell @ (25, 5, 1), minlength=125)
    return np.asarray(np.sqrt(counts / counts.sum()), np.float64)


def texture(picture: Pictures) -> FloatArray:
    """Of five scales: the strength of detail, its kurtosis, and how gradients are spread over eight directions."""
    level = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    found: list[float] = []
    for _ in range(5):
        smooth = cv2.GaussianBlur(level, (0, 0), 1.0)
        detail = level - smooth
        gx, gy = cv2.Scharr(level, cv2.CV_32F, 1, 0), cv2.Scharr(level, cv2.CV_32F, 0, 1)
        size = np.hypot(gx, gy)
        bins = ((np.arctan2(gy, gx) % np.pi) / np.pi * 7.999).astype(int)
        spread = np.bincount(bins.ravel(), size.ravel(), minlength=8) / (size.sum() + 1e-9)
        variance = float((detail**2).mean()) + 1e-6
        found += [np.log(variance), float(np.log((detail**4).mean() / variance**2 + 1e-6)), *spread * 8]
        level = smooth[::2, ::2]
    return np.array(found)


def auc(same: FloatArray, different: FloatArray) -> float:
    """Area under the ROC curve, ties counted half."""
    order = np.sort(different)
    below, up_to = np.searchsorted(order, same, "left"), np.searchsorted(order, same, "right")
    return float((below + up_to).mean() / (2 * len(order)))


def judge(features: FloatArray, painter: npt.NDArray[np.int64], styles: int) -> str:
    """AUC against random and against same-family negatives; features (n, d), painter (n,)."""
    rng = np.random.default_rng(0)
    unit = features / np.linalg.norm(features, axis=1, keepdims=True)
    likeness = unit @ unit.T
    i, j = np.triu_indices(len(painter), 1)
    score, one = likeness[i, j], painter[i] == painter[j]
    family = ~one & (painter[i] % styles == painter[j] % styles)
    same = score[one]
    by_chance = rng.permutation(score[~one])[: 20 * len(same)]
    return f"{auc(same, by_chance):.3f}  {auc(same, score[family]):.3f}"


def painted(studio: Studio, first: int, last: int, paintings: int) -> tuple[Pictures, npt.NDArray[np.int64]]:
    """Pictures (n, 256, 256, 3) by painters first..last-1, and their numbers (n,)."""
    who = np.repeat(np.arange(first, last), paintings)
    return np.stack([studio.paint(int(i), k % paintings) for k, i in enumerate(who)]), who


def train_network(
    pictures: Pictures, painter: npt.NDArray[np.int64], seconds: float
) -> Callable[[Pictures], FloatArray]:
    """Train a small network to name the painter from crops of 128 px; returns a picture's embedding."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    rng = np.random.default_rng(0)

    def block(a: int, b: int) -> nn.Sequential:
        return nn.Sequential(nn.Conv2d(a, b, 3, padding=1), nn.BatchNorm2d(b), nn.ReLU(), nn.MaxPool2d(2))

    body = nn.Sequential(
        block(3, 16), block(16, 32), block(32, 64), block(64, 96), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    )
    names = {p: k for k, p in enumerate(np.unique(painter))}
    head = nn.Linear(96, len(names))
    optimiser = torch.optim.AdamW([*body.parameters(), *head.parameters()], lr=2e-3, weight_decay=1e-3)
    label = torch.tensor([names[p] for p in painter])
    begin, steps = time.monotonic(), 0
    while time.monotonic() - begin < seconds:
        rows = rng.integers(0, len(pictures), 32)
        y, x = rng.integers(0, 129, 2)
        batch = torch.from_numpy(pictures[rows, y : y + 128, x : x + 128]).permute(0, 3, 1, 2).float() / 127.5 - 1
        if rng.random() < 0.5:
            batch = batch.flip(3)
        loss = nn.functional.cross_entropy(head(body(batch)), label[rows])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        steps += 1
    print(f"network: {steps} steps of 32 crops in {seconds:.0f} s, last loss {loss.item():.2f}")
    body.eval()

    def embed(one: Pictures) -> FloatArray:
        with torch.no_grad():
            crops = np.stack([one[y : y + 128, x : x + 128] for y in (0, 128) for x in (0, 128)])
            out = body(torch.from_numpy(crops).permute(0, 3, 1, 2).float() / 127.5 - 1)
        return np.asarray(out.mean(0).numpy(), np.float64)

    return embed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--painters", type=int, default=64, help="judged painters")
    parser.add_argument("--paintings", type=int, default=8)
    parser.add_argument("--network", action="store_true")
    parser.add_argument("--seconds", type=float, default=120.0)
    options = parser.parse_args()

    speeds = measure_speed()
    print(f"{platform.machine()}, OpenCV {cv2.__version__}, numpy {np.__version__}")
    print(
        f"pictures a second on one core, 256 px: median {np.median(speeds):.1f} "
        f"(from {min(speeds):.1f} to {max(speeds):.1f}); "
        f"goal {GOAL:.0f}: {'met' if np.median(speeds) >= GOAL else 'NOT met'}"
    )
    others = 64
    studio = Studio(seed=0, painters=others + options.painters)
    styles = len(studio.families)
    before, who_before = painted(studio, 0, others, 20 if options.network else 4)
    pictures, who = painted(studio, others, others + options.painters, options.paintings)
    measures: dict[str, Callable[[Pictures], FloatArray]] = {
        "mean colour": mean_colour,
        "colour histogram": colour_histogram,
        "texture": texture,
    }
    if options.network:
        measures["network"] = train_network(before, who_before, options.seconds)
    judged = f"{options.painters} painters never seen, {options.paintings} pictures each"
    print(f"AUC on {judged}: random, same-family negatives")
    kept = {}
    for name, measure in measures.items():
        reference = np.stack([measure(p) for p in before])
        scaled = (np.stack([measure(p) for p in pictures]) - reference.mean(0)) / (reference.std(0) + 1e-6)
        kept[name] = scaled / np.linalg.norm(scaled, axis=1, keepdims=True)
        print(f"  {name:28} {judge(kept[name], who, styles)}")
    both = np.concatenate([kept["colour histogram"], kept["texture"]], 1)
    print(f"  {'histogram and texture':28} {judge(both, who, styles)}")


if __name__ == "__main__":
    main()
