"""What is compared with what: falls from seen to unseen artists, and paired differences on unseen artists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from morelli.protocol.counted import counted_difference, counted_fall, counted_fall_beyond
from morelli.protocol.estimate import Estimate
from morelli.study.table.judged import Judged, JudgedRow
from morelli.systems.networks import FineTuned, Frozen, Tower
from morelli.systems.objectives import PairNet
from morelli.systems.system import System

FIGURE = "auc"
NEGATIVES = ("random", "style-matched")


@dataclass(frozen=True, kw_only=True)
class Fall:
    """How a system's AUC falls from seen to unseen artists.

    beyond: less the fall of the untrained cosine on the same pairs. above: how much larger its AUC is than the cosine's on unseen
    artists, paired: what the training is worth there.
    """

    name: str
    negatives: str
    seen: Estimate
    unseen: Estimate
    fall: Estimate
    beyond: Estimate
    above: Estimate


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """How much better `first` is than `second` on unseen artists: figure -> paired difference. hypothesis: 2 or 3; none: `second` is the
    row that all were to be compared with.
    """

    hypothesis: int | None
    first: str
    second: str
    negatives: str
    difference: Mapping[str, Estimate]


def is_cnn(system: System) -> bool:
    """Tell whether a system is a CNN trained from nothing."""
    return isinstance(system.network, Tower)


def is_pretrained(system: System) -> bool:
    """Tell whether a system rests on frozen pretrained features."""
    return isinstance(system.network, Frozen) and system.network.tuning is None


def is_tuned(system: System) -> bool:
    """Tell whether layers of a pretrained backbone were trained further."""
    return isinstance(system.network, FineTuned) or (
        isinstance(system.network, Frozen) and system.network.tuning is not None
    )


def is_frozen_twin(frozen: System, tuned: System) -> bool:
    """Tell whether `frozen` is what `tuned` would be without its tuning: the same backbone, view and objective."""
    if not is_pretrained(frozen) or not is_tuned(tuned) or frozen.view != tuned.view:
        return False
    assert isinstance(frozen.network, Frozen)
    if frozen.objective != tuned.objective:
        return False
    if isinstance(tuned.network, FineTuned):
        return [one.backbone for one in frozen.network.features] == [tuned.network.backbone] and isinstance(
            frozen.objective, PairNet
        )
    assert isinstance(tuned.network, Frozen)
    return frozen.network == msgspec.structs.replace(tuned.network, tuning=None) and frozen.cohort == tuned.cohort


def falls(judged: Judged) -> list[Fall]:
    """Return the fall of every row that was judged on seen and on unseen artists."""
    found = []
    for row in judged.rows:
        for negatives in NEGATIVES:
            seen, unseen = ("seen", negatives), ("unseen", negatives)
            if not {seen, unseen} <= set(row.counted):
                continue
            one, other = row.counted[seen], row.counted[unseen]
            found.append(
                Fall(
                    name=row.name,
                    negatives=negatives,
                    seen=one.estimates()[FIGURE],
                    unseen=other.estimates()[FIGURE],
                    fall=counted_fall(one, other, FIGURE),
                    beyond=counted_fall_beyond(one, other, judged.cosine[seen], judged.cosine[unseen], FIGURE),
                    above=counted_difference(other, judged.cosine[unseen])[FIGURE],
                )
            )
    return found


def cosine_falls(judged: Judged) -> dict[str, tuple[Estimate, Estimate, Estimate]]:
    """Return the untrained cosine's AUC on seen and on unseen artists and its fall, by the kind of negatives."""
    found = {}
    for negatives in NEGATIVES:
        seen, unseen = ("seen", negatives), ("unseen", negatives)
        if {seen, unseen} <= set(judged.cosine):
            one, other = judged.cosine[seen], judged.cosine[unseen]
            found[negatives] = (one.estimates()[FIGURE], other.estimates()[FIGURE], counted_fall(one, other, FIGURE))
    return found


def contrasts(judged: Judged, *, against: str | None = None) -> list[Contrast]:
    """Return the paired differences that hypotheses 2 and 3 are about: frozen features less a CNN, fine-tuned less frozen.

    against: the name of a row; those of every other row with it follow.
    """
    found: list[Contrast] = []
    for first in judged.rows:
        for second in judged.rows:
            one, other = first.scored.row.system, second.scored.row.system
            if is_pretrained(one) and is_cnn(other):
                found += _contrast(2, first, second)
            elif is_frozen_twin(other, one):
                found += _contrast(3, first, second)
    found.sort(key=lambda one: one.hypothesis or 0)
    for second in judged.rows:
        if second.name == against:
            found += [one for first in judged.rows if first is not second for one in _contrast(None, first, second)]
    return found


def _contrast(hypothesis: int | None, first: JudgedRow, second: JudgedRow) -> Sequence[Contrast]:
    return [
        Contrast(
            hypothesis=hypothesis,
            first=first.name,
            second=second.name,
            negatives=negatives,
            difference=counted_difference(first.counted["unseen", negatives], second.counted["unseen", negatives]),
        )
        for negatives in NEGATIVES
        if ("unseen", negatives) in first.counted
    ]
