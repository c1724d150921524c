"""The demonstration with a shipped model: it compares, explains and reports. Base install, no network, under a minute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from shutil import copytree

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.table import write_table
from morelli.errors import MorelliError, PictureError
from morelli.files import filling_folder
from morelli.looking.explanation_page import write_explanation
from morelli.model.embedding_table import list_pictures
from morelli.model.evaluate import evaluate
from morelli.model.model import Model
from morelli.model.score import SEPARATOR
from morelli.protocol.calibration import probability
from morelli.protocol.evaluation import Evaluation
from morelli.report.write import write_report
from morelli.verdict.explain import explain
from morelli.verdict.verdict import Verdict
from morelli.verdict.watch import Watch

MOST = 200  # pictures; every two of them are compared
MADE_UP = (
    "The painters are made up and cannot show what a model of real paintings can do: threshold and probabilities are those of real "
    "paintings, and made-up painters resemble each other more than real ones do, so that too many pairs may be called the same here. "
    "The AUC, which needs no threshold, says how well they are told apart."
)
PAINTERS = Path(__file__).parent / "painters"


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One pair that was explained. same: the truth, None where it is not known; picture: the explanation's file."""

    first: Path
    second: Path
    verdict: Verdict
    picture: Path
    same: bool | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class OwnPictures:
    """Every two of the user's pictures, the likeliest of one hand first, those without a probability last.

    first, second (n,): places in `files`; chance (n,): the probability of one artist, in [0, 1], nan where `compare` would withhold a
    verdict; warnings: what is to be said of each pair; skipped: what could not be opened.
    """

    files: tuple[Path, ...]
    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    chance: npt.NDArray[np.float64]
    warnings: tuple[tuple[str, ...], ...]
    explained: tuple[Compared, ...]
    skipped: tuple[PictureError, ...]
    table: Path


@dataclass(frozen=True, kw_only=True)
class MadeUpPainters:
    """The model over painters that it has never seen, who are made up. explained: a pair by one, a pair by two of them."""

    evaluation: Evaluation
    explained: tuple[Compared, ...]
    report: Path


def show_own_pictures(
    given: Sequence[Path], folder: Path, *, model: Model, progress: Callable[[int, int], None] | None = None
) -> OwnPictures:
    """Compare every two pictures (files, or folders of them), explain the likeliest and the least likely pair; `pairs.csv` in `folder`.
    A pair with a picture of one flat colour gets no probability.

    folder: new or empty; nothing is left in it where this fails. Raises PictureError where fewer than two pictures can be opened, or there
    are more than 200; ModelError for a model that is not calibrated.
    """
    files = list(dict.fromkeys(list_pictures(given)))
    if not 2 <= len(files) <= MOST:
        raise PictureError(f"{len(files)} pictures; give 2 to {MOST}: every two of them are compared")
    calibration = model.decision.calibration(model.headline)
    with filling_folder(folder, error=MorelliError):
        watch = Watch(model.view, model.known_range, model.trained_on)
        embedded = model.embed(files, opener=watch.open, progress=progress)
        usable = np.flatnonzero(embedded.usable)
        if len(usable) < 2:
            raise embedded.skipped[0][1]
        pairs = np.array(list(combinations(usable.tolist(), 2)), dtype=np.int64)
        place = np.full(len(files), -1)
        place[usable] = np.arange(len(usable))
        compared = model.comparison.over(embedded.embeddings[usable])
        similarity = compared.rows(place[pairs[:, 0]], place[pairs[:, 1]]).astype(np.float64)
        chance = probability(calibration.llr(similarity), prior=0.5)
        outside = np.zeros(len(files), dtype=bool)
        outside[usable] = model.outside_range(embedded.embeddings[usable])
        said = []
        for row, (first, second) in enumerate(pairs.tolist()):
            # As of one hand: what is withheld then is withheld whatever the similarity.
            answer, why = watch.decide(files[first], files[second], "same")
            words = watch.warnings(files[first], files[second], outside[[first, second]])
            said.append((why, *words) if why else words)
            if answer == "undecided":
                chance[row] = np.nan
        order = np.lexsort((-similarity, np.isnan(chance)))  # what is decided first
        table = folder / "pairs.csv"
        columns = {
            "image1": [str(files[row]) for row in pairs[order, 0]],
            "image2": [str(files[row]) for row in pairs[order, 1]],
            "similarity": [f"{value:.6g}" for value in similarity[order]],
            "probability": ["" if np.isnan(value) else f"{value:.6g}" for value in chance[order]],
            "warnings": [SEPARATOR.join(said[row]) for row in order],
        }
        write_table({name: np.array(values, dtype=object) for name, values in columns.items()}, table)
        decided = order[~np.isnan(chance[order])]
        shown = decided if len(decided) > 1 else order
        ends = dict.fromkeys([int(shown[0]), int(shown[-1])])
        explained = tuple(
            _explain(files[pairs[row, 0]], files[pairs[row, 1]], model, folder / f"{name}.png")
            for row, name in zip(ends, ("most-alike", "least-alike"), strict=False)
        )
    return OwnPictures(
        files=tuple(files),
        first=pairs[order, 0],
        second=pairs[order, 1],
        chance=chance[order],
        warnings=tuple(said[row] for row in order),
        explained=explained,
        skipped=tuple(error for _, error in embedded.skipped),
        table=table,
    )


def show_made_up_painters(
    folder: Path,
    *,
    model: Model,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    remark: Callable[[str], None] = lambda text: None,
) -> MadeUpPainters:
    """Judge the model on made-up painters: `paintings/`, `report/`, `same.png`, `different.png` inside `folder`.

    The paintings come with the package, for the studio that painted them needs the train extra:
    `morelli data studio painters/ --painters 30 --paintings 6 --size 224`. folder: new or empty; nothing is left in it where this fails.
    seed: of the pairs. Raises ModelError.
    """
    with filling_folder(folder, error=MorelliError):
        copytree(PAINTERS, folder / "paintings")
        catalogue = Catalogue.read(folder / "paintings")
        remark(f"comparing {len(catalogue)} paintings by {len(set(catalogue.artist))} made-up painters")
        part = np.full(len(catalogue), "test", dtype=object)
        evaluation = replace(evaluate(model, catalogue, part, seed=seed, progress=progress), note=MADE_UP)
        write_report(evaluation, folder / "report")
        explained = tuple(_example(evaluation, catalogue, model, folder, same=same) for same in (True, False))
    return MadeUpPainters(evaluation=evaluation, explained=explained, report=folder / "report" / "report.html")


def _example(evaluation: Evaluation, catalogue: Catalogue, model: Model, folder: Path, *, same: bool) -> Compared:
    """Explain the first drawn pair of a kind: an example, not a chosen one."""
    pairs = evaluation.of("unseen", "random").pairs
    row = int(np.flatnonzero(pairs.same == same)[0])
    first, second = catalogue.file(int(pairs.first[row])), catalogue.file(int(pairs.second[row]))
    return _explain(first, second, model, folder / ("same.png" if same else "different.png"), same=same)


def _explain(first: Path, second: Path, model: Model, picture: Path, *, same: bool | None = None) -> Compared:
    found = explain(first, second, model=model)
    write_explanation(found, picture)
    return Compared(first=first, second=second, verdict=found.verdict, picture=picture, same=same)
