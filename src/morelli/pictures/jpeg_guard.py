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

from morelli.pictures.jpeg import Jpeg

_STRIP = 8  # rows that libvips decodes between two looks at the warnings
_TALLEST = 65_500  # px, libjpeg's limit
_END = b"\xff\xd9"


@dataclass(frozen=True)
class _Layout:
    """What a baseline JPEG of one scan is made of.

    picture: where its entropy-coded bytes begin; unit: px of a row of MCUs; across, rows: how many MCUs a row and how many
    rows; ahead: whether chroma is interpolated between rows; restarts: whether restart markers stand in the picture data.
    """

    picture: int
    unit: int
    across: int
    rows: int
    ahead: bool
    restarts: bool

    @property
    def can_restart(self) -> bool:
        """Whether a restart marker can be set at the end of the picture."""
        return not self.restarts and self.across * self.rows <= 0xFFFF


@dataclass(frozen=True)
class Guard:
    """A JPEG and how rows are added below it; `layout` is None where it needs none."""

    jpeg: Jpeg
    layout: _Layout | None

    @classmethod
    def of(cls, jpeg: Jpeg) -> Guard:
        """Look at a JPEG that has a frame."""
        return cls(jpeg, _layout(jpeg))

    @property
    def most_shrink(self) -> int:
        """The greatest factor, of 1, 2, 4 and 8, by which it can be shrunk while it is read, its end still guarded."""
        return 8 if self.layout is None or self.layout.can_restart else 1

    def data(self, *, shrink: int) -> bytes:
        """Return the JPEG with rows added below, for reading with a shrink of 1, 2, 4 or 8; without where it needs none."""
        jpeg, layout = self.jpeg, self.layout
        if layout is None:
            return jpeg.data
        # Of a code that no table has libjpeg-turbo warns on its slow path alone, which a restart interval leads it to.
        interval = b"\xff\xdd\0\4" + (layout.across * layout.rows).to_bytes(2, "big") if layout.can_restart else b""
        true_rows = -(-layout.rows * layout.unit // shrink)
        height = (-(-true_rows // _STRIP) * _STRIP + 1) * shrink
        if height > _TALLEST or (shrink == 1 and (layout.ahead or (jpeg.height - 1) % layout.unit >= _STRIP)):
            # At full resolution the last row of MCUs is looked at where two strips share it, and where it is decoded
            # ahead, for chroma to be interpolated.
            return jpeg.data[: jpeg.scan] + interval + jpeg.data[jpeg.scan :] if interval else jpeg.data
        size = jpeg.frame + 5
        head = jpeg.data[:size] + height.to_bytes(2, "big") + jpeg.data[size + 2 : jpeg.scan] + interval
        if not interval:
            return head + jpeg.data[jpeg.scan :]
        picture = jpeg.data[layout.picture : jpeg.data.find(_END, layout.picture)]
        copies = -(-(-(-height // layout.unit) - layout.rows) // layout.rows)
        markers = islice(cycle(range(0xD0, 0xD8)), copies)
        again = [piece for marker in markers for piece in (bytes([0xFF, marker]), picture)]
        return b"".join([head, jpeg.data[jpeg.scan : layout.picture], picture, *again, _END])


def _layout(jpeg: Jpeg) -> _Layout | None:
    """Return the layout of a baseline JPEG of one scan; None for any other."""
    data, frame, scan = jpeg.data, jpeg.frame, jpeg.scan
    components = data[frame + 9]
    if jpeg.kind not in (0xC0, 0xC1) or frame + 10 + 3 * components > scan or scan + 5 > len(data):
        return None
    sampling = [data[frame + 11 + 3 * component] for component in range(components)]
    if data[scan + 4] != components or not sampling or not all(s >> 4 and s & 15 for s in sampling):
        return None
    wide, high = [s >> 4 for s in sampling], [s & 15 for s in sampling]
    # One component's MCUs are single blocks.
    unit_width, unit = (8, 8) if components == 1 else (8 * max(wide), 8 * max(high))
    return _Layout(
        picture=scan + 2 + int.from_bytes(data[scan + 2 : scan + 4], "big"),
        unit=unit,
        across=-(-jpeg.width // unit_width),
        rows=-(-jpeg.height // unit),
        ahead=min(high) < max(high),
        restarts=any(marker == 0xDD and data[start + 4 : start + 6] != b"\0\0" for marker, start, _ in jpeg.segments),
    )
