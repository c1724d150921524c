"""Detection and false-alarm rates of the warnings about pictures, on real paintings and altered copies of them.

    python benchmarks/picture_warnings.py [PAINTINGS] [FULL_SIZE] [--untouched 1000] [--altered 300] [--list FILE.csv]

PAINTINGS and FULL_SIZE (or MORELLI_PAINTINGS, MORELLI_PAINTINGS_FULL_SIZE) are folders with a folder an artist. Many
untouched files do have a border or no colours: `picture_warnings_seen.csv` beside this script says of alarms that were
looked at whether they are right; --list writes the alarms of this run, to be looked at.
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from morelli.pictures.observe import Observation, observe
from morelli.pictures.open import decode, open_image
from morelli.pictures.same import shows_the_same
from morelli.pictures.view import View

Pixels = npt.NDArray[np.uint8]
Alteration = Callable[[Pixels, np.random.Generator], bytes]
VIEW = View("whole", 224)
SEEN = Path(__file__).with_name("picture_warnings_seen.csv")
GOLD, WOOD, BLACK, SILVER = (176, 138, 70), (92, 58, 34), (34, 30, 28), (168, 165, 158)
MOUNTS = ((250, 250, 248), (12, 12, 12), (232, 225, 210), (128, 128, 128))
WALLS = ((235, 233, 228), (215, 205, 190), (150, 60, 55), (90, 110, 95), (200, 205, 210), (70, 70, 75))


# --- alterations ---


def png(pixels: Pixels) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=1)
    return out.getvalue()


def jpeg(pixels: Pixels, quality: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality)
    return out.getvalue()


def pixels_of(data: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def mounted(pixels: Pixels, rng: np.random.Generator, *, least: float = 0.03, most: float = 0.15) -> Pixels:
    """A plain mount or scanner's edge on all sides, with a little noise."""
    height, width = pixels.shape[:2]
    top, right, bottom, left = (
        max(1, round(rng.uniform(least, most) * max(height, width) * rng.uniform(0.8, 1.2))) for _ in range(4)
    )
    out = np.empty((height + top + bottom, width + left + right, 3))
    out[:] = MOUNTS[rng.integers(len(MOUNTS))]
    out += rng.normal(0, 2, out.shape[:2])[..., np.newaxis]
    out[top : top + height, left : left + width] = pixels
    return np.clip(out, 0, 255).astype(np.uint8)


