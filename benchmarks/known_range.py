"""How often a model says that a picture is outside the range of its training data: of paintings that it never saw, of altered
ones, and of pictures that are no paintings.

    python benchmarks/known_range.py MODEL PAINTINGS --split splits/paintings.json [--part test] [--full-size FOLDER] [--show FOLDER]

What is no painting is drawn here, twenty of each kind; --show keeps those pictures.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from morelli.catalogue.catalogue import Catalogue
from morelli.model.calibrate import artist_names
from morelli.model.evaluate import check_unseen
from morelli.model.model import Model, load
from morelli.model.shipped import find_model
from morelli.pictures.open import open_image
from morelli.protocol.split import Split
from picture_warnings import interval
from robustness import ALTERATIONS

Pixels = npt.NDArray[np.uint8]
DRAWN = 20
WORDS = "the painter of this picture was not known to any registrar who kept the book of works"


def noise(rng: np.random.Generator) -> Pixels:
    """Every value of every pixel on its own."""
    return rng.integers(0, 256, (400, 400, 3), dtype=np.uint8)


def grey_noise(rng: np.random.Generator) -> Pixels:
    """Grey noise around the middle."""
    return np.repeat(rng.normal(128, 40, (400, 400, 1)), 3, axis=2).clip(0, 255).astype(np.uint8)


def gradient(rng: np.random.Generator) -> Pixels:
    """Three colours that run into each other, smoothly."""
    (left, right, below), (rows, columns) = rng.uniform(0, 255, (3, 3)), np.mgrid[0:1:400j, 0:1:400j][..., None]
    mixed: Pixels = ((left * (1 - columns) + right * columns) * (1 - rows) + below * rows).astype(np.uint8)
    return mixed


def page(rng: np.random.Generator) -> Pixels:
    """A page of print."""
    image = Image.new("RGB", (600, 800), tuple(rng.integers(235, 256, 3).tolist()))
    size, draw = int(rng.integers(10, 22)), ImageDraw.Draw(image)
    for top in range(40, 760, round(1.4 * size)):
        text = " ".join(rng.choice(WORDS.split(), int(rng.integers(4, 9))))
        draw.text((40, top), text, fill=(20, 20, 20), font=ImageFont.load_default(size))
    return np.asarray(image)


def chart(rng: np.random.Generator) -> Pixels:
    """Lines and bars over axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 4))
    canvas, axes = FigureCanvasAgg(figure), figure.subplots()
    for _ in range(int(rng.integers(1, 5))):
        axes.plot(rng.normal(size=50).cumsum())
    if rng.random() < 0.5:
        axes.bar(range(10), rng.uniform(0, 5, 10))
    canvas.draw()
    return np.array(canvas.buffer_rgba())[..., :3]


def plan(rng: np.random.Generator) -> Pixels:
    """Rooms of a house, outlined on white."""
    image = Image.new("RGB", (600, 600), (255, 255, 255))
    draw = ImageDraw.Draw(image)
    for _ in range(12):
        (left, top), (width, height) = rng.integers(0, 450, 2).tolist(), rng.integers(60, 200, 2).tolist()
        draw.rectangle([left, top, left + width, top + height], outline=(0, 0, 0), width=int(rng.integers(2, 6)))
    return np.asarray(image)


def chequers(rng: np.random.Generator) -> Pixels:
    """A chequered board of two colours."""
    side = np.arange(400) // int(rng.integers(4, 40))
    return rng.integers(0, 256, (2, 3)).astype(np.uint8)[np.add.outer(side, side) % 2]


