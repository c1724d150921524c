"""The sets of pairs that a system is judged on: seen, unseen and mix, with random and style-matched negatives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from morelli.errors import PairsError
from morelli.protocol.pairs import (
    NEGATIVES,
    PER_ARTIST,
    IntArray,
    Labels,
    Negatives,
    Opponents,
    Pairs,
    draw_pairs,
    draw_positives,
    join,
    style_numbers,
)

GROUP_PARTS = {"seen": "test-seen", "unseen": "test"}


def draw_evaluation_pairs(
    artist: Labels,
    style: Labels,
    part: Labels,
    *,
    seed: int = 0,
    negatives: Sequence[Negatives] = NEGATIVES,
    per_artist: int = PER_ARTIST,
    duplicates: npt.NDArray[np.integer] | None = None,
) -> dict[tuple[str, str], Pairs]:
    """Draw the pairs of every group that the parts allow: (group, negatives) -> Pairs.

    artist, style, part (n,): of the whole catalogue; `part` as `Split.assign` returns it.
    - `seen`: among the `test-seen` pictures: artists that were trained on, pictures that were not.
    - `unseen`: among the pictures of `test` artists.
    - `mix`: the two pooled: positives half seen and half unseen; negatives one quarter seen-seen, one quarter
      unseen-unseen, one half one of each (`Pairs.group` is `cross`). A group with more positives is thinned at random
      to these shares.

    A group whose part is empty is left out; see `draw_pairs` for the rest. Raises PairsError where no group can be
    drawn, and what `draw_pairs` raises.
    """
    rows = {group: np.flatnonzero(part == name) for group, name in GROUP_PARTS.items()}
    groups = [group for group in rows if len(rows[group])]
    if not groups:
        raise PairsError(
            "nothing to judge on: no painting is in 'test' or 'test-seen'; the split leaves no artist for the test"
        )
    drawn: dict[tuple[str, str], Pairs] = {}
    for kind in negatives:
        for group in groups:
            drawn[group, kind] = draw_pairs(
                artist,
                rows[group],
                seed=seed,
                negatives=kind,
                style=style,
                per_artist=per_artist,
                duplicates=duplicates,
                group=group,
            )
        if len(groups) == 2:
            drawn["mix", kind] = _mix(artist, style, rows, seed, kind, per_artist, duplicates)
    return drawn


def _mix(
    artist: Labels,
    style: Labels,
    rows: dict[str, IntArray],
    seed: int,
    negatives: Negatives,
    per_artist: int,
    duplicates: npt.NDArray[np.integer] | None,
) -> Pairs:
    both = np.concatenate([rows["seen"], rows["unseen"]])
    styles = style_numbers(style, both) if negatives == "style-matched" else None
    opponents = {group: Opponents(artist, rows[group], styles) for group in rows}
    rng = np.random.default_rng([seed, 3 + NEGATIVES.index(negatives)])
    quarters: list[tuple[IntArray, IntArray, str, str]] = []
    for group in rows:
        first, second = draw_positives(artist, rows[group], seed=seed, per_artist=per_artist, duplicates=duplicates)
        other_group = "unseen" if group == "seen" else "seen"
        # Every second positive goes to either kind of negative; where one has no opponent there, the other kind may.
        within, across = opponents[group].available(first), opponents[other_group].available(first)
        to_cross = np.where(within & across, np.arange(len(first)) % 2 == 0, across)
        for chosen, where in ((within & ~to_cross, group), (to_cross, other_group)):
            quarters.append((first[chosen], second[chosen], group, where))
    size = min(len(first) for first, *_ in quarters)
    if size == 0:
        raise PairsError(
            f"no mixed set of pairs with {negatives} negatives: seen and unseen paintings share no style, or lack two "
            f"artists"
        )
    firsts, seconds, others, positive_groups, negative_groups = [], [], [], [], []
    for first, second, group, where in quarters:
        keep = rng.choice(len(first), size=size, replace=False)
        firsts.append(first[keep])
        seconds.append(second[keep])
        others.append(opponents[where].draw(first[keep], rng, duplicates=duplicates))
        positive_groups.append(np.full(size, group, dtype=object))
        negative_groups.append(np.full(size, group if where == group else "cross", dtype=object))
    return join(*(np.concatenate(part) for part in (firsts, seconds, others, positive_groups, negative_groups)))
