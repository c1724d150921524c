"""What is left of a model's AUC when one of two pictures is another photograph of its painting: smaller, cropped, framed, faded.

    python benchmarks/robustness.py MODEL PAINTINGS --split splits/paintings.json [--part test] [--full-size FOLDER]

Pairs of artists whom the model has not seen; the first picture stays, the second is altered. Prints the AUC against random and against
style-matched negatives, and the paired difference to the unaltered pairs, with 95 % intervals over artists. With --full-size: how far the
similarity of two true pictures drifts when both are squashed to squares first, as `PAINTINGS` may be.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.model.calibrate import artist_names
from morelli.model.evaluate import check_unseen
from morelli.model.model import Model, load
from morelli.model.shipped import find_model
from morelli.pictures.border import inside_border
from morelli.pictures.open import open_image
from morelli.pictures.resample import resample
from morelli.protocol.counted import Counted, count_figures, counted_difference
from morelli.protocol.pair_figures import PairFigures
from morelli.protocol.pairs import NEGATIVES, draw_pairs
from morelli.protocol.split import Split
from morelli.study.table.hypotheses import signed

Pixels = npt.NDArray[np.uint8]
Alteration = Callable[[Pixels, np.random.Generator], Pixels]


def jpeg(quality: int) -> Alteration:
    """Return the alteration to a JPEG file of this quality."""

    def altered(pixels: Pixels, _: np.random.Generator) -> Pixels:
        import pyvips

        data = pyvips.Image.new_from_array(pixels).jpegsave_buffer(Q=quality)
        return np.asarray(pyvips.Image.new_from_buffer(data, "").numpy())

    return altered


def half_size(pixels: Pixels, _: np.random.Generator) -> Pixels:
    """Shrink to half the width and height."""
    return resample(pixels, width=max(1, pixels.shape[1] // 2), height=max(1, pixels.shape[0] // 2))


def cropped(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Cut a tenth of the width and of the height away, somewhere."""
    height, width = (round(0.9 * side) for side in pixels.shape[:2])
    top, left = (
        int(rng.integers(side - kept + 1)) for side, kept in zip(pixels.shape[:2], (height, width), strict=True)
    )
    return np.ascontiguousarray(pixels[top : top + height, left : left + width])


def framed(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Put a wooden frame of a twelfth of the side round it: one tone, darker towards the picture."""
    wide = max(2, round(min(pixels.shape[:2]) / 12))
    tone = np.array([[120, 84, 48], [182, 148, 78], [46, 40, 36]][rng.integers(3)], dtype=np.float64)
    height, width = pixels.shape[0] + 2 * wide, pixels.shape[1] + 2 * wide
    rows, columns = np.arange(height)[:, None], np.arange(width)[None]
    away = np.minimum(np.minimum(rows, height - 1 - rows), np.minimum(columns, width - 1 - columns)).clip(0, wide)
    shade = 1 - 0.5 * (away / wide) ** 2
    out = (shade[..., None] * tone).clip(0, 255).astype(np.uint8)
    out[wide:-wide, wide:-wide] = pixels
    return out


def framed_and_cropped(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Put the frame round it, and cut off what is found to surround it, as `morelli compare --crop` does."""
    return inside(framed(pixels, rng), rng)


def inside(pixels: Pixels, _: np.random.Generator) -> Pixels:
    """Cut off what is found to surround a painting."""
    left, top, right, bottom = inside_border(pixels)
    return np.ascontiguousarray(pixels[top:bottom, left:right])


def greyscale(pixels: Pixels, _: np.random.Generator) -> Pixels:
    """Take the colours away."""
    grey = (pixels @ np.array([0.299, 0.587, 0.114])).round().astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2)


def mirrored(pixels: Pixels, _: np.random.Generator) -> Pixels:
    """Swap left and right."""
    return np.ascontiguousarray(pixels[:, ::-1])


