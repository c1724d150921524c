"""Do explanations point at what matters? Deletion and insertion curves against maps that know nothing, on real paintings.

    python benchmarks/explanations.py MODEL CATALOGUE --split FILE [--pairs 100] [--ways exact held occlusion random centre]

Pairs of paintings by artists of one part, half by one artist. Of one painting of each pair the tiles are blurred, those first that a map
says speak most for one hand (deletion: the similarity should fall early), or are laid first onto the blurred painting (insertion: it should
rise early). A curve's figure is its mean similarity, over steps of a twelfth of the tiles, less that of the straight line between its ends;
together: insertion less deletion, so that larger is better and a map that knows nothing has about 0. Intervals are over artists.
`held`: the exact map with all that the cohort takes off held constant; `centre`: the nearer the middle the more.
"""

import argparse
from pathlib import Path

import numpy as np

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.names import normalise_artist
from morelli.cli.options import read_split
from morelli.model.comparison import MetricComparison
from morelli.model.folder import ENCODER
from morelli.model.mapper import load_mapper
from morelli.model.model import Model, load
from morelli.protocol.bootstrap import draw_artists
from morelli.protocol.intervals import interval
from morelli.verdict.contributions import linear_form, parts_of_similarity
from morelli.verdict.occlusion import blurred, lost_by_occlusion, occluded_embeddings
from morelli.verdict.windows import Windows

STEPS = 12
WAYS = ("exact", "held", "occlusion", "random", "centre")


def choose_pairs(artist: np.ndarray, count: int, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Draw pairs of rows: one of one artist, one of two artists, in turn; no artist is first twice before all were."""
    names = sorted(set(artist[np.array([np.sum(artist == a) > 1 for a in artist])]))
    order = [names[i] for _ in range(count // len(names) + 1) for i in rng.permutation(len(names))]
    pairs = []
    for number in range(count):
        own = np.flatnonzero(artist == order[number])
        first = rng.choice(own)
        others = own[own != first] if number % 2 == 0 else np.flatnonzero(artist != order[number])
        pairs.append((int(first), int(rng.choice(others))))
    return pairs


def tile_masks(order: np.ndarray, grid: int, size: int) -> np.ndarray:
    """Return which pixels (steps + 1, size, size) belong to the first tiles of an order, from none to all."""
    tile = np.arange(size) * grid // size
    rank = np.empty(grid * grid, dtype=int)
    rank[order] = np.arange(grid * grid)
    of_pixel = rank.reshape(grid, grid)[np.ix_(tile, tile)]
    return np.stack([of_pixel < round(step / STEPS * grid * grid) for step in range(STEPS + 1)])


def curves(model: Model, picture: np.ndarray, other: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the similarity at every step of deletion and of insertion (steps + 1,). picture (s, s, 3); other (d,): an embedding."""
    grid, size = len(values), picture.shape[0]
    masks = tile_masks(np.argsort(-values.ravel(), kind="stable"), grid, size)[..., None]
    soft = blurred(picture[None])[0]
    shown = np.concatenate([np.where(masks, soft, picture), np.where(masks, picture, soft)])
    embedded = model.encoder.encode(shown)
    said = model.similarity(embedded, np.repeat(other[None], len(embedded), axis=0)).astype(np.float64)
    return said[: STEPS + 1], said[STEPS + 1 :]


def above_line(curve: np.ndarray) -> float:
    return float(curve.mean() - (curve[0] + curve[-1]) / 2)


def estimate(values: np.ndarray, artist: list[str], seed: int = 0) -> str:
    names, place = np.unique(artist, return_inverse=True)
    drawn = draw_artists(np.zeros(len(names), dtype=np.int64), resamples=1000, seed=seed)[:, place]
    low, high = interval(
        float(values.mean()), drawn @ values / drawn.sum(axis=1), n_artists=len(names), scale="difference"
    )
    return f"{values.mean():+.4f} [{low:+.4f}, {high:+.4f}]"


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("model", type=Path)
    words.add_argument("catalogue", type=Path)
    words.add_argument("--split", type=Path)
    words.add_argument(
        "--part", default="validation", help="whose artists; calibration where validation was trained on too"
    )
    words.add_argument("--pairs", type=int, default=100)
    words.add_argument("--ways", nargs="+", default=list(WAYS))
    words.add_argument(
        "--less", nargs="+", default=["random", "centre", "held"], help="maps that the others are compared with"
    )
    given = words.parse_args()
    model, catalogue = load(given.model, precision="float32"), Catalogue.read(given.catalogue)
    mapper = load_mapper(model.folder.read(ENCODER), name="the encoder")
    if mapper is None and {"exact", "held"} & set(given.ways):
        words.error(f"{given.model} has no map; name other --ways: occlusion random centre")
    part = read_split(given.split, catalogue).assign(catalogue)
    rows = np.flatnonzero(part == given.part)
    artist = np.array([normalise_artist(catalogue.artist[row]) for row in rows], dtype=object)
    rng = np.random.default_rng(0)
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in given.ways}
    of = []
    for one, other in choose_pairs(artist, given.pairs, rng):
        views = [model.view.open(catalogue.file(int(rows[row]))) for row in (one, other)]
        pixels = np.concatenate([view.pixels for view in views])
        embeddings, maps = mapper(pixels) if mapper else (model.encoder.encode(pixels), None)
        grid = 14 if maps is None else maps.shape[1]
        middle = np.hypot(*np.meshgrid(*[np.linspace(-1, 1, grid)] * 2))
        for way in given.ways:
            if way == "random":
                values = rng.random((grid, grid))
            elif way == "centre":
                values = -middle
            elif way == "occlusion":
                windows = Windows(8, 8, 2)
                boxes = [windows.box(place) for place in range(len(windows.corners))]
                embedded = occluded_embeddings(model.encoder, pixels[:1], model.view.boxes((1, 1)), boxes)
                values = windows.spread(lost_by_occlusion(model.comparison, embedded, embeddings[1:])[0])
            else:
                comparison = model.comparison if way == "exact" else MetricComparison("cosine")
                form = linear_form(comparison, embeddings[0], embeddings[1])
                values = parts_of_similarity(maps[0], form)
            down, up = curves(model, pixels[0], embeddings[1], values)
            found[way].append((above_line(down), above_line(up)))
        of.append(artist[one])
    same = np.arange(len(of)) % 2 == 0
    for title, which in (("all", same | True), ("one artist", same), ("two artists", ~same)):
        print(f"\n{title}: {which.sum()} pairs, {len(set(np.array(of)[which]))} artists")
        names = [name for name, keep in zip(of, which, strict=True) if keep]
        whole = {way: np.subtract(*np.array(values)[which].T[::-1]) for way, values in found.items()}
        for way, values in found.items():
            down, up = np.array(values)[which].T
            print(
                f"  {way:10} deletion {estimate(down, names)}  insertion {estimate(up, names)}  together {estimate(up - down, names)}"
            )
        for way in ("exact", "occlusion"):
            for base in given.less:
                if way in whole and base in whole:
                    print(f"  {way} less {base}: {estimate(whole[way] - whole[base], names)}")


if __name__ == "__main__":
    main()
