"""The segments of a JPEG file, read without decoding it: what libjpeg stumbles over, damage it does not see, its quality."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import numpy as np
import numpy.typing as npt

_SCAN = 0xDA  # from here on the picture data stand
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


def without_junk(data: bytes) -> bytes:
    """Leave out what stands between the segments of a JPEG's head, of which libjpeg warns though it harms nothing."""
    kept = [(marker, data[start:end]) for marker, start, end in segments(data)]
    whole = len(kept) > 1 and kept[-1][0] in _CLOSING
    return b"".join([data[:2], *(segment for _, segment in kept)]) if whole else data


def is_rare(data: bytes) -> bool:
    """Tell whether a JPEG is coded in a way that is hardly used (arithmetic, lossless, hierarchical): not read, for libjpeg
    decodes some of them and does not notice where they are cut off.
    """
    return any(marker in _FRAMES - _READ for marker, _, _ in segments(data))


def lacks_scans(data: bytes) -> bool:
    """Tell whether a progressive JPEG ends before every coefficient of every component was sent to its last bit.

    libjpeg shows such a file as a blurred picture and says nothing; a file that was cut off and closed again is one.
    """
    frame = next((start for marker, start, _ in segments(data) if marker == 0xC2), None)
    if frame is None or frame + 10 > len(data):
        return False
    components = [data[at] for at in range(frame + 10, min(frame + 10 + 3 * data[frame + 9], len(data)), 3)]
    missing = {component: set(range(64)) for component in components}
    for found in _SCANS.finditer(data, frame):
        at = found.start()
        names = data[at + 5 : at + 5 + 2 * data[at + 4] : 2]
        first, last, bits = (*data[at + 5 + 2 * len(names) : at + 8 + 2 * len(names)], 0, 0, 1)[:3]
        for component in names:
            if not bits & 15:
                missing.get(component, set()).difference_update(range(first, last + 1))
    return any(missing.values())


def is_zeroed(data: bytes) -> bool:
    """Tell whether a baseline JPEG has a run of zero bytes in its picture data that no encoder writes.

    The shortest Huffman code is all zeros. Where it means 0 in every table, flat parts may be zeros (not told from
    damage); where it means another value in one, zeros would decode to a noise that no picture has.
    """
    first_symbols, baseline, picture = set[int](), False, b""
    for marker, start, end in segments(data):
        baseline |= marker in (0xC0, 0xC1)
        table = start + 4
        while marker == 0xC4 and table + 17 < end <= len(data):
            first_symbols.add(data[table + 17])
            table += 17 + sum(data[table + 1 : table + 17])
        if marker == _SCAN:
            last = data.find(b"\xff\xd9", start)
            picture = data[start : last if last >= 0 else end]
    return baseline and first_symbols > {0} and bytes(64) in picture


def quality(data: bytes) -> int | None:
    """Return the quality, 1 to 100, that a JPEG's table for luminance comes nearest to on the scale of the Independent
    JPEG Group; None where it has no such table.

    Another program's own tables are measured on that scale too. A file that was saved again says only how it was saved
    last.
    """
    tables: dict[int, npt.NDArray[np.float64]] = {}
    wanted = 0
    for marker, start, end in segments(data):
        body = data[start + 4 : end]
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
