"""One picture against a set of references: is it by the artist of whom these are?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from morelli.errors import PictureError
from morelli.files import check_paths
from morelli.model.comparison import Compared, Embeddings, Rows
from morelli.model.model import Model
from morelli.pictures.duplicates import near_duplicates, turned_duplicates
from morelli.pictures.fingerprint import Fingerprint, fingerprint
from morelli.pictures.observe import Observation, open_observed
from morelli.pictures.same import shows_the_same
from morelli.pictures.stream import in_order
from morelli.pictures.view import ViewedPicture
from morelli.printable import printable
from morelli.protocol.calibration import check_prior
from morelli.protocol.decision import pick_point
from morelli.protocol.point_names import BALANCED
from morelli.protocol.set_similarity import centre
from morelli.verdict.compare import read_similarity, withheld
from morelli.verdict.set_warnings import set_hands_warnings, set_range_warnings, set_seen_warnings, set_warnings
from morelli.verdict.verdict import Verdict
from morelli.verdict.warnings import style_warnings, too_little

HYPOTHESES = {
    "style-matched": ("the artist of the references painted it", "another artist of the same style painted it"),
    "random": ("the artist of the references painted it", "another artist, drawn at random, painted it"),
}
_BATCH = 32
_CHUNK = 256


@dataclass(frozen=True, kw_only=True)
class SetVerdict:
    """The answer about a picture and a set of references.

    verdict: as of two pictures; its similarity is that to the set. references: the files that were used, each with the picture's
    similarity to it, most alike first. left_out: the files that were not, each with the reason. calibrated_for: how many references
    the calibration is of; where more were used, every choice of so many counts.
    """

    verdict: Verdict
    references: tuple[tuple[str, float], ...]
    left_out: tuple[tuple[str, str], ...]
    calibrated_for: int


def compare_set(
    picture: Path | str,
    references: Sequence[Path | str],
    *,
    model: Model,
    prior: float = 0.5,
    operating_point: str = BALANCED,
    negatives: str | None = None,
    crop: bool = False,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> SetVerdict:
    """Say whether a picture is by the artist of the references, of whom there are one or more.

    A reference that cannot be used is left out and reported, as one of one flat colour, or of too few pixels, is; so is one that shows
    the same work as the picture, or as an earlier reference, also mirrored, turned or as a negative: it is no further evidence. The order
    of the references does not matter otherwise. prior, operating_point, negatives, crop: as `compare` has them. Raises what `compare`
    raises, and PictureError where no reference is left.
    """
    check_prior(prior)
    decision, kind = model.decision, model.headline if negatives is None else negatives
    decision.calibration(kind)  # negatives that it is not calibrated for are named before anything is opened
    files = list(dict.fromkeys(check_paths(references, what="references")))
    asked, asked_seen = open_observed(picture, view=model.view, crop=crop)
    embeddings, kept, left_out = _embed(
        asked, asked_seen, files, model=model, crop=crop, workers=workers, progress=progress
    )
    if not kept:
        reason = (
            f"; the first: {left_out[0][0]}: {left_out[0][1].removeprefix(f'{left_out[0][0]}: ')}" if left_out else ""
        )
        raise PictureError(f"none of {len(files)} references can be used{reason}")
    size, calibration, points = decision.of_set(len(kept), negatives=kind)
    point = pick_point(points, operating_point, what=f"for {size} references against {kind} negatives")
    compared, rows = model.comparison.over(embeddings), np.arange(1, len(embeddings))
    to = compared.block(np.zeros(1, dtype=np.int64), rows)[0].astype(np.float64)
    if not np.isfinite(to).all():
        raise PictureError(f"{picture}: its similarity is no number; the model cannot read these pictures")
    # `centre` takes none of it off where sets are read as pairs.
    among = _mean_among(compared, rows) if len(rows) > 1 else 0.0
    seen = [(printable(file.name), one) for file, one in kept]
    name = printable(Path(picture).name)
    warnings = [
        *set_warnings(name, asked_seen, seen, view=model.view),
        *set_range_warnings(name, [file for file, _ in seen], model.outside_range(embeddings), model.known_range),
        *set_seen_warnings(name, Path(picture), [file for file, _ in kept], model.trained_on),
        *set_hands_warnings(among, calibration=decision.calibration("random"), references=len(kept)),
        *style_warnings(decision, asked=negatives),
    ]
    verdict = read_similarity(
        float(centre(to.mean(keepdims=True), np.array([among]), size=size)[0]),
        calibration=calibration,
        artists=decision.artists,
        point=point,
        name=operating_point,
        negatives=kind,
        hypotheses=HYPOTHESES[kind],
        prior=prior,
        warnings=warnings,
        model=f"{model.name} {model.id}",
    )
    order = np.argsort(-to, kind="stable")
    same = verdict.decision == "different" and any(shows_the_same(asked_seen.sketch, one.sketch) for _, one in kept)
    return SetVerdict(
        verdict=withheld(verdict, little=[too_little(name, asked_seen, view=model.view)], same=same),
        references=tuple((str(kept[at][0]), float(to[at])) for at in order),
        left_out=tuple(left_out),
        calibrated_for=size,
    )


def _embed(
    asked: ViewedPicture,
    asked_seen: Observation,
    files: Sequence[Path],
    *,
    model: Model,
    crop: bool,
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[Embeddings, list[tuple[Path, Observation]], list[tuple[str, str]]]:
    """Embed the picture and the references -> (1 + n, d), the n files and what was seen of them, those left out and why."""

    def opened(file: Path) -> tuple[ViewedPicture, Observation] | PictureError:
        try:
            return open_observed(file, view=model.view, crop=crop)
        except PictureError as err:
            return err

    prints: list[Fingerprint] = [fingerprint(asked.pixels[0])]
    kept: list[tuple[Path, Observation]] = []
    left_out: list[tuple[str, str]] = []
    parts, waiting = [], [asked.pixels]
    for place, found in enumerate(in_order(opened, files, workers=workers, progress=progress)):
        if isinstance(found, PictureError):
            left_out.append((str(files[place]), str(found)))
        else:
            shown, seen = found
            if seen.flat:
                left_out.append((str(files[place]), "is of one flat colour; there is nothing in it to compare with"))
                continue
            if little := too_little(str(files[place]), seen, view=model.view):
                left_out.append((str(files[place]), little))
                continue
            prints.append(fingerprint(shown.pixels[0]))
            kept.append((files[place], seen))
            waiting.append(shown.pixels)
        if len(waiting) == _BATCH:
            parts.append(_encode(waiting, model))
            waiting = []
    parts += [_encode(waiting, model)] if waiting else []
    embeddings = np.concatenate(parts)
    repeats: dict[int, int] = {}
    sketches = [seen.sketch.fingerprint for seen in (asked_seen, *(seen for _, seen in kept))]
    for one, other in np.concatenate([near_duplicates(prints), turned_duplicates(sketches)]).tolist():
        repeats.setdefault(other, one)
    for at, of in sorted(repeats.items()):
        what = "the picture itself" if of == 0 else str(kept[of - 1][0])
        left_out.append((str(kept[at - 1][0]), f"shows the same work as {what}"))
    stay = [at for at in range(len(prints)) if at not in repeats]
    return embeddings[stay], [kept[at - 1] for at in stay[1:]], left_out


def _encode(pictures: list[np.ndarray], model: Model) -> Embeddings:
    stack = np.stack(pictures)
    return model.encoder.encode(stack[:, 0] if stack.shape[1] == 1 else stack)


def _mean_among(compared: Compared, rows: Rows) -> float:
    """Return the mean similarity of two references, in memory that grows with their number and not with its square."""
    n, total = len(rows), 0.0
    for start in range(0, n, _CHUNK):
        part = compared.block(rows[start : start + _CHUNK], rows).astype(np.float64)
        own = np.arange(len(part))
        total += float(part.sum() - part[own, start + own].sum())
    return total / (n * (n - 1))
