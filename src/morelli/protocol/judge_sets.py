"""Sets of references judged on artists whom they were not calibrated on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.errors import PairsError
from morelli.protocol.all_pairs import choose_rows, every_similarity
from morelli.protocol.decision import Decision
from morelli.protocol.evaluate import evaluate_pairs
from morelli.protocol.evaluation import SetEvaluation
from morelli.protocol.pairs import NEGATIVES, Labels, Pairs
from morelli.protocol.retrieval import Block
from morelli.protocol.set_similarity import gather_set_similarity, to_square
from morelli.protocol.sets import SetDrawer

FIGURES = ("auc", "eer", "cllr", "min_cllr", "calibration_loss")


def judge_sets(
    block: Block,
    decision: Decision,
    artist: Labels,
    style: Labels,
    rows: npt.NDArray[np.integer],
    *,
    group: str,
    duplicates: npt.NDArray[np.integer] | None = None,
    resamples: int = 1000,
    seed: int = 0,
    threads: int = 2,
) -> list[SetEvaluation]:
    """Judge every number of references that the decision is calibrated for and the rows allow.

    artist, style, duplicates: of the whole catalogue. rows (n,): pictures of artists whom the decision was not fitted
    on. Sets are drawn as for calibration, in balance; a figure counts sets, and its interval is over artists: those of
    the pictures and those of the references. Raises ValueError for a nan.
    """
    if not decision.sets:
        return []
    some = choose_rows(artist, rows, seed=seed)
    square = to_square(every_similarity(block, some), len(some))
    found = []
    for kind in NEGATIVES:
        for size, fitted in sorted(decision.sets.get(kind, {}).items()):
            try:
                drawer = SetDrawer(
                    artist, some, size=size, negatives=kind, style=style, duplicates=duplicates, seed=seed
                )
            except PairsError:
                continue
            sets = drawer.balanced()
            order = np.argsort(sets.same, kind="stable")  # other artists' first: these are no triplets to be counted
            # A set stands for its artist as the second picture of a pair does: its first reference names it.
            pairs = Pairs(
                first=some[sets.query[order]],
                second=some[sets.references[order, 0]],
                same=sets.same[order],
                group=np.full(len(sets), group, dtype=object),
            )
            judged = evaluate_pairs(
                pairs,
                gather_set_similarity(square, sets.query[order], sets.references[order]),
                artist,
                threshold=0.0,  # none of the figures below is at a threshold
                calibration=fitted.calibration,
                group=group,
                negatives=kind,
                resamples=resamples,
                seed=seed,
                threads=threads,
            )
            figures = {name: judged.figures[name] for name in FIGURES}
            found.append(SetEvaluation(group=group, negatives=kind, references=size, figures=figures))
    return found
