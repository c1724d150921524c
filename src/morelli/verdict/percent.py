"""A probability in words: the one number that is written as a percentage."""

from __future__ import annotations


def percent(chance: float) -> str:
    """Return a probability in [0, 1] as a percentage with as many digits as its nearer end asks for, never 0 % or 100 %.

    >>> [percent(p) for p in (0.5, 0.984, 0.996, 0.0004, 0.99999)]
    ['50%', '98%', '99.6%', '0.04%', 'over 99.99%']
    """
    rest = min(chance, 1 - chance)
    if rest < 0.0001:
        return "under 0.01%" if chance < 0.5 else "over 99.99%"
    digits = 0 if rest >= 0.01 else 1 if rest >= 0.001 else 2
    return f"{chance:.{digits}%}"
