"""Rows added below a baseline JPEG, so that damage at its end is seen.

libvips looks for libjpeg's warnings before it decodes each strip of 8 rows, and so never after the last: a file whose
picture data end early was opened with a grey or smeared foot, of up to 64 px where it was shrunk by 8. Here the header
asks for one strip more. Its picture data are the file's own, once more, after a restart marker that ends the true ones;
where such a marker cannot be set, the strip has no data, which only fits at full resolution. Progressive files and those
of several scans are read whole before the first strip and need none of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle, islice

from morelli.pictures.jpeg import segments

_STRIP = 8  # rows that libvips decodes between two looks at the warnings
_TALLEST = 65_500  # px, libjpeg's limit
_START_OF_FRAME, _START_OF_SCAN, _END = (0xC0, 0xC1), 0xDA, b"\xff\xd9"


@dataclass(frozen=True)
class _Layout:
    """Where things stand in a baseline JPEG of one scan.

    unit: px of a row of MCUs; across, rows: how many MCUs a row and how many rows; ahead: whether chroma is interpolated
    between rows; restarts: whether restart markers stand in the picture data.
    """

    frame: int
    scan: int
    picture: int
    height: int
    unit: int
    across: int
    rows: int
    ahead: bool
    restarts: bool


def most_shrink(data: bytes) -> int:
    """Return the greatest factor, of 1, 2, 4 and 8, by which a JPEG can be shrunk while it is read, its end still guarded."""
    layout = _layout(data)
    return 8 if layout is None or _can_restart(layout) else 1


def guarded(data: bytes, *, shrink: int) -> bytes:
    """Return a JPEG with rows added below it, for reading with a shrink of 1, 2, 4 or 8; the same where it needs none."""
    layout = _layout(data)
    if layout is None or (shrink == 1 and (layout.ahead or (layout.height - 1) % layout.unit >= _STRIP)):
        # At full resolution the last row of MCUs is looked at where two strips share it, and where it is decoded ahead, for
        # chroma to be interpolated.
        return data
    true_rows = -(-layout.rows * layout.unit // shrink)
    height = (-(-true_rows // _STRIP) * _STRIP + 1) * shrink
    if height > _TALLEST:
        return data
    changed = bytearray(data)
    changed[layout.frame + 5 : layout.frame + 7] = height.to_bytes(2, "big")
    if not _can_restart(layout):
        return bytes(changed)
    end = data.find(_END, layout.picture)
    picture = data[layout.picture : end if end >= 0 else len(data)]
    copies = -(-(-(-height // layout.unit) - layout.rows) // layout.rows)
    interval = b"\xff\xdd\0\4" + (layout.across * layout.rows).to_bytes(2, "big")
    again = [piece for marker in islice(cycle(range(0xD0, 0xD8)), copies) for piece in (bytes([0xFF, marker]), picture)]
    head, scan = changed[: layout.scan], changed[layout.scan : layout.picture]
    return b"".join([head, interval, scan, picture, *again, _END])


def _can_restart(layout: _Layout) -> bool:
    return not layout.restarts and layout.across * layout.rows <= 0xFFFF


def _layout(data: bytes) -> _Layout | None:
    """Return the layout of a baseline JPEG of one scan; None for any other."""
    frame, restarts = -1, False
    for marker, start, end in segments(data):
        if marker in _START_OF_FRAME:
            frame = start
        elif marker == 0xDD and data[start + 4 : start + 6] != b"\0\0":
            restarts = True
        elif marker == _START_OF_SCAN and frame >= 0 and start + 5 <= end:
            return _of_one_scan(data, frame, start, restarts=restarts)
    return None


def _of_one_scan(data: bytes, frame: int, scan: int, *, restarts: bool) -> _Layout | None:
    height, width = (int.from_bytes(data[frame + at : frame + at + 2], "big") for at in (5, 7))
    components = data[frame + 9]
    if frame + 10 + 3 * components > scan:
        return None
    sampling = [data[frame + 11 + 3 * component] for component in range(components)]
    picture = scan + 2 + int.from_bytes(data[scan + 2 : scan + 4], "big")
    drawn = data[scan + 4] == components and height * width > 0
    if not drawn or not sampling or not all(s >> 4 and s & 15 for s in sampling):
        return None
    wide, high = [s >> 4 for s in sampling], [s & 15 for s in sampling]
    # One component's MCUs are single blocks.
    unit_width, unit = (8, 8) if components == 1 else (8 * max(wide), 8 * max(high))
    ahead = min(high) < max(high)
    return _Layout(frame, scan, picture, height, unit, -(-width // unit_width), -(-height // unit), ahead, restarts)
