"""What is fixed before anything is judged: one threshold, and for each kind of negatives a calibration and operating
points.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from morelli.errors import OperatingPointError, PairsError, nearest
from morelli.protocol import fields
from morelli.protocol.arrays import FloatArray
from morelli.protocol.calibration import Calibration, calibration_from_dict
from morelli.protocol.calibration_artists import CalibrationArtists
from morelli.protocol.operating_point import OperatingPoint, Refused, point_from_dict
from morelli.protocol.pairs import NEGATIVES
from morelli.protocol.point_names import BALANCED, nearest_points, parse_point

Points = Mapping[str, OperatingPoint | Refused]


@dataclass(frozen=True, kw_only=True)
class Decision:
    """How similarities are read.

    threshold: pairs at or above it are called the same artist in an evaluation's tables; from balanced random pairs.
    calibrations: by kind of negatives, `random` always, `style-matched` where the styles allowed it. points: by kind of
    negatives, then by name; each was chosen and measured on its own kind. artists: whom all this was fitted on; None,
    and no points, in files of before there were any. fitted_on: in words.
    """

    threshold: float
    calibrations: Mapping[str, Calibration]
    fitted_on: str
    points: Mapping[str, Points] = field(default_factory=dict)
    artists: CalibrationArtists | None = None

    def __post_init__(self) -> None:
        if not np.isfinite(self.threshold):
            raise ValueError(f"threshold {self.threshold} is not finite")
        if "random" not in self.calibrations or not set(self.calibrations) <= set(NEGATIVES):
            raise ValueError(
                f"calibrations for {sorted(self.calibrations)}; 'random' must be there, 'style-matched' may be"
            )
        if not set(self.points) <= set(self.calibrations):
            raise ValueError(
                f"operating points for {sorted(self.points)}, calibrations for {sorted(self.calibrations)}"
            )
        for kind, points in self.points.items():
            for name in points:
                if parse_point(name)[0] != name:
                    raise ValueError(f"{kind}: an operating point is called {name!r}, not {parse_point(name)[0]!r}")

    def llr(self, similarity: npt.NDArray[np.floating], *, negatives: str) -> FloatArray:
        """Turn similarities (n,) into natural-log likelihood ratios (n,) against one kind of negatives."""
        return self.calibration(negatives).llr(similarity)

    def calibration(self, negatives: str) -> Calibration:
        """Return the calibration against one kind of negatives. Raises PairsError where there is none."""
        if negatives not in self.calibrations:
            raise PairsError(f"no calibration for {negatives!r} negatives; {nearest(negatives, self.calibrations)}")
        return self.calibrations[negatives]

    def point(self, name: str = BALANCED, *, negatives: str) -> OperatingPoint:
        """Return an operating point by its name, such as `fpr=1%`.

        Raises PairsError where there is no calibration for these negatives, OperatingPointError for a name that is
        none, that is not stored (it names the nearest), or that was refused (it says what would be needed).
        """
        self.calibration(negatives)
        plain, _ = parse_point(name)
        points = self.points.get(negatives, {})
        if not points:
            raise OperatingPointError(
                "this calibration has no operating points: it is of an older version; calibrate the model again "
                "('morelli calibrate')"
            )
        if plain not in points:
            offered = [one for one, point in points.items() if isinstance(point, OperatingPoint)]
            raise OperatingPointError(f"operating point {plain!r} is not stored; {nearest_points(plain, offered)}")
        found = points[plain]
        if isinstance(found, Refused):
            offered = [one for one, point in points.items() if isinstance(point, OperatingPoint)]
            raise OperatingPointError(
                f"operating point {plain!r} is not offered against {negatives} negatives: {found.reason}; "
                f"offered: {', '.join(offered) or 'none'}"
            )
        return found

    def to_dict(self) -> dict[str, object]:
        """Return plain values for a file."""
        found: dict[str, object] = {
            "threshold": self.threshold,
            "fitted_on": self.fitted_on,
            "calibrations": {name: one.to_dict() for name, one in sorted(self.calibrations.items())},
        }
        if self.artists is not None:
            found["artists"] = self.artists.to_dict()
        if self.points:
            found["points"] = {
                kind: {name: one.to_dict() for name, one in points.items()}
                for kind, points in sorted(self.points.items())
            }
        return found

    @classmethod
    def from_dict(cls, found: object, *, source: str) -> Decision:
        """Read what `to_dict` wrote. source: the file's name, for messages. Raises ValueError."""
        read = fields.table(found, source=source)
        fields.check_keys(
            read, needed=("threshold", "calibrations", "fitted_on"), optional=("artists", "points"), source=source
        )
        calibrations = fields.table(read["calibrations"], source=f"{source}, calibrations")
        points = fields.table(read.get("points", {}), source=f"{source}, points")
        try:
            return cls(
                threshold=fields.number(read["threshold"], source=f"{source}, threshold"),
                fitted_on=fields.text(read["fitted_on"], source=f"{source}, fitted_on"),
                calibrations={
                    name: calibration_from_dict(one, source=f"{source}, {name[:40]}")
                    for name, one in calibrations.items()
                },
                points={kind: _points(one, source=f"{source}, {kind[:40]}") for kind, one in points.items()},
                artists=(
                    CalibrationArtists.from_dict(read["artists"], source=f"{source}, artists")
                    if "artists" in read
                    else None
                ),
            )
        except OperatingPointError as err:
            raise ValueError(f"{source}: {err}") from err
        except ValueError as err:
            message = str(err)
            raise ValueError(message if message.startswith(source) else f"{source}: {message}") from err


def _points(found: object, *, source: str) -> dict[str, OperatingPoint | Refused]:
    return {
        name: point_from_dict(one, source=f"{source}, {name[:40]}")
        for name, one in fields.table(found, source=source).items()
    }