def code(rng: np.random.Generator) -> Pixels:
    """Black and white modules, as of a two-dimensional bar code."""
    count = int(rng.integers(21, 60))
    black = np.kron(rng.integers(0, 2, (count, count)), np.ones((400 // count, 400 // count)))
    return np.repeat(black[..., None] * 255, 3, axis=2).astype(np.uint8)


def shapes(rng: np.random.Generator) -> Pixels:
    """Ellipses of plain colours on a plain ground."""
    image = Image.new("RGB", (500, 500), tuple(rng.integers(0, 256, 3).tolist()))
    draw = ImageDraw.Draw(image)
    for _ in range(15):
        (left, top), (width, height) = rng.integers(0, 450, 2).tolist(), rng.integers(20, 150, 2).tolist()
        draw.ellipse([left, top, left + width, top + height], fill=tuple(rng.integers(0, 256, 3).tolist()))
    return np.asarray(image)


NO_PAINTINGS: dict[str, Callable[[np.random.Generator], Pixels]] = {
    "noise": noise,
    "grey noise": grey_noise,
    "a smooth gradient": gradient,
    "a page of print": page,
    "a chart": chart,
    "a floor plan": plan,
    "a chequered board": chequers,
    "a bar code": code,
    "plain shapes": shapes,
}


def outside(model: Model, pictures: Iterable[Pixels]) -> npt.NDArray[np.bool_]:
    """Tell which pictures (n,) are outside of what a model knows."""
    shown = [model.view.apply(picture) for picture in pictures]
    found = []
    for start in range(0, len(shown), 32):
        batch = np.stack(shown[start : start + 32])
        found.append(model.outside_range(model.encoder.encode(batch[:, 0] if model.view.n == 1 else batch)))
    return np.concatenate(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("model")
    parser.add_argument("paintings", type=Path)
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument(
        "--part", default="test", help="whose artists are asked about; the model must not have seen them"
    )
    parser.add_argument("--full-size", type=Path)
    parser.add_argument("--show", type=Path, help="where the pictures that are no paintings are kept")
    arguments = parser.parse_args()
    model, catalogue = load(find_model(arguments.model)), Catalogue.read(arguments.paintings)
    known = model.known_range
    if known is None:
        parser.error(f"{arguments.model}: the model has no range")
    split = Split.from_json(arguments.split.read_text(encoding="utf-8"), source=str(arguments.split))
    judged = split.assign(catalogue) == arguments.part
    check_unseen(model, catalogue, artist_names(catalogue), np.where(judged, "test", "set-aside").astype(object))
    files = [catalogue.file(int(row)) for row in np.flatnonzero(judged)]
    print(
        f"{model.name} {model.id}: longer embeddings than {known.length:.3f} are outside, as 1 in 200 of {known.pictures:,} pictures is\n"
    )
    print("| pictures | | outside |\n|---|---|---|")

    def row(name: str, found: npt.NDArray[np.bool_]) -> None:
        print(f"| {name} | {len(found):,} | {interval(int(found.sum()), len(found))} |", flush=True)

    for name, alteration in ALTERATIONS.items():
        altered = (alteration(open_image(file), np.random.default_rng([17, place])) for place, file in enumerate(files))
        found = outside(model, altered)
        row(f"paintings by {arguments.part} artists" if name == "as it is" else f"– {name}", found)
        if name == "as it is":
            whose = Counter(artist_names(catalogue)[judged][found]).most_common(5)
    if arguments.full_size:
        there = Catalogue.read(arguments.full_size)
        row(
            "other paintings, in true proportions",
            outside(model, (open_image(there.file(n)) for n in range(len(there)))),
        )
    for name, draw in NO_PAINTINGS.items():
        drawn = [draw(np.random.default_rng([23, number])) for number in range(DRAWN)]
        if arguments.show:
            arguments.show.mkdir(parents=True, exist_ok=True)
            for number, pixels in enumerate(drawn):
                Image.fromarray(pixels).save(arguments.show / f"{name.replace(' ', '-')}-{number}.png")
        row(name, outside(model, drawn))
    print("\nmost outside: " + ", ".join(f"{artist} {count}" for artist, count in whose))


if __name__ == "__main__":
    main()
