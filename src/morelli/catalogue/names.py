"""Artists' names in one spelling, so that two ways of writing one name can be told to be one."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256

# Letters that Unicode does not take apart, as libraries write them in ASCII.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})


def normalise_artist(name: str) -> str:
    """Return a name's slug: case folded, accents and punctuation gone, words joined by `-`; ASCII, never empty.

    The order of words stays: 'Monet, Claude' is another slug than 'Claude Monet'. A name without a letter or digit that
    ASCII can hold (Chinese, Cyrillic, Greek) keeps its own letters apart by a hash: `name-` and 12 hexadecimal digits.

    >>> normalise_artist(" Claude  MONET ") == normalise_artist("claude-monet") == "claude-monet"
    True
    >>> normalise_artist("Édouard Manet"), normalise_artist("L.S. Lowry"), normalise_artist("Peder Severin Krøyer")
    ('edouard-manet', 'l-s-lowry', 'peder-severin-kroyer')
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold()).translate(_LETTERS)
    letters = "".join(c for c in folded if not unicodedata.combining(c))
    letters = re.sub(r"['’ʼ`]", "", letters)  # O'Keeffe is one word
    slug = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")
    if slug and not any(c.isalpha() and not c.isascii() for c in letters):
        return slug
    words = " ".join(re.findall(r"\w+", letters)) or " ".join(name.split())
    return f"name-{sha256(words.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
