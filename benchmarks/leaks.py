"""How much of a score the literature's known leaks carry: signatures, style, subject, near duplicates, the source of the scan.

    python benchmarks/leaks.py MODEL PAINTINGS --split splits/paintings.json [--part test] [--full-size FOLDER]

On artists whom the model has not seen, 95 % intervals over artists:
- signatures: both pictures with their corners blurred, and, as a control, with as much blurred in the middle of their sides;
- style: what "the two are of one style" says alone, and what the model says where that says nothing (style-matched negatives);
- subject: pairs of one artist whose titles share a word, against those whose titles share none; and negatives that share one;
- near duplicates: with the pictures that the split set aside for showing a work that another one shows, and without them;
- scans (`--full-size`): mean similarities of works of one painter inside a collection and across two, the larger files reduced to 224 px.
  The painters that are in both are few, and most were trained on: it shows a direction, and no figure of unseen artists.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.model.calibrate import artist_names
from morelli.model.evaluate import check_unseen
from morelli.model.model import Model, load
from morelli.model.shipped import find_model
from morelli.pictures.duplicates import near_duplicates
from morelli.pictures.fingerprint import fingerprint
from morelli.pictures.open import open_image
from morelli.pictures.resample import resample
from morelli.protocol.counted import Counted, count_figures, counted_difference
from morelli.protocol.pair_figures import PairFigures
from morelli.protocol.pairs import Pairs, draw_pairs
from morelli.protocol.split import Split
from morelli.study.table.hypotheses import signed

Floats = npt.NDArray[np.float64]
Pixels = npt.NDArray[np.uint8]
CORNER = 0.15  # of a side
# Words that say nothing of what is seen.
_EMPTY = frozenset({"the", "and", "with", "for", "from", "les", "des", "del", "une", "untitled"})


def without_corners(pixels: Pixels) -> Pixels:
    """Blur the four corners, where signatures stand, to their mean colours."""
    out = pixels.copy()
    high, wide = (max(1, round(CORNER * side)) for side in pixels.shape[:2])
    for rows in (slice(0, high), slice(-high, None)):
        for columns in (slice(0, wide), slice(-wide, None)):
            corner = np.ascontiguousarray(pixels[rows, columns])
            out[rows, columns] = resample(resample(corner, width=2, height=2), width=wide, height=high)
    return out


def without_sides(pixels: Pixels) -> Pixels:
    """Blur as much as `without_corners` does, in the middle of the four sides, where signatures seldom stand."""
    out = pixels.copy()
    height, width = pixels.shape[:2]
    high, wide = (max(1, round(CORNER * side)) for side in (height, width))
    top, left = (height - high) // 2, (width - wide) // 2
    for y, x in ((0, left), (height - high, left), (top, 0), (top, width - wide)):
        part = np.ascontiguousarray(pixels[y : y + high, x : x + wide])
        out[y : y + high, x : x + wide] = resample(resample(part, width=2, height=2), width=wide, height=high)
    return out


def small(pixels: Pixels) -> Pixels:
    """Return a picture as the other collection has it: a square of 224 px."""
    return resample(pixels, width=224, height=224)


def embed(model: Model, pictures: list[Pixels]) -> npt.NDArray[np.float32]:
    """Return the embeddings (n, d) of pictures."""
    found = []
    for start in range(0, len(pictures), 32):
        shown = np.stack([model.view.apply(one) for one in pictures[start : start + 32]])
        found.append(model.encoder.encode(shown[:, 0] if model.view.n == 1 else shown))
    return np.concatenate(found)


def words(title: str) -> frozenset[str]:
    """Return the words of a title that say what is seen."""
    return frozenset(re.findall(r"[^\W\d_]{3,}", title.lower())) - _EMPTY


def part_of(pairs: Pairs, keep: npt.NDArray[np.bool_]) -> Pairs:
    """Return some of the pairs."""
    return Pairs(*(getattr(pairs, name)[keep] for name in ("first", "second", "same", "group")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("model")
    parser.add_argument("paintings", type=Path)
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--part", default="test")
    parser.add_argument("--full-size", type=Path)
    parser.add_argument("--resamples", type=int, default=1000)
    arguments = parser.parse_args()
    model, catalogue = load(find_model(arguments.model)), Catalogue.read(arguments.paintings)
    split = Split.from_json(arguments.split.read_text(encoding="utf-8"), source=str(arguments.split))
    rows = np.flatnonzero(split.assign(catalogue) == arguments.part)
    artist, style, title = artist_names(catalogue), catalogue.get("style"), catalogue.get("title")
    check_unseen(
        model,
        catalogue,
        artist,
        np.where(split.assign(catalogue) == arguments.part, "test", "set-aside").astype(object),
    )
    aside = np.flatnonzero(
        np.isin(catalogue.path.astype(str), sorted(split.set_aside)) & np.isin(artist, sorted(set(artist[rows])))
    )
    every = np.concatenate([rows, aside])
    pictures = [open_image(catalogue.file(int(row))) for row in every]
    place = np.full(len(catalogue), -1)
    place[every] = np.arange(len(every))
    random = draw_pairs(artist, rows, seed=0, negatives="random", style=style)
    matched = draw_pairs(artist, rows, seed=0, negatives="style-matched", style=style)
    embeddings = embed(model, pictures)
    comparison = model.comparison

    def counted(pairs: Pairs, similarity: Floats) -> Counted:
        figures = PairFigures(pairs, similarity, artist, threshold=float("inf"), calibration=None)
        return count_figures(figures, resamples=arguments.resamples)

    def scores(pairs: Pairs, of: npt.NDArray[np.float32] = embeddings) -> Floats:
        return comparison.over(of).rows(place[pairs.first], place[pairs.second]).astype(np.float64)

    def line(name: str, pairs: Pairs, one: Counted, base: Counted | None = None) -> None:
        difference = "–" if base is None else signed(counted_difference(one, base)["auc"])
        print(
            f"| {name} | {int(pairs.same.sum()):,} + {int((~pairs.same).sum()):,} | {one.estimates()['auc']} | {difference} |",
            flush=True,
        )

    print(f"{model.name} {model.id}: {len(rows)} paintings by {len(set(artist[rows]))} {arguments.part} artists\n")
    print("| pairs | same + different | AUC | paired difference |\n|---|---|---|---|")
    plain = {"random": counted(random, scores(random)), "style-matched": counted(matched, scores(matched))}
    for name, pairs in (("random", random), ("style-matched", matched)):
        line(f"{name} negatives, as they are", pairs, plain[name])
    for what, blur in (("corners", without_corners), ("middles of the sides", without_sides)):
        blurred = embed(model, [blur(one) for one in pictures])
        for name, pairs in (("random", random), ("style-matched", matched)):
            line(
                f"signatures: {name}, {what} blurred in both",
                pairs,
                counted(pairs, scores(pairs, blurred)),
                plain[name],
            )

    known = style != ""
    of_style = (style[random.first] == style[random.second]) & known[random.first]
    line("style: random negatives by 'one style' alone", random, counted(random, of_style.astype(np.float64)))
    titles = [words(str(one)) for one in title]
    shares = np.array([bool(titles[a] & titles[b]) for a, b in zip(random.first, random.second, strict=True)])
    line(
        "subject: random negatives by 'a word of the title in common' alone",
        random,
        counted(random, shares.astype(np.float64)),
    )
    without = part_of(random, ~(random.same & shares))
    line("subject: positives without a common word", without, counted(without, scores(without)))
    alike = common_words(titles, artist, rows)
    if len(alike):
        hard = Pairs(
            np.concatenate([without.first[without.same], alike[:, 0]]),
            np.concatenate([without.second[without.same], alike[:, 1]]),
            np.concatenate([np.ones(int(without.same.sum()), dtype=bool), np.zeros(len(alike), dtype=bool)]),
            np.full(int(without.same.sum()) + len(alike), "unseen", dtype=object),
        )
        line("subject: and negatives with one", hard, counted(hard, scores(hard)))
    doubled = draw_pairs(artist, every, seed=0, negatives="random", style=style)
    prints = near_duplicates([fingerprint(one) for one in pictures])
    doubles = {tuple(sorted((int(every[a]), int(every[b])))) for a, b in prints}
    single = np.array(
        [tuple(sorted((int(a), int(b)))) not in doubles for a, b in zip(doubled.first, doubled.second, strict=True)]
    )
    line(
        f"near duplicates: with the {len(aside)} pictures that were set aside",
        doubled,
        counted(doubled, scores(doubled)),
    )
    kept = part_of(doubled, single)
    line(f"near duplicates: less the {int((~single).sum())} pairs of one work", kept, counted(kept, scores(kept)))
    if arguments.full_size:
        print(f"\n{scans(model, arguments.full_size, catalogue)}")


def common_words(
    titles: list[frozenset[str]], artist: npt.NDArray[np.object_], rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return pairs (n, 2) of two artists whose titles share a word, at most five drawn evenly for each painting, none twice."""
    rng = np.random.default_rng(5)
    found: set[tuple[int, int]] = set()
    for row in rows:
        others = [int(b) for b in rows if artist[b] != artist[row] and titles[row] & titles[b]]
        found |= {(min(int(row), int(other)), max(int(row), int(other))) for other in rng.permutation(others)[:5]}
    return np.array(sorted(found), dtype=np.int64).reshape(-1, 2)


