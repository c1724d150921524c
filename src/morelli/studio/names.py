"""Made-up painters' names: unique, the same for a seed on every machine."""

from __future__ import annotations

import numpy as np


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words(
    "Ada Adrian Agnes Albin Alma Anselm Astrid August Beatrix Benno Bruna Cato Celia Clement Cora Dario Delia "
    "Edda Edmund Elio Elsa Emeric Enid Fabian Flora Florian Gerda Gideon Greta Hanno Hedda Ida Ilse Ines Ivo "
    "Jonas Jutta Karel Lars Lena Leonie Livia Lorenz Luca Magda Marek Marta Milo Mina Nils Nora Odile Olga Oskar "
    "Paula Quentin Ragna Remo Rosa Rufus Sabine Selma Silvan Tessa Thea Tilo Ursin Vera Viktor Wanda"
)
_HEAD = _words(
    "Alder Ban Bel Bern Bor Bran Cal Cor Dal Del Dor Ebel Eg Fal Fen Fin Gal Gars Hal Har Hol Il Jar Kal Kes Lan "
    "Lind Lor Mal Mar Mer Mon Nor Ol Or Pel Per Quin Ral Ros Sal Sand Sel Sten Tal Thor Tor Ul Val Var Ver Wal "
    "Wen Wer Zan"
)
_TAIL = _words(
    "berg bini brandt dano dell din done dorff eau elli ema ersen etti feldt gard gren haven heim ier ini ison "
    "itz kamp ko kvist ley lini low lund man mark mont nari nier nov oni ova quist rath reau ric rop sen skog son "
    "stad stein ström thal torp vall vani vik vitz wald wyn zelli"
)

CAPACITY = len(_HEAD) * len(_TAIL) * len(_FIRST)
"""So many painters have different names."""


def painter_name(seed: int, painter: int) -> str:
    """Return a painter's name; no two painters of one seed share one, and the first few thousand no surname."""
    if not 0 <= painter < CAPACITY:
        raise ValueError(f"painter {painter} is not among the {CAPACITY} that have names")
    surnames = len(_HEAD) * len(_TAIL)
    # A walk through all surnames in steps prime to their number meets each once before any again.
    rng = np.random.default_rng([seed, 11])
    start = int(rng.integers(surnames))
    stride = int(rng.choice([k for k in range(surnames // 3, surnames // 2) if np.gcd(k, surnames) == 1]))
    which = (start + stride * painter) % surnames
    first = int(np.random.default_rng([seed, 13, which]).integers(len(_FIRST)))
    given = _FIRST[(first + painter // surnames) % len(_FIRST)]
    return f"{given} {_HEAD[which // len(_TAIL)]}{_TAIL[which % len(_TAIL)]}"
