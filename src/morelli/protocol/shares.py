"""How many artists of each style go to each part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]


def largest_remainder(total: int, shares: npt.NDArray[np.floating]) -> IntArray:
    """Round `total * shares` to whole numbers that sum to `total`; ties go to the earlier part.

    shares: (p,), not negative, summing to 1.

    >>> largest_remainder(10, np.array([0.65, 0.10, 0.10, 0.15])).tolist()
    [7, 1, 1, 1]
    """
    return _round(np.asarray(shares, dtype=float) * total, total, fill_empty_first=np.zeros(len(shares), dtype=bool))


def part_totals(n: int, shares: Sequence[float], *, minimum: int) -> IntArray:
    """Return how many of `n` artists each part gets (p,): the shares, but at least `minimum` in every part that has a
    share.

    Parts below the minimum are filled from the largest part. Raises ValueError where `n` does not suffice.

    >>> part_totals(506, (0.65, 0.10, 0.10, 0.15), minimum=2).tolist()
    [329, 51, 50, 76]
    >>> part_totals(9, (0.65, 0.10, 0.10, 0.15), minimum=2).tolist()
    [3, 2, 2, 2]
    """
    fractions = np.asarray(shares, dtype=float)
    wanted = fractions > 0
    if n < minimum * int(wanted.sum()):
        raise ValueError(f"{n} is fewer than {minimum} for each of {int(wanted.sum())} parts")
    totals = largest_remainder(n, fractions)
    while (totals[wanted] < minimum).any():
        poorest = int(np.flatnonzero(wanted)[np.argmin(totals[wanted])])
        totals[int(np.argmax(totals))] -= 1
        totals[poorest] += 1
    return totals


def allocate(sizes: Sequence[int], totals: npt.NDArray[np.integer]) -> IntArray:
    """Share strata out over parts so that each part has its total and every stratum is shared out alike.

    sizes: artists in each stratum (s,). totals: artists in each part (p,), same sum. Returns counts (s, p): rows sum to
    `sizes`, columns to `totals`.

    Strata are walked in the order given and the rounding error of each is carried to the next (error diffusion), so
    small strata do not all round the same way; inside a stratum, parts that would have nobody are served first. What is
    left at the end is settled in the strata that have most to give.

    >>> allocate([4, 20, 40], np.array([42, 6, 6, 10])).tolist()
    [[2, 1, 0, 1], [14, 1, 2, 3], [26, 4, 4, 6]]
    """
    wanted = np.asarray(totals, dtype=np.int64)
    n = int(wanted.sum())
    if n != sum(sizes):
        raise ValueError(f"strata hold {sum(sizes)}, parts ask for {n}")
    counts = np.zeros((len(sizes), len(wanted)), dtype=np.int64)
    carry = np.zeros(len(wanted))
    for row, size in enumerate(sizes):
        exact = size * wanted / n + carry
        counts[row] = _round(exact, size, fill_empty_first=wanted > 0)
        carry = exact - counts[row]
    _settle(counts, wanted)
    return counts


def _round(exact: npt.NDArray[np.floating], total: int, *, fill_empty_first: npt.NDArray[np.bool_]) -> IntArray:
    """Round (p,) numbers to whole ones that are not negative and sum to `total`."""
    base: IntArray = np.floor(np.maximum(exact, 0) + 1e-9).astype(np.int64)
    rest = exact - base
    empty = fill_empty_first & (base == 0) & (exact > 1e-9)
    order = sorted(range(len(base)), key=lambda p: (-int(empty[p]), -round(float(rest[p]), 9), p))
    while (missing := total - int(base.sum())) > 0:
        for p in [p for p in order if exact[p] > 1e-9][:missing] or order[:missing]:
            base[p] += 1
    while base.sum() > total:  # a negative carry left less than the floors ask for
        over = np.where(base > 0, exact - base, np.inf)
        base[int(np.argmin(over))] -= 1
    return base


def _settle(counts: IntArray, totals: IntArray) -> None:
    """Move single artists between parts, in place, until every column has its total."""
    while (difference := counts.sum(axis=0) - totals).any():
        giver, taker = int(np.argmax(difference)), int(np.argmin(difference))
        stratum = int(np.argmax(counts[:, giver]))
        counts[stratum, giver] -= 1
        counts[stratum, taker] += 1
