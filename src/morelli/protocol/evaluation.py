"""What an evaluation holds: plain values, from which every table and figure of a report is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan

import numpy as np
import numpy.typing as npt

from morelli.protocol.estimate import Estimate
from morelli.protocol.pairs import Pairs

FloatArray = npt.NDArray[np.floating]


@dataclass(frozen=True, kw_only=True, eq=False)
class PairEvaluation:
    """One set of pairs, judged.

    group: `seen`, `unseen` or `mix`; negatives: `random` or `style-matched`.
    similarity (n,): larger is more alike. llr (n,): calibrated natural-log likelihood ratio (nan where uncalibrated).
    figures: name -> Estimate; names: accuracy, precision, recall, f1, auc, eer, cllr, min_cllr, calibration_loss (cllr - min_cllr), ece,
    brier, balanced_accuracy, triplet_accuracy, triplet_accuracy_of_four; for `mix` also false_accept_rate_cross.
    supported: the lowest and the highest llr that these pairs support by themselves, see `empirical_bounds`; nan where uncalibrated.
    """

    group: str
    negatives: str
    pairs: Pairs
    similarity: FloatArray
    llr: FloatArray
    figures: Mapping[str, Estimate]
    supported: tuple[float, float] = (nan, nan)


@dataclass(frozen=True, kw_only=True, eq=False)
class Retrieval:
    """Nearest neighbours among the pictures of one group.

    recall: k -> share of queries with a picture of the same artist among the k nearest (queries whose artist has no other picture
    are left out). query (q,), neighbours (q, k): rows of the catalogue, nearest first.
    """

    group: str
    recall: Mapping[int, Estimate]
    query: npt.NDArray[np.int64]
    neighbours: npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class SetEvaluation:
    """One picture against a set of references of one artist, judged. figures: auc, eer, cllr, min_cllr, calibration_loss, over sets."""

    group: str
    negatives: str
    references: int
    figures: Mapping[str, Estimate]


@dataclass(frozen=True, kw_only=True)
class PointEvaluation:
    """An operating point on artists whom it was not chosen on.

    promised: what it did on calibration artists; measured: the same rates here, over all pairs of the group's pictures. Their names are
    those of `OperatingPoint`. artist_pairs, artists: distinct pairs of artists among the false accepts, distinct artists among the misses.
    remark: what the point does not do, and why; empty where there is nothing to say.
    """

    group: str
    negatives: str
    name: str
    promised: Mapping[str, Estimate]
    measured: Mapping[str, Estimate]
    artist_pairs: int
    artists: int
    remark: str = ""


@dataclass(frozen=True, kw_only=True)
class FewShot:
    """Telling N artists apart by K paintings of each (N-way K-shot), among the artists of one group.

    accuracy: the share of right answers; 1 / ways is guessing. Its `n_pairs` are queries.
    """

    group: str
    ways: int
    shots: int
    accuracy: Estimate


@dataclass(frozen=True, kw_only=True, eq=False)
class Evaluation:
    """A system judged on a catalogue.

    artist (n,), style (n,), path (n,): of the whole catalogue, so that rows can be named. threshold: on the similarity, from balanced
    random pairs of calibration artists; `threshold_from` says in words where it came from. facts: what was judged, in words
    (catalogue, paintings and artists a part, seeds). published: figures of the source documents by name. history: one mapping an epoch.
    note: what a reader of the answer must know first, in sentences.
    """

    system: str
    model_id: str
    threshold: float
    threshold_from: str
    pairs: Sequence[PairEvaluation]
    retrieval: Sequence[Retrieval]
    path: npt.NDArray[np.object_]
    artist: npt.NDArray[np.object_]
    style: npt.NDArray[np.object_]
    root: str
    facts: Mapping[str, str] = field(default_factory=dict)
    published: Mapping[str, float] = field(default_factory=dict)
    history: Sequence[Mapping[str, float]] = field(default_factory=tuple)
    few_shot: Sequence[FewShot] = field(default_factory=tuple)
    points: Sequence[PointEvaluation] = field(default_factory=tuple)
    sets: Sequence[SetEvaluation] = field(default_factory=tuple)
    note: str = ""

    def of(self, group: str, negatives: str) -> PairEvaluation:
        """Return one set of pairs; KeyError where it was not judged."""
        for one in self.pairs:
            if (one.group, one.negatives) == (group, negatives):
                return one
        raise KeyError(f"{group}, {negatives}")
