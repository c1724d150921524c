"""The segments of a JPEG file, read without decoding it: what libjpeg stumbles over, damage it does not see, its quality."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from morelli.pictures.formats import CONVERT

_SCAN, _END = 0xDA, b"\xff\xd9"  # from here on the picture data stand
_READ = frozenset((0xC0, 0xC1, 0xC2))  # baseline, extended, progressive: those whose damage libjpeg notices
_MOST = 20_000  # steps through a head: more is an attack on our time
_SCANS = re.compile(rb"\xff\xda\x00[\x06-\x0e][\x01-\x04]")
_CLOSING = (_SCAN, 0xD9)
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # in these sizes and components stand
# ITU-T T.81, table K.1, luminance, in the zigzag order of the file.
_STANDARD = (
    "16 11 12 14 12 10 16 14 13 14 18 17 16 19 24 40 26 24 22 22 24 49 35 37 29 40 58 51 61 60 57 51 "
    "56 55 64 72 92 78 64 68 87 69 55 56 80 109 81 87 95 98 103 104 103 62 77 113 121 112 100 120 92 101 103 99"
)


@dataclass(frozen=True, eq=False)
class Jpeg:
    """A JPEG's bytes, junk left out, and its segments as `segments` gives them."""

    data: bytes
    segments: tuple[tuple[int, int, int], ...]

    @cached_property
    def frame(self) -> int:
        """Where the segment with the sizes stands; -1 where there is none, or only a part of it."""
        start = next((start for marker, start, _ in self.segments if marker in _FRAMES), -1)
        return start if start + 10 <= len(self.data) else -1

    @property
    def kind(self) -> int:
        """The frame's marker: 0xC0 and 0xC1 are of one pass, 0xC2 is progressive."""
        return self.data[self.frame + 1]

    @cached_property
    def scan(self) -> int:
        """Where the picture data begin; the end of the file where there are none."""
        return next((start for marker, start, _ in self.segments if marker == _SCAN), len(self.data))

    @property
    def height(self) -> int:
        """Rows, as the frame says."""
        return int.from_bytes(self.data[self.frame + 5 : self.frame + 7], "big")

    @property
    def width(self) -> int:
        """Columns, as the frame says."""
        return int.from_bytes(self.data[self.frame + 7 : self.frame + 9], "big")

    @property
    def fault(self) -> str:
        """What is wrong with it that libjpeg does not see, or does not say; empty where nothing is."""
        if self.frame < 0 or self.data.rfind(_END, self.scan) < 0:
            return "truncated: the end of the JPEG is missing; copy the file again"
        if self.kind not in _READ:
            return f"a JPEG coded in a rare way is not opened; {CONVERT}"
        if not self.width or not self.height:
            return "damaged: this JPEG says that it has no width or no height"
        if self.is_zeroed:
            return "damaged: a part of this JPEG's picture data is zeroed; copy the file again"
        if self.lacks_scans:
            return "truncated: the last scans of this progressive JPEG are missing; copy the file again"
        return ""

    @property
    def is_zeroed(self) -> bool:
        """Whether it is of one pass and has a run of zero bytes in its picture data that no encoder writes.

        The shortest Huffman code is all zeros. Where it means 0 in every table, flat parts may be zeros (not told from
        damage); where it means another value in one, zeros would decode to a noise that no picture has.
        """
        first_symbols = set[int]()
        for marker, start, end in self.segments:
            table = start + 4
            while marker == 0xC4 and table + 17 < end <= len(self.data):
                first_symbols.add(self.data[table + 17])
                table += 17 + sum(self.data[table + 1 : table + 17])
        if self.kind not in (0xC0, 0xC1) or not first_symbols > {0}:
            return False
        last = self.data.find(_END, self.scan)
        return self.data.find(bytes(64), self.scan, last if last >= 0 else len(self.data)) >= 0

    @property
    def lacks_scans(self) -> bool:
        """Whether it is progressive and ends before every coefficient of every component was sent to its last bit.

        libjpeg shows such a file as a blurred picture and says nothing; one that was cut off and closed again is so.
        """
        if self.kind != 0xC2:
            return False
        data, first = self.data, self.frame + 10
        components = [data[at] for at in range(first, min(first + 3 * data[first - 1], len(data)), 3)]
        missing = {component: set(range(64)) for component in components}
        for found in _SCANS.finditer(data, self.frame):
            at = found.start()
            names = data[at + 5 : at + 5 + 2 * data[at + 4] : 2]
            lowest, highest, bits = (*data[at + 5 + 2 * len(names) : at + 8 + 2 * len(names)], 0, 0, 1)[:3]
            for component in names:
                if not bits & 15:
                    missing.get(component, set()).difference_update(range(lowest, highest + 1))
        return any(missing.values())