def two_sided(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Bars on two opposite sides, as a scanner or a square thumbnail leaves them."""
    height, width = pixels.shape[:2]
    bar = round(rng.uniform(0.03, 0.2) * width)
    out = np.full((height, width + 2 * bar, 3), MOUNTS[rng.integers(len(MOUNTS))], dtype=np.uint8)
    out[:, bar : bar + width] = pixels
    return out if rng.random() < 0.5 else np.ascontiguousarray(out.transpose(1, 0, 2))


def framed(pixels: Pixels, rng: np.random.Generator, *, least: float = 0.05, most: float = 0.15) -> Pixels:
    """A moulded frame with mitred corners, each side lit in its own way, with grain or ornament."""
    height, width = pixels.shape[:2]
    depth = max(4, round(rng.uniform(least, most) * max(height, width)))
    along = np.linspace(0, 1, depth)
    knots = np.sort(np.concatenate([[0], rng.uniform(0, 1, rng.integers(3, 7)), [1]]))
    profile = np.interp(along, knots, rng.uniform(0.45, 1.35, len(knots)))
    if rng.random() < 0.5:
        profile[along > 0.9] *= rng.uniform(0.4, 1.6)  # a slip between frame and painting
    rows, columns = np.mgrid[: height + 2 * depth, : width + 2 * depth]
    to_side = np.stack([rows, columns, rows[::-1], columns[:, ::-1]])
    light = np.array([1.1, 1.0, 0.8, 0.9])[to_side.argmin(axis=0)]
    grain = cv2.GaussianBlur(rng.normal(0, 1, rows.shape).astype(np.float32), (0, 0), rng.uniform(0.6, 2))
    out = np.array([GOLD, WOOD, BLACK, SILVER][rng.integers(4)], dtype=float) * np.ones((*rows.shape, 1))
    out *= (profile[np.minimum(to_side.min(axis=0), depth - 1)] * light)[..., np.newaxis]
    out *= (1 + rng.uniform(0.03, 0.15) * grain / grain.std())[..., np.newaxis]
    out[depth : depth + height, depth : depth + width] = pixels
    return np.clip(out, 0, 255).astype(np.uint8)


def hung(pixels: Pixels, rng: np.random.Generator, *, aslant: bool) -> Pixels:
    """The painting, more often framed than not, on a wall: uneven light, a soft shadow, noise, JPEG; aslant: in perspective."""
    if rng.random() < 0.6:
        pixels = framed(pixels, rng, least=0.03, most=0.08)
    height, width = pixels.shape[:2]
    across = int(rng.uniform(640, 1000))
    down = int(across * rng.uniform(0.7, 1.3))
    corners = np.array([[-width, -height], [width, -height], [width, height], [-width, height]], dtype=float) / 2
    corners *= rng.uniform(0.45, 0.75) * min(across / width, down / height)
    if aslant:
        corners[[1, 2] if rng.random() < 0.5 else [0, 3], 1] *= 1 - rng.uniform(0.03, 0.15)
        corners[[0, 1], 0] *= 1 - rng.uniform(0, 0.1)
        turn = np.radians(rng.uniform(-2, 2))
        corners = corners @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    corners += [across * rng.uniform(0.46, 0.54), down * rng.uniform(0.46, 0.54)]
    source = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    move = cv2.getPerspectiveTransform(source, corners.astype(np.float32))

    def moved(image: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return cv2.warpPerspective(image, move, (across, down), flags=cv2.INTER_AREA)  # type: ignore[no-any-return]

    mask = moved(np.ones((height, width), dtype=np.float32))
    y, x = np.mgrid[:down, :across] / np.array([down, across]).reshape(2, 1, 1) - 0.5
    light = 1 + rng.uniform(-0.3, 0.3) * x + rng.uniform(-0.3, 0.3) * y
    shadow = np.roll(cv2.GaussianBlur(mask, (0, 0), across * 0.012), round(across * rng.uniform(0.003, 0.015)), (0, 1))
    wall = np.array(WALLS[rng.integers(len(WALLS))]) * (light * (1 - 0.45 * shadow))[..., np.newaxis]
    painting = moved(pixels.astype(np.float32)) * light[..., np.newaxis]
    out = wall * (1 - mask[..., np.newaxis]) + painting * mask[..., np.newaxis]
    out += rng.normal(0, rng.uniform(1, 4), out.shape)
    return pixels_of(jpeg(np.clip(out, 0, 255).astype(np.uint8), int(rng.integers(80, 95))))


def grey(pixels: Pixels) -> Pixels:
    return np.repeat(np.asarray(Image.fromarray(pixels).convert("L"))[..., np.newaxis], 3, axis=2)


def sepia(pixels: Pixels) -> Pixels:
    light = grey(pixels) / 255
    return np.clip(light * (255, 238, 205) + (1 - light) * (20, 8, 0), 0, 255).astype(np.uint8)


def part(pixels: Pixels, rng: np.random.Generator, share: float) -> Pixels:
    """A part of `share` of each side, somewhere."""
    height, width = (round(side * share) for side in pixels.shape[:2])
    top, left = rng.integers(pixels.shape[0] - height + 1), rng.integers(pixels.shape[1] - width + 1)
    return np.ascontiguousarray(pixels[top : top + height, left : left + width])


def scaled(pixels: Pixels, share: float) -> Pixels:
    height, width = (max(24, round(side * share)) for side in pixels.shape[:2])
    return np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS))


# --- what is asked of a picture ---

ALARMS: dict[str, Callable[[Observation], bool]] = {
    "frame or border": lambda seen: seen.border is not None and not seen.border.is_wall and seen.border.filled < 0.96,
    "wall": lambda seen: seen.border is not None and seen.border.is_wall,
    "heavily compressed": lambda seen: seen.heavily_compressed,
    "no colour": lambda seen: seen.colourless and not seen.flat,
    "flat": lambda seen: seen.flat,
}
ALTERED: dict[str, tuple[str, Alteration]] = {
    "mount of 3 to 15 % on four sides": ("frame or border", lambda p, rng: jpeg(mounted(p, rng), 92)),
    "bars on two sides": ("frame or border", lambda p, rng: jpeg(two_sided(p, rng), 92)),
    "moulded frame of 5 to 15 %": ("frame or border", lambda p, rng: jpeg(framed(p, rng), 92)),
    "on a wall, aslant": ("wall", lambda p, rng: png(hung(p, rng, aslant=True))),
    "on a wall, head-on": ("wall", lambda p, rng: png(hung(p, rng, aslant=False))),
    **{f"JPEG q{q}": ("heavily compressed", lambda p, rng, q=q: jpeg(p, q)) for q in (10, 20, 30, 39, 40, 60, 90)},
    **{
        f"JPEG q{q}, saved again as q90": ("heavily compressed", lambda p, rng, q=q: jpeg(pixels_of(jpeg(p, q)), 90))
        for q in (10, 20, 30, 40, 60)
    },
    **{
        f"JPEG q{q}, cropped, saved as PNG": (
            "heavily compressed",
            lambda p, rng, q=q: png(np.ascontiguousarray(pixels_of(jpeg(p, q))[3:, 5:])),
        )
        for q in (10, 20, 30, 40, 60)
    },
    "greyscale": ("no colour", lambda p, rng: jpeg(grey(p), 75)),
    "sepia": ("no colour", lambda p, rng: jpeg(sepia(p), 75)),
}
SAME: dict[str, Alteration] = {
    "JPEG q30": lambda p, rng: jpeg(p, 30),
    "half the size": lambda p, rng: jpeg(scaled(p, 0.5), 90),
    "greyscale": lambda p, rng: jpeg(grey(p), 75),
    **{f"a part, {s:.0%} of each side": (lambda p, rng, s=s: jpeg(part(p, rng, s), 85)) for s in (0.9, 0.7, 0.5)},
    "a part, 70 %, grey, q40": lambda p, rng: jpeg(grey(part(p, rng, 0.7)), 40),
    "in a mount": lambda p, rng: jpeg(mounted(p, rng), 90),
    "in a frame": lambda p, rng: jpeg(framed(p, rng), 90),
    "on a wall, aslant": lambda p, rng: png(hung(p, rng, aslant=True)),
    "mirrored": lambda p, rng: jpeg(np.ascontiguousarray(p[:, ::-1]), 85),
    "turned by a quarter": lambda p, rng: jpeg(np.ascontiguousarray(np.rot90(p)), 85),
    "upside down": lambda p, rng: jpeg(np.ascontiguousarray(p[::-1, ::-1]), 85),
    "a negative": lambda p, rng: jpeg(255 - p, 85),
}


def look(data: bytes) -> Observation:
    return observe(decode(data, name="picture", at_least=VIEW.at_least), data=data)


def interval(hits: int, n: int) -> str:
    """A share with its 95 % interval (Wilson)."""
    if n == 0:
        return "none"
    z, share = 1.96, hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return f"{share:.1%} [{max(0, middle - half):.1%}, {middle + half:.1%}]"


def untouched(files: Sequence[Path], root: Path, listed: list[tuple[str, str]]) -> None:
    judged: dict[tuple[str, str], str] = {}
    if SEEN.exists():
        with SEEN.open(newline="") as file:
            judged = {(row["path"], row["alarm"]): row["right"] for row in csv.DictReader(file)}
    alarms: dict[str, list[str]] = {name: [] for name in ALARMS}
    seconds = 0.0
    for file in files:
        data = file.read_bytes()
        picture = decode(data, name=str(file), at_least=VIEW.at_least)
        began = time.process_time()
        seen = observe(picture, data=data)
        seconds += time.process_time() - began
        for name, test in ALARMS.items():
            if test(seen):
                alarms[name].append(str(file.relative_to(root)))
    print(f"\n{len(files)} untouched pictures of {root.name}; {seconds / len(files) * 1e3:.1f} ms of processor each\n")
    print("| alarm | alarms | right, by eye | wrong, by eye | not looked at |\n|---|---|---|---|---|")
    for name, found in alarms.items():
        verdicts = [judged.get((path, name), "") for path in found]
        wrong = interval(verdicts.count("no"), len(files))
        print(f"| {name} | {len(found)} | {verdicts.count('yes')} | {wrong} | {verdicts.count('')} |")
        listed += [(path, name) for path in found]


def altered(files: Sequence[Path], label: str, seed: int) -> None:
    print(f"\nAltered copies of {len(files)} pictures, {label}\n\n| alteration | alarm | share |\n|---|---|---|")
    sources = [open_image(file) for file in files]
    for name, (alarm, alter) in ALTERED.items():
        rng = np.random.default_rng(seed)
        hits = sum(ALARMS[alarm](look(alter(pixels, rng))) for pixels in sources)
        print(f"| {name} | {alarm} | {interval(hits, len(sources))} |", flush=True)


def same(files: Sequence[Path], label: str, seed: int) -> None:
    print(f"\nThe same picture? {len(files)} pictures, {label}\n\n| the other is | found the same |\n|---|---|")
    sources = [open_image(file) for file in files]
    sketches = [look(file.read_bytes()).sketch for file in files]
    for name, alter in SAME.items():
        rng = np.random.default_rng(seed)
        copies = (look(alter(pixels, rng)).sketch for pixels in sources)
        hits = sum(shows_the_same(one, other) for one, other in zip(sketches, copies, strict=True))
        print(f"| {name} | {interval(hits, len(sources))} |", flush=True)


def strangers(by_artist: dict[str, list[Path]], seed: int) -> list[tuple[Path, Path]]:
    """False alarms of `shows_the_same` on pairs at random and on pairs of one artist; returns the pairs alarmed about."""
    draw = random.Random(seed)
    everyone = [file for files in by_artist.values() for file in files]
    groups = {"different artists": [tuple(draw.sample(everyone, 2)) for _ in range(4000)], "one artist": []}
    for _ in range(4000):
        groups["one artist"].append(tuple(draw.sample(by_artist[draw.choice(sorted(by_artist))], 2)))
    known: dict[Path, Observation] = {}
    found = []
    print("\n| pairs of two paintings | found the same | ms of processor |\n|---|---|---|")
    for name, pairs in groups.items():
        hits, seconds = 0, 0.0
        for pair in pairs:
            one, other = (known.setdefault(f, look(f.read_bytes()) if f not in known else known[f]) for f in pair)
            began = time.process_time()
            alarm = shows_the_same(one.sketch, other.sketch)
            seconds += time.process_time() - began
            hits += alarm
            found += [pair] if alarm else []
        print(f"| {name} | {interval(hits, len(pairs))} | {seconds / len(pairs) * 1e3:.1f} |", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = os.environ.get("MORELLI_PAINTINGS", "../shared/paintings")
    full = os.environ.get("MORELLI_PAINTINGS_FULL_SIZE", "../shared/paintings-full-size")
    parser.add_argument("paintings", nargs="?", type=Path, default=Path(default))
    parser.add_argument("full_size", nargs="?", type=Path, default=Path(full))
    parser.add_argument("--untouched", type=int, default=1000)
    parser.add_argument("--altered", type=int, default=300)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--list", type=Path)
    options = parser.parse_args()
    files = sorted(options.paintings.glob("*/*.jpg"))
    large = sorted(options.full_size.glob("*/*.jpg"))
    draw = random.Random(options.seed)
    listed: list[tuple[str, str]] = []
    untouched(draw.sample(files, min(options.untouched, len(files))), options.paintings, listed)
    untouched(large, options.full_size, listed)
    some = draw.sample(files, min(options.altered, len(files)))
    altered(some, "224 px squares", options.seed)
    altered(large, "full size", options.seed)
    same(some, "224 px squares", options.seed)
    same(large, "full size", options.seed)
    by_artist: dict[str, list[Path]] = {}
    for file in files:
        by_artist.setdefault(file.parent.name, []).append(file)
    pairs = strangers(by_artist, options.seed)
    if options.list:
        with options.list.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["path", "alarm"])
            rows.writerows(listed)
            rows.writerows((f"{a.parent.name}/{a.name} {b.parent.name}/{b.name}", "same") for a, b in pairs)


if __name__ == "__main__":
    main()
