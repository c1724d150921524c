"""Every row of the table on the same pairs, under its own one threshold; the untrained cosine beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.model.calibrate import artist_names, block_scorer, scorer
from morelli.model.comparison import MetricComparison
from morelli.protocol.counted import Counted, count_decisions, count_figures
from morelli.protocol.estimate import Estimate
from morelli.protocol.evaluate import judged_pairs
from morelli.protocol.evaluation import Evaluation
from morelli.protocol.evaluation_pairs import GROUP_PARTS, draw_evaluation_pairs
from morelli.protocol.few_shot import evaluate_few_shot
from morelli.protocol.fit_decision import available_negatives
from morelli.protocol.pair_figures import PairFigures
from morelli.protocol.pairs import Negatives, Pairs
from morelli.study.table.reference import Reference
from morelli.study.table.scored import ScoredRow, one_half
from morelli.training.run import Parts

Sets = tuple[str, str]  # group, negatives


@dataclass(frozen=True, kw_only=True, eq=False)
class JudgedRow:
    """A row with its figures. counted: by set of pairs, with resamples; at_half: what is decided at a fixed probability of 0.5, empty
    where the system's output is no probability.
    """

    scored: ScoredRow
    evaluation: Evaluation
    counted: Mapping[Sets, Counted]
    at_half: Mapping[Sets, Mapping[str, Estimate]]

    @property
    def name(self) -> str:
        """The system's name."""
        return self.scored.row.name


@dataclass(frozen=True, kw_only=True, eq=False)
class Judged:
    """All rows that were run, on one set of pairs. cosine: figures of the untrained cosine by set of pairs; what: it is of."""

    rows: Sequence[JudgedRow]
    pairs: Mapping[Sets, Pairs]
    cosine: Mapping[Sets, Counted]
    what: str


def judged_negatives(catalogue: Catalogue, part: Parts) -> tuple[Negatives, ...]:
    """Return the kinds of negatives that every judged part allows: style-matched ones need two styles, one of them of two artists."""
    artist, style = artist_names(catalogue), catalogue.get("style")
    kinds = [available_negatives(artist, style, np.flatnonzero(part == name)) for name in GROUP_PARTS.values()]
    return min(kinds, key=len)


@dataclass(kw_only=True, eq=False)
class Judge:
    """Judges rows as they come; what was counted already is not counted again, unless the pairs had to change.

    part (n,): as `Split.assign` returns it. Pairs are drawn from pictures that every row can use: a picture that one cannot is judged
    by none.
    """

    catalogue: Catalogue
    part: Parts
    seed: int
    resamples: int
    threads: int = 2
    _usable: bytes = b""
    _pairs: dict[Sets, Pairs] = field(default_factory=dict)
    _rows: dict[str, JudgedRow] = field(default_factory=dict)
    _cosine: dict[Sets, Counted] = field(default_factory=dict)

    def judge(self, rows: Sequence[ScoredRow], reference: Reference) -> Judged:
        """Judge rows on one set of pairs. Raises PairsError where none can be drawn."""
        usable = np.all([reference.place >= 0, *(one.place >= 0 for one in rows)], axis=0)
        if usable.tobytes() != self._usable:
            self._usable, self._rows, self._cosine = usable.tobytes(), {}, {}
            self._pairs = draw_evaluation_pairs(
                artist_names(self.catalogue),
                self.catalogue.get("style"),
                np.where(usable, self.part, "set-aside"),
                seed=self.seed,
                negatives=judged_negatives(self.catalogue, self.part),
            )
            score = scorer(reference.features, reference.place, MetricComparison("cosine"))
            for key, pairs in self._pairs.items():
                figures = PairFigures(
                    pairs,
                    score(pairs.first, pairs.second),
                    artist_names(self.catalogue),
                    threshold=float("inf"),  # it has none: nothing is decided by it
                    calibration=None,
                )
                self._cosine[key] = self._count(figures)
        for one in rows:
            if one.row.name not in self._rows:
                self._rows[one.row.name] = self._judge(one, usable)
        return Judged(
            rows=[self._rows[one.row.name] for one in rows],
            pairs=self._pairs,
            cosine=self._cosine,
            what=reference.what,
        )

    def _judge(self, one: ScoredRow, usable: npt.NDArray[np.bool_]) -> JudgedRow:
        score = scorer(one.embeddings, one.place, one.comparison)
        artist, half = artist_names(self.catalogue), one_half(one.row.system)
        counted, at_half, judged = {}, {}, []
        for key, pairs in self._pairs.items():
            group, kind = key
            figures = PairFigures(
                pairs,
                score(pairs.first, pairs.second),
                artist,
                threshold=one.decision.threshold,
                calibration=one.decision.calibrations.get(kind),
            )
            counted[key] = self._count(figures)
            judged.append(judged_pairs(figures, counted[key], group=group, negatives=kind))
            if half is not None:
                decided = count_decisions(
                    figures, threshold=half, resamples=self.resamples, seed=self.seed, threads=self.threads
                )
                at_half[key] = decided.estimates()
        evaluation = Evaluation(
            system=one.row.name,
            model_id=one.model_id,
            threshold=one.decision.threshold,
            threshold_from=one.decision.fitted_on,
            pairs=judged,
            retrieval=(),
            path=self.catalogue.path,
            artist=self.catalogue.artist,
            style=self.catalogue.get("style"),
            root=str(self.catalogue.root),
            few_shot=evaluate_few_shot(
                block_scorer(one.embeddings, one.place, one.comparison),
                artist,
                np.flatnonzero(usable & (self.part == GROUP_PARTS["unseen"])),
                group="unseen",
                resamples=self.resamples,
                seed=self.seed,
            ),
            facts={"pictures that could not be used": str(int((~usable & self._judged).sum()))},
            published=one.row.system.published,
            history=one.history,
        )
        return JudgedRow(scored=one, evaluation=evaluation, counted=counted, at_half=at_half)

    @property
    def _judged(self) -> npt.NDArray[np.bool_]:
        return np.isin(self.part.astype(str), list(GROUP_PARTS.values()))

    def _count(self, figures: PairFigures) -> Counted:
        return count_figures(figures, resamples=self.resamples, seed=self.seed, threads=self.threads)