def colour_cast(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Change the channels as other light does: warmer or colder by a sixth, darker by a tenth."""
    warm = np.array([1.15, 1.0, 0.82]) if rng.random() < 0.5 else np.array([0.85, 1.0, 1.15])
    return (0.9 * warm * pixels).clip(0, 255).round().astype(np.uint8)


def at_an_angle(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Photograph it from the side: one edge a sixth shorter, on a light wall."""
    import torch
    from torchvision.transforms.v2 import functional

    height, width = pixels.shape[:2]
    short = round(height / 12)
    corners = [[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]]
    seen = [[0, 0], [width - 1, short], [width - 1, height - 1 - short], [0, height - 1]]
    if rng.random() < 0.5:
        seen = [[0, short], [width - 1, 0], [width - 1, height - 1], [0, height - 1 - short]]
    picture = torch.from_numpy(pixels.transpose(2, 0, 1).copy())
    turned = functional.perspective(picture, corners, seen, fill=[225.0, 222.0, 214.0])
    return np.ascontiguousarray(turned.numpy().transpose(1, 2, 0))


def stretched(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Change its proportions by up to a third, at the same area. A view of the whole squashes it back: what is left is resampling."""
    side = float(np.exp(rng.uniform(-1, 1) * np.log(4 / 3) / 2))
    return resample(pixels, width=round(pixels.shape[1] * side), height=round(pixels.shape[0] / side))


def stretched_part(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Cut a third of the width or of the height away: what is left is shown stretched by half, which no view undoes."""
    height, width = pixels.shape[:2]
    if rng.random() < 0.5:
        left = int(rng.integers(width - round(2 * width / 3) + 1))
        return np.ascontiguousarray(pixels[:, left : left + round(2 * width / 3)])
    top = int(rng.integers(height - round(2 * height / 3) + 1))
    return np.ascontiguousarray(pixels[top : top + round(2 * height / 3)])


ALTERATIONS: dict[str, Alteration] = {
    "as it is": lambda pixels, _: pixels,
    "JPEG, quality 30": jpeg(30),
    "half size": half_size,
    "a tenth cropped": cropped,
    "a frame added": framed,
    "a frame added, cropped where it is found": framed_and_cropped,
    "no frame, cropped where one is found": inside,
    "greyscale": greyscale,
    "mirrored": mirrored,
    "colour cast": colour_cast,
    "photographed at an angle": at_an_angle,
    "stretched as a whole": stretched,
    "a third cut off, the rest stretched": stretched_part,
}


def embed(model: Model, files: list[Path], alteration: Alteration) -> npt.NDArray[np.float32]:
    """Return the embeddings (n, d) of altered pictures; the draw of each follows from its place."""
    found = []
    for start in range(0, len(files), 32):
        shown = []
        for place, file in enumerate(files[start : start + 32], start):
            rng = np.random.default_rng([17, place])
            shown.append(model.view.apply(alteration(open_image(file), rng)))
        pictures = np.stack(shown)
        found.append(model.encoder.encode(pictures[:, 0] if model.view.n == 1 else pictures))
    return np.concatenate(found)


def drift(model: Model, folder: Path) -> str:
    """Return in words how far similarities of true pictures and of the same ones squashed to squares lie apart."""
    catalogue = Catalogue.read(folder)
    files = [catalogue.file(row) for row in range(len(catalogue))]
    true = embed(model, files, lambda pixels, _: pixels)
    squashed = embed(model, files, lambda pixels, _: resample(pixels, width=224, height=224))
    first, second = np.triu_indices(len(files), 1)
    scores = [model.comparison.over(one).rows(first, second) for one in (true, squashed)]
    artist = artist_names(catalogue)
    gap = float(scores[0][artist[first] == artist[second]].mean() - scores[0][artist[first] != artist[second]].mean())
    away = np.abs(scores[0] - scores[1])
    return (
        f"{len(files)} pictures in true proportions, {len(first)} pairs: squashing both to 224 px squares changes the similarity by "
        f"{away.mean():.4f} on the average, {np.quantile(away, 0.99):.4f} in one pair of a hundred; "
        f"pairs of one artist lie {gap:.3f} above the others"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("model")
    parser.add_argument("paintings", type=Path)
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--part", default="test", help="whose artists are judged; the model must not have seen them")
    parser.add_argument("--score", help="cohort or alone; unless named, the model's first")
    parser.add_argument("--full-size", type=Path)
    parser.add_argument("--resamples", type=int, default=1000)
    arguments = parser.parse_args()
    model, catalogue = load(find_model(arguments.model)), Catalogue.read(arguments.paintings)
    split = Split.from_json(arguments.split.read_text(encoding="utf-8"), source=str(arguments.split))
    rows = np.flatnonzero(split.assign(catalogue) == arguments.part)
    artist, style = artist_names(catalogue), catalogue.get("style")
    judged = split.assign(catalogue) == arguments.part
    check_unseen(model, catalogue, artist, np.where(judged, "test", "set-aside").astype(object))
    files = [catalogue.file(int(row)) for row in rows]
    place = np.full(len(catalogue), -1)
    place[rows] = np.arange(len(rows))
    comparison = model.comparisons[arguments.score] if arguments.score else model.comparison
    pairs = {kind: draw_pairs(artist, rows, seed=0, negatives=kind, style=style) for kind in NEGATIVES}
    print(f"{model.name} {model.id}: {len(rows)} paintings by {len(set(artist[rows]))} {arguments.part} artists\n")
    print("| the second picture | random | difference | style-matched | difference |\n|---|---|---|---|---|")
    plain: dict[str, Counted] = {}
    whole = embed(model, files, ALTERATIONS["as it is"])
    for name, alteration in ALTERATIONS.items():
        both = np.concatenate([whole, embed(model, files, alteration)])
        compared, cells = comparison.over(both), []
        for kind, drawn in pairs.items():
            scores = compared.rows(place[drawn.first], len(rows) + place[drawn.second]).astype(np.float64)
            figures = PairFigures(drawn, scores, artist, threshold=float("inf"), calibration=None)
            counted = count_figures(figures, resamples=arguments.resamples)
            plain.setdefault(kind, counted)
            cells.append(str(counted.estimates()["auc"]))
            cells.append("–" if plain[kind] is counted else signed(counted_difference(counted, plain[kind])["auc"]))
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    if arguments.full_size:
        print(f"\n{drift(model, arguments.full_size)}")


if __name__ == "__main__":
    main()