def scans(model: Model, folder: Path, catalogue: Catalogue) -> str:
    """Return in words how alike works of a painter are across two collections' scans, beside those inside one."""
    other = Catalogue.read(folder)
    mine, its = artist_names(catalogue), artist_names(other)
    both = sorted(set(mine) & set(its))
    there = [row for row in range(len(other)) if its[row] in both]
    here = [row for row in range(len(catalogue)) if mine[row] in both]
    pictures = [small(open_image(other.file(row))) for row in there] + [open_image(catalogue.file(row)) for row in here]
    embeddings = embed(model, pictures)
    prints = near_duplicates([fingerprint(one) for one in pictures])
    same_work = {(int(a), int(b)) for a, b in prints}
    who = np.concatenate([its[there], mine[here]])
    source = np.array([0] * len(there) + [1] * len(here))
    first, second = np.triu_indices(len(who), 1)
    work = np.array([(int(a), int(b)) in same_work for a, b in zip(first, second, strict=True)])
    score = model.comparison.over(embeddings).rows(first, second)
    across, same = source[first] != source[second], who[first] == who[second]
    lines = [f"Painters in both collections: {', '.join(both)}. Mean similarity (seen painters may be among them):", ""]
    for name, mask in (
        ("one work, two scans", work & across),
        ("one painter, two works, one collection", same & ~work & ~across),
        ("one painter, two works, two collections", same & ~work & across),
        ("two painters, one collection", ~same & ~across),
        ("two painters, two collections", ~same & across),
    ):
        if mask.any():
            lines.append(f"- {name}: {score[mask].mean():+.3f} ({int(mask.sum()):,} pairs)")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
