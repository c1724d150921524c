"""Plain CSV rows, read by arithmetic on whole blocks, as fast in any order of rows (`benchmarks/kaggle_pairs.py` has DuckDB beside it).

Plain is a row of fields without quotes, blanks and signs, each at most eight bytes but for an ending that all words of its column share:
`17,1042.jpg,998.jpg`. A field is taken as one little-endian 64-bit number, and eight digits become a value in three multiplications.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Bytes8 = npt.NDArray[np.uint64]
IntArray = npt.NDArray[np.integer]
_U = np.uint64
_COMMA, _LINE_FEED = 44, 10
_FEW = 64
# By the length of a field, 0 to 8: which of the eight bytes before its end are its own; zeros (the digit) for the others.
_OWN = np.array([0] + [(1 << 64) - (1 << 8 * (8 - length)) for length in range(1, 9)], dtype=_U)
_ZEROS = ~_OWN & _U(0x3030303030303030)
_STEPS = tuple(
    (_U(shift), _U(10 ** (shift // 8)), _U(mask))
    for shift, mask in ((8, 0x00FF00FF00FF00FF), (16, 0x0000FFFF0000FFFF), (32, 0x00000000FFFFFFFF))
)
_LEAST = np.array([1, 0] + [10 ** (length - 1) for length in range(2, 9)], dtype=_U)  # without a leading zero


class Words:
    """Words that plain rows can hold: numbers with a shared ending, or a few of at most eight bytes; others are never found."""

    def __init__(self, words: Sequence[str]) -> None:
        """Prepare to find these words, which are distinct."""
        data = [word.encode() for word in words]
        self.ending: bytes = _shared_ending(data)
        stems = [word[: len(word) - len(self.ending)] for word in data]
        self._table = self._places = np.empty(0, dtype=np.int64)
        self._keys = np.empty(0, dtype=_U)
        if all(stem.isdigit() and len(stem) < 8 and str(int(stem)).encode() == stem for stem in stems):
            numbers = np.array([int(stem) for stem in stems], dtype=np.int64)
            self._table = np.full(int(numbers.max(initial=0)) + 2, -1, dtype=np.int32)
            self._table[numbers] = np.arange(len(numbers))
        elif len(stems) <= _FEW and all(0 < len(stem) <= 8 for stem in stems):
            keys = np.array([int.from_bytes(stem.rjust(8, b"\0"), "little") for stem in stems], dtype=_U)
            self._places = np.argsort(keys)
            self._keys = keys[self._places]

    def places(self, field: Bytes8, length: IntArray) -> IntArray | None:
        """Return the place of every word (n,); None where one is not known. field: the eight bytes that end with each stem (n,)."""
        if len(self._table):
            number = numbers(field, length)
            if number is None or (number < _LEAST.take(length)).any():
                return None
            # What is too large meets the last place of the table, which is -1.
            places = self._table.take(number.view(np.int64), mode="clip")
            return None if (places < 0).any() else places
        if not len(self._keys):
            return None
        key = field & _OWN[length]
        at = np.minimum(np.searchsorted(self._keys, key), len(self._keys) - 1)
        return self._places[at] if (self._keys[at] == key).all() else None


def numbers(field: Bytes8, length: IntArray) -> Bytes8 | None:
    """Return the values (n,) of fields of 1 to 8 digits; None where one has another byte in it. field: the eight bytes that end with each.

    >>> numbers(np.frombuffer(b"junk,042", dtype="<u8"), np.array([3])).tolist()
    [42]
    """
    value = field & _OWN.take(length)
    value |= _ZEROS.take(length)
    value ^= _U(0x3030303030303030)  # 0 to 9 in every byte
    other = value + _U(0x7676767676767676)
    other |= value
    other &= _U(0x8080808080808080)
    if other.any():
        return None
    for shift, ten, mask in _STEPS:  # neighbours to one number: digits, then pairs, then fours
        np.right_shift(value, shift, out=other)
        value *= ten
        value += other
        value &= mask
    return value


def read_plain_rows(data: bytes, columns: Sequence[Words | None]) -> list[IntArray] | None:
    """Read lines, each ended by a line feed -> an array (n,) a column: numbers, or places of words; None where a row is not plain."""
    padded = b"00000000" + data
    each = np.frombuffer(padded, dtype=np.uint8)
    ends = np.flatnonzero(each < 45)  # commas and line feeds, and bytes that no plain row has
    if not len(ends) or len(ends) % len(columns):
        return None
    of = np.ascontiguousarray(ends.reshape(-1, len(columns)).T)
    if not (all((each[end] == _COMMA).all() for end in of[:-1]) and (each[of[-1]] == _LINE_FEED).all()):
        return None
    starts = [np.concatenate([[7], of[-1, :-1]]), *of[:-1]]
    eight = np.ndarray((len(padded) - 7,), dtype="<u8", buffer=padded, strides=(1,))
    found: list[IntArray] = []
    for words, start, end in zip(columns, starts, of, strict=True):
        ending: bytes = b"" if words is None else words.ending
        stem = end - len(ending)
        length = stem - start - 1
        if length.min() < 1 or length.max() > 8 or not _ends_with(eight, end, ending):
            return None
        field = eight[stem - 8]
        values = numbers(field, length) if words is None else words.places(field, length)
        if values is None:
            return None
        found.append(values)
    return found


def _shared_ending(words: Sequence[bytes]) -> bytes:
    """Return what all words end with, from its first byte that is no digit on; nothing for a single word."""
    if len(words) < 2:
        return b""
    backwards = [word[::-1] for word in words]
    low, high = min(backwards), max(backwards)
    shared = next((k for k, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), min(len(low), len(high)))
    return low[:shared][::-1].lstrip(b"0123456789")


def _ends_with(eight: npt.NDArray[np.uint64], end: IntArray, ending: bytes) -> bool:
    if not ending:
        return True
    if len(ending) > 8:
        return False
    own = _OWN[len(ending)]
    key = _U(int.from_bytes(ending.rjust(8, b"\0"), "little"))
    return bool((eight[end - 8] & own == key).all())
