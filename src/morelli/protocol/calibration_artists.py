"""Who a calibration speaks for: the population that its pairs were drawn from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.protocol import fields
from morelli.protocol.number_words import counted
from morelli.protocol.pairs import Labels

_MOST_STYLES = 10_000


@dataclass(frozen=True, kw_only=True)
class CalibrationArtists:
    """How many artists and paintings, and of which styles.

    styles: label -> artists who have a painting in it, most first; an artist may stand in several; unknown styles are
    left out.
    """

    artists: int
    paintings: int
    styles: Mapping[str, int]

    @classmethod
    def count(cls, artist: Labels, style: Labels, rows: npt.NDArray[np.integer]) -> CalibrationArtists:
        """Count rows of a catalogue. artist, style (n,): one name an artist; unknown styles are empty."""
        cells = {(str(style[row]), str(artist[row])) for row in rows if style[row]}
        styles = Counter(name for name, _ in cells)
        ranked = sorted(styles.items(), key=lambda one: (-one[1], one[0]))
        return cls(
            artists=len({str(artist[row]) for row in rows}), paintings=len(rows), styles=dict(ranked[:_MOST_STYLES])
        )

    def to_dict(self) -> dict[str, object]:
        """Return plain values for a file."""
        return {"artists": self.artists, "paintings": self.paintings, "styles": dict(self.styles)}

    @classmethod
    def from_dict(cls, found: object, *, source: str) -> CalibrationArtists:
        """Read what `to_dict` wrote. source: the file's name, for messages. Raises ValueError."""
        read = fields.table(found, source=source)
        fields.check_keys(read, needed=("artists", "paintings", "styles"), source=source)
        styles = fields.table(read["styles"], source=f"{source}, styles")
        return cls(
            artists=fields.whole(read["artists"], source=f"{source}, artists"),
            paintings=fields.whole(read["paintings"], source=f"{source}, paintings"),
            styles={name: fields.whole(one, source=f"{source}, styles") for name, one in styles.items()},
        )

    def in_words(self, *, most: int = 4) -> str:
        """Return it as a phrase.

        >>> CalibrationArtists(artists=5, paintings=60, styles={"Realism": 3, "Cubism": 2, "Rococo": 1}).in_words(most=2)
        '60 paintings by 5 artists (Realism 3, Cubism 2, 1 more style)'
        """
        shown = [f"{name} {count}" for name, count in list(self.styles.items())[:most]]
        if (rest := len(self.styles) - len(shown)) > 0:
            shown.append(counted(rest, "more style"))
        whose = f"{counted(self.paintings, 'painting')} by {counted(self.artists, 'artist')}"
        return whose + (f" ({', '.join(shown)})" if shown else "")