def read_jpeg(data: bytes) -> Jpeg:
    """Read a JPEG's segments and leave out what stands between them, of which libjpeg warns though it harms nothing."""
    found = tuple(segments(data))
    closed = len(found) > 1 and found[-1][0] in _CLOSING
    if not closed or (found[0][1] == 2 and all(one[2] == other[1] for one, other in pairwise(found))):
        return Jpeg(data, found)
    cleaned = b"".join([data[:2], *(data[start:end] for _, start, end in found)])
    return Jpeg(cleaned, tuple(segments(cleaned)))


def segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield (marker, start, end) of the segments of a JPEG's head; last the picture data, as (0xDA, start, end of file).

    start: where the segment's marker stands; its body begins four bytes on. end: past its last byte, which may lie past
    the end of the file. What stands between segments is passed over. Without picture data the last is (0xD9, start, end
    of file), or missing.
    """
    place = 2
    for _ in range(_MOST):
        at = data.find(b"\xff", place)
        if at < 0 or at + 4 > len(data):
            return
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            place = at + 1
        elif marker in _CLOSING:
            yield marker, at, len(data)
            return
        elif marker in (0x00, 0x01) or 0xD0 <= marker <= 0xD8:  # these have no length
            place = at + 2
        else:
            end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
            yield marker, at, end
            place = max(end, at + 2)


def quality(jpeg: Jpeg) -> int | None:
    """Return the quality, 1 to 100, that a JPEG's table for luminance comes nearest to on the scale of the Independent
    JPEG Group; None where it has no such table.

    Another program's own tables are measured on that scale too. A file that was saved again says only how it was saved
    last.
    """
    tables: dict[int, npt.NDArray[np.float64]] = {}
    wanted = 0
    for marker, start, end in jpeg.segments:
        body = jpeg.data[start + 4 : end]
        if marker == 0xDB:
            tables |= _tables(body)
        elif marker in _FRAMES and len(body) >= 9:
            wanted = body[8]  # the first component's table
    if wanted not in tables:
        return None
    return 1 + int(np.abs(_scales() - tables[wanted]).sum(axis=1).argmin())


def _tables(body: bytes) -> dict[int, npt.NDArray[np.float64]]:
    """Quantisation tables by number, of one segment that may hold several, with one or two bytes a value."""
    found = {}
    place = 0
    while place < len(body):
        wide, number = body[place] >> 4, body[place] & 15
        values = np.frombuffer(body[place + 1 : place + 1 + 64 * (1 + (wide > 0))], dtype=">u2" if wide else np.uint8)
        if len(values) < 64:
            break
        found[number] = values.astype(np.float64)
        place += 1 + values.nbytes
    return found


@cache
def _scales() -> npt.NDArray[np.float64]:
    """The table for luminance at each quality (100, 64), as the Independent JPEG Group's library scales it."""
    standard = np.array(_STANDARD.split(), dtype=np.float64)
    scale = np.array([5000 // q if q < 50 else 200 - 2 * q for q in range(1, 101)], dtype=np.float64)
    return np.clip(np.floor((standard * scale[:, np.newaxis] + 50) / 100), 1, 255)
