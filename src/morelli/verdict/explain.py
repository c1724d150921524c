"""Explaining a verdict: exactly where the model's network says what each place adds, else by occlusion."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from morelli.model.comparison import CohortComparison
from morelli.model.compiled_cache import CompiledCache
from morelli.model.folder import ENCODER
from morelli.model.mapper import Mapper, load_mapper
from morelli.model.model import Model
from morelli.pictures.observe import open_observed
from morelli.pictures.view import Box, View, ViewedPicture
from morelli.protocol.point_names import BALANCED
from morelli.verdict.compare import compare
from morelli.verdict.contributions import linear_form, parts_of_pairs, parts_of_similarity
from morelli.verdict.explanation import Explanation, Match, Side
from morelli.verdict.occlusion import above_average, lost_by_occlusion, occluded_embeddings
from morelli.verdict.verdict import Verdict
from morelli.verdict.windows import Windows, best_pairs

MATCHES = 4
_LEAST = 0.3  # of the best match: weaker ones are not shown
_REGION = 0.2  # of a picture's side, of a region that is matched
_GRID = 8  # tiles a side, under occlusion
_BLURRED = 2  # tiles a side, of what is blurred at once


def explain(
    first: Path | str,
    second: Path | str,
    *,
    model: Model,
    prior: float = 0.5,
    operating_point: str = BALANCED,
    negatives: str | None = None,
    crop: bool = False,
    cache: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Explanation:
    """Say whether the same artist painted two pictures, and what in them speaks for it and against.

    As `compare` has it, and raises what it raises. Swapping the pictures swaps all that is said of them. cache: as `load` has it.
    progress: of the pictures that are embedded under occlusion.
    """
    verdict = compare(
        first, second, model=model, prior=prior, operating_point=operating_point, negatives=negatives, crop=crop
    )
    seen = [open_observed(Path(picture), view=model.view, crop=crop)[0] for picture in (first, second)]
    paths = (str(first), str(second))
    if model.view.n == 1:
        kept = None if cache is None else CompiledCache(cache)
        mapper = load_mapper(model.folder.read(ENCODER), name=str(model.folder.path / ENCODER), cache=kept)
        if mapper is not None:
            found = _exactly(verdict, paths, seen, model=model, mapper=mapper)
            if found is not None:
                return found
    return _by_occlusion(verdict, paths, seen, model=model, progress=progress)


def _exactly(
    verdict: Verdict, paths: tuple[str, str], seen: list[ViewedPicture], *, model: Model, mapper: Mapper
) -> Explanation | None:
    embeddings, maps = mapper(np.concatenate([one.pixels for one in seen]))
    forms = [linear_form(model.comparison, own, other) for own, other in (embeddings, embeddings[::-1])]
    boxes = [_boxes(one, model.view)[0] for one in seen]
    sides = [
        Side(path=path, seen=box, values=parts_of_similarity(own, form), held=form.held)
        for path, box, own, form in zip(paths, boxes, maps, forms, strict=True)
        if form is not None
    ]
    if forms[0] is None or len(sides) < 2:
        return None
    rows, columns = maps.shape[1:3]
    windows = Windows(rows, columns, max(1, round(_REGION * min(rows, columns))))
    # Twice what two regions would add in paintings that are alike everywhere, and everywhere as much.
    share = windows.side**2 / (rows * columns)
    floor = 2 * share**2 * forms[0].scale * float(np.prod(np.linalg.norm(embeddings, axis=1)))
    pairs = parts_of_pairs(windows.sums(maps[0]), windows.sums(maps[1]), scale=forms[0].scale)
    return Explanation(
        method="exact",
        verdict=verdict,
        first=sides[0],
        second=sides[1],
        cohort=isinstance(model.comparison, CohortComparison),
        matches=_matches(pairs, windows, boxes, floor=floor),
    )


def _by_occlusion(
    verdict: Verdict,
    paths: tuple[str, str],
    seen: list[ViewedPicture],
    *,
    model: Model,
    progress: Callable[[int, int], None] | None,
) -> Explanation:
    windows = Windows(_GRID, _GRID, _BLURRED)
    count = len(windows.corners) + 1
    inside, embeddings = [], []
    for number, one in enumerate(seen):
        boxes = model.view.boxes(one.original_size)
        part = _around(boxes)
        regions = [windows.box(place, inside=part) for place in range(count - 1)]
        inside.append(_within(part, one.part))

        def tell(done: int, before: int = number * count) -> None:
            if progress is not None:
                progress(before + done, 2 * count)

        embeddings.append(occluded_embeddings(model.encoder, one.pixels, boxes, regions, progress=tell))
    of_first, of_second, of_pairs = lost_by_occlusion(model.comparison, embeddings[0], embeddings[1])
    return Explanation(
        method="occlusion",
        verdict=verdict,
        first=Side(path=paths[0], seen=inside[0], values=windows.spread(above_average(of_first)), held=0.0),
        second=Side(path=paths[1], seen=inside[1], values=windows.spread(above_average(of_second)), held=0.0),
        cohort=isinstance(model.comparison, CohortComparison),
        matches=_matches(above_average(of_pairs), windows, inside, floor=0.0),
    )


def _boxes(one: ViewedPicture, view: View) -> list[Box]:
    """Return what each picture of a view shows, in shares of the whole picture's sides."""
    return [_within(box, one.part) for box in view.boxes(one.original_size)]


def _within(box: Box, part: Box) -> Box:
    """Return a box of a part of a picture as a box of the picture."""
    left, top, right, bottom = part
    across, down = right - left, bottom - top
    return (left + box[0] * across, top + box[1] * down, left + box[2] * across, top + box[3] * down)


def _matches(pairs: np.ndarray, windows: Windows, inside: list[Box], *, floor: float) -> tuple[Match, ...]:
    chosen = best_pairs(pairs, windows, windows, most=MATCHES, least=_LEAST, floor=floor)
    return tuple(
        Match(
            first=windows.box(one, inside=inside[0]),
            second=windows.box(other, inside=inside[1]),
            value=float(pairs[one, other]),
        )
        for one, other in chosen
    )


def _around(boxes: list[Box]) -> Box:
    """Return the part of a picture that boxes cover together."""
    left, top, right, bottom = np.array(boxes).T
    return (float(left.min()), float(top.min()), float(right.max()), float(bottom.max()))
