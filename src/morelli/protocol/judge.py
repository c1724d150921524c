"""Judging a system on a catalogue: all groups, both kinds of negatives, retrieval."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from morelli.errors import PairsError
from morelli.protocol.decision import Decision
from morelli.protocol.evaluate import RESAMPLES, evaluate_pairs, evaluate_retrieval
from morelli.protocol.evaluation import Evaluation, FewShot, PairEvaluation, PointEvaluation, Retrieval, SetEvaluation
from morelli.protocol.evaluation_pairs import GROUP_PARTS, draw_evaluation_pairs
from morelli.protocol.few_shot import evaluate_few_shot
from morelli.protocol.fit_decision import Score, available_negatives
from morelli.protocol.judge_points import judge_points
from morelli.protocol.judge_sets import judge_sets
from morelli.protocol.number_words import counted
from morelli.protocol.pairs import NEGATIVES, PER_ARTIST, Labels, Negatives
from morelli.protocol.retrieval import Block, block_from_pairs, find_neighbours


def judge(
    score: Score,
    decision: Decision,
    *,
    artist: Labels,
    style: Labels,
    path: Labels,
    part: Labels,
    system: str,
    model_id: str,
    root: str,
    block: Block | None = None,
    negatives: Sequence[Negatives] | None = None,
    ks: Sequence[int] = (1, 5, 10),
    per_artist: int = PER_ARTIST,
    duplicates: npt.NDArray[np.integer] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    threads: int = 2,
    facts: Mapping[str, str] | None = None,
    published: Mapping[str, float] | None = None,
    history: Sequence[Mapping[str, float]] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Judge a system on its test pictures, with a decision that was fixed on other artists.

    score: rows (n,) and rows (n,) -> similarities (n,), the same in both orders. block: the same for rows (q,) and (m,)
    -> (q, m), where there is a faster way than pair by pair. artist, style, path, part (n,): of the whole catalogue;
    one name an artist; `part` as `Split.assign` returns it. negatives: kinds to judge; None: those that the decision is
    calibrated for and every group's styles allow. Each set of pairs is judged under the calibration of its own kind of
    negatives, and all under the one threshold. Operating points are
    measured as they are. facts: in words, added to those that are counted here. Raises
    PairsError, and ValueError for a similarity that is nan.
    """
    groups = {group: np.flatnonzero(part == name) for group, name in GROUP_PARTS.items()}
    groups = {group: rows for group, rows in groups.items() if len(rows)}
    kinds: list[Negatives] = [
        kind
        for kind in (NEGATIVES if negatives is None else negatives)
        if negatives is not None
        or (
            kind in decision.calibrations
            and all(kind in available_negatives(artist, style, rows) for rows in groups.values())
        )
    ]
    drawn = draw_evaluation_pairs(
        artist, style, part, seed=seed, negatives=kinds, per_artist=per_artist, duplicates=duplicates
    )
    if len(groups) > 1:
        groups["mix"] = np.concatenate(list(groups.values()))
    steps = len(drawn) + len(groups)

    judged: list[PairEvaluation] = []
    for (group, kind), pairs in drawn.items():
        if kind not in decision.calibrations:
            raise PairsError(f"the decision is not calibrated for {kind} negatives; fit it for them, or leave them out")
        judged.append(
            evaluate_pairs(
                pairs,
                score(pairs.first, pairs.second),
                artist,
                threshold=decision.threshold,
                calibration=decision.calibrations[kind],
                group=group,
                negatives=kind,
                resamples=resamples,
                seed=seed,
                threads=threads,
            )
        )
        if progress is not None:
            progress(len(judged), steps)

    many = block or block_from_pairs(score)
    searched: list[Retrieval] = []
    few_shot: list[FewShot] = []
    points: list[PointEvaluation] = []
    sets: list[SetEvaluation] = []
    for group, rows in groups.items():
        if np.unique(artist[rows].astype(str), return_counts=True)[1].max() > 1:
            found = find_neighbours(many, artist, rows, ks=ks)
            unseen = set(artist[part == GROUP_PARTS["unseen"]].tolist())
            stratum = np.array([int(name in unseen) for name in found.artists], dtype=np.int64)
            searched.append(
                evaluate_retrieval(found, artist, group=group, stratum=stratum, resamples=resamples, seed=seed)
            )
        if group != "mix":
            few_shot += evaluate_few_shot(many, artist, rows, group=group, resamples=resamples, seed=seed)
            points += judge_points(
                many,
                decision,
                artist,
                style,
                rows,
                group=group,
                per_artist=per_artist,
                duplicates=duplicates,
                resamples=resamples,
                seed=seed,
            )
            sets += judge_sets(
                many,
                decision,
                artist,
                style,
                rows,
                group=group,
                duplicates=duplicates,
                resamples=resamples,
                seed=seed,
                threads=threads,
            )
        if progress is not None:
            progress(len(judged) + len(searched), steps)

    order = {"seen": 0, "unseen": 1, "mix": 2}
    return Evaluation(
        system=system,
        model_id=model_id,
        threshold=decision.threshold,
        threshold_from=decision.fitted_on,
        pairs=sorted(judged, key=lambda one: (order[one.group], one.negatives)),
        retrieval=searched,
        path=path,
        artist=artist,
        style=style,
        root=root,
        facts=_count_facts(artist, part, seed=seed, resamples=resamples, per_artist=per_artist) | dict(facts or {}),
        published=dict(published or {}),
        history=history,
        few_shot=few_shot,
        points=points,
        sets=sets,
    )


def _count_facts(artist: Labels, part: Labels, *, seed: int, resamples: int, per_artist: int) -> dict[str, str]:
    sizes = {
        f"{group} paintings": f"{int((part == name).sum()):,} by {counted(len(set(artist[part == name].tolist())), 'artist')}"
        for group, name in GROUP_PARTS.items()
        if (part == name).any()
    }
    return sizes | {
        "pairs": f"balanced, at most {per_artist} positives an artist",
        "intervals": f"95 %, {resamples:,} resamples over artists",
        "seed": str(seed),
    }
