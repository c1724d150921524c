"""A row's model and its embeddings of the judged pictures: all that is needed to score any pair of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import ModelError
from morelli.features.embeddings import Stage, Tell, embed_kept, silent
from morelli.model.calibrate import artist_names
from morelli.model.comparison import Comparison
from morelli.model.description import ModelDescription
from morelli.model.evaluate import check_unseen, read_history
from morelli.model.model import load
from morelli.protocol.decision import Decision
from morelli.study.table.rows import Row
from morelli.systems.objectives import PairNet, Softmax
from morelli.systems.system import System
from morelli.training.run import Parts, Rows, Run


@dataclass(frozen=True, kw_only=True, eq=False)
class ScoredRow:
    """A row that was run.

    embeddings (m, d): of catalogue rows (m,), zeros where a picture cannot be used; place (n,): catalogue row -> its embedding, -1 for
    none. decision: threshold and calibrations, from calibration artists.
    """

    row: Row
    model_id: str
    description: ModelDescription
    comparison: Comparison
    decision: Decision
    history: Sequence[Mapping[str, float]]
    embeddings: npt.NDArray[np.float32]
    place: Rows

    @property
    def seconds(self) -> float:
        """Seconds of training, as the model says; nan where it does not."""
        found = re.match(r"[\d.]+", self.description.training.get("time", ""))
        return float(found[0]) if found else float("nan")


def judged_rows(part: Parts) -> Rows:
    """Return the catalogue rows that are judged."""
    return np.flatnonzero((part == "test") | (part == "test-seen"))


def score_row(row: Row, catalogue: Catalogue, part: Parts, *, run: Run) -> ScoredRow:
    """Embed the judged pictures by a row's model; what it has embedded before is read from the cache. Raises ModelError."""
    assert row.model is not None
    model = load(row.model)
    check_unseen(model, catalogue, artist_names(catalogue), part)
    rows = judged_rows(part)
    files = [catalogue.file(int(one)) for one in rows]
    stage = silent if run.progress is None else _telling(run.progress)
    embedded = embed_kept(model, files, cache=run.cache, workers=run.workers, stage=stage)
    for error in embedded.errors:
        run.remark(f"skipped {error}")
    if not embedded.usable.any():
        raise ModelError(f"{catalogue.place}: none of {len(files)} pictures can be used: {embedded.errors[0]}")
    place = np.full(len(catalogue), -1, dtype=np.int64)
    place[rows[embedded.usable]] = np.flatnonzero(embedded.usable)
    return ScoredRow(
        row=row,
        model_id=model.id,
        description=model.folder.description,
        comparison=model.comparison,
        decision=model.decision,
        history=read_history(model),
        embeddings=embedded.embeddings,
        place=place,
    )


def one_half(system: System) -> float | None:
    """Return the similarity that stands for a probability of 0.5, where a system's output is one; None where it is none.

    A siamese net gives the logit of `the same artist`; the dot product of two softmax vectors is the chance that both name one artist. A
    distance or a cosine is no probability.
    """
    if isinstance(system.objective, PairNet):
        return 0.0
    return 0.5 if isinstance(system.objective, Softmax) else None


def _telling(progress: Tell) -> Stage:
    """Return a stage that tells of the embedding alone: the reading before it is short."""

    @contextmanager
    def stage(what: str) -> Iterator[Tell]:
        yield progress if what == "embedding" else (lambda done, total: None)

    return stage
