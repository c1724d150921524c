"""Reading the structure of protocol buffers from bytes, field by field, without trusting a word of it."""

from __future__ import annotations

from collections.abc import Iterator

VARINT, BYTES = 0, 2
_FIXED64, _FIXED32 = 1, 5
_MOST_FIELDS = 1_000_000  # of all messages together: they are read in Python


class DamagedError(Exception):
    """What is wrong with a file, without its name."""


class Reader:
    """The fields of protocol buffers in bytes; no more than a million of them."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.left = _MOST_FIELDS

    def fields(self, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield (number, kind, start, end) of a message's fields; a varint's value stands in the place of its start."""
        place = start
        while place < end:
            key, place = self.varint(place, end)
            number, kind = key >> 3, key & 7
            if kind == VARINT:
                value, place = self.varint(place, end)
                yield number, kind, value, place
            elif kind == BYTES:
                size, place = self.varint(place, end)
                if size > end - place:
                    raise DamagedError("it is cut off or damaged")
                yield number, kind, place, place + size
                place += size
            elif kind in (_FIXED32, _FIXED64):
                yield number, kind, place, place
                place += 4 if kind == _FIXED32 else 8
            else:
                raise DamagedError("it is damaged, or of another format")
        if place != end:
            raise DamagedError("it is cut off or damaged")

    def packed(self, start: int, end: int) -> Iterator[int]:
        """Yield whole numbers that stand one after another."""
        place = start
        while place < end:
            value, place = self.varint(place, end)
            yield value

    def varint(self, place: int, end: int) -> tuple[int, int]:
        """Return a whole number of at most 70 bits and where it ends."""
        self.left -= 1
        if self.left < 0:
            raise DamagedError("it has more than a million parts")
        value = 0
        for shift in range(0, 70, 7):
            if place >= end:
                break
            byte = self.data[place]
            place += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value, place
        raise DamagedError("it is cut off or damaged")

    def text(self, start: int, end: int) -> str:
        """Return a name."""
        return self.data[start:end].decode()


def body(kind: int, start: int, end: int) -> tuple[int, int]:
    """Return where a field's bytes stand; DamagedError where it has none."""
    if kind != BYTES:
        raise DamagedError("it is damaged, or of another format")
    return start, end
