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
from morelli.protocol.operating_point import OperatingPoint, Refused
from morelli.protocol.pairs import NEGATIVES
from morelli.protocol.point_names import BALANCED, nearest_points, parse_point
from morelli.protocol.set_decision import Points, SetDecision, points_from_dict


@dataclass(frozen=True, kw_only=True)
class Decision:
    """How similarities are read.

    threshold: pairs at or above it are called the same artist in an evaluation's tables; from balanced random pairs.
    calibrations: by kind of negatives, `random` always, `style-matched` where the styles allowed it. points: by kind of
    negatives, then by name; each was chosen and measured on its own kind. sets: by kind of negatives, then by number of
    references (2 or more). artists: whom all this was fitted on; None, and no points, in files of before there were
    any. fitted_on: in words.
    """

    threshold: float
    calibrations: Mapping[str, Calibration]
    fitted_on: str
    points: Mapping[str, Points] = field(default_factory=dict)
    sets: Mapping[str, Mapping[int, SetDecision]] = field(default_factory=dict)
    artists: CalibrationArtists | None = None

    def __post_init__(self) -> None:
        if not np.isfinite(self.threshold):
            raise ValueError(f"threshold {self.threshold} is not finite")
        if "random" not in self.calibrations or not set(self.calibrations) <= set(NEGATIVES):
            raise ValueError(
                f"calibrations for {sorted(self.calibrations)}; 'random' must be there, 'style-matched' may be"
            )
        if not set(self.points) | set(self.sets) <= set(self.calibrations):
            raise ValueError(
                f"operating points for {sorted(self.points)} and sets for {sorted(self.sets)}, calibrations for "
                f"{sorted(self.calibrations)}"
            )
        if any(size < 2 for sizes in self.sets.values() for size in sizes):
            raise ValueError("a set of one reference, or none; sets have 2 or more")
        several = [one.points for sizes in self.sets.values() for one in sizes.values()]
        for points in [*self.points.values(), *several]:
            for name in points:
                if parse_point(name)[0] != name:
                    raise ValueError(f"an operating point is called {name!r}, not {parse_point(name)[0]!r}")

    def llr(self, similarity: npt.NDArray[np.floating], *, negatives: str) -> FloatArray:
        """Turn similarities (n,) into natural-log likelihood ratios (n,) against one kind of negatives."""
        return self.calibration(negatives).llr(similarity)

    def calibration(self, negatives: str) -> Calibration:
        """Return the calibration against one kind of negatives. Raises PairsError where there is none."""
        if not isinstance(negatives, str) or negatives not in self.calibrations:
            raise PairsError(f"no calibration for {negatives!r} negatives; {nearest(negatives, self.calibrations)}")
        return self.calibrations[negatives]

    def point(self, name: str = BALANCED, *, negatives: str) -> OperatingPoint:
        """Return an operating point by its name, such as `fpr=1%`.

        Raises PairsError where there is no calibration for these negatives, OperatingPointError for a name that is
        none, that is not stored (it names the nearest), or that was refused (it says what would be needed).
        """
        self.calibration(negatives)
        return pick_point(self.points.get(negatives, {}), name, what=f"against {negatives} negatives")

    def of_set(self, references: int, *, negatives: str) -> tuple[int, Calibration, Points]:
        """Return how a set of so many references is read: the number that it is calibrated for, the nearest that is not
        larger, and that number's calibration and operating points; one reference is a pair.

        Raises PairsError where there is no calibration for these negatives.
        """
        if references < 1:
            raise PairsError(f"{references} references; give one or more")
        pair = self.calibration(negatives)
        fitted = self.sets.get(negatives, {})
        size = max((size for size in fitted if size <= references), default=1)
        if size == 1:
            return 1, pair, self.points.get(negatives, {})
        return size, fitted[size].calibration, fitted[size].points

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
        if self.sets:
            found["sets"] = {
                kind: {str(size): one.to_dict() for size, one in sorted(sizes.items())}
                for kind, sizes in sorted(self.sets.items())
            }
        return found

    @classmethod
    def from_dict(cls, found: object, *, source: str) -> Decision:
        """Read what `to_dict` wrote. source: the file's name, for messages. Raises ValueError."""
        read = fields.table(found, source=source)
        fields.check_keys(
            read,
            needed=("threshold", "calibrations", "fitted_on"),
            optional=("artists", "points", "sets"),
            source=source,
        )
        calibrations = fields.table(read["calibrations"], source=f"{source}, calibrations")
        points = fields.table(read.get("points", {}), source=f"{source}, points")
        sets = fields.table(read.get("sets", {}), source=f"{source}, sets")
        try:
            return cls(
                threshold=fields.number(read["threshold"], source=f"{source}, threshold"),
                fitted_on=fields.text(read["fitted_on"], source=f"{source}, fitted_on"),
                calibrations={
                    name: calibration_from_dict(one, source=f"{source}, {name[:40]}")
                    for name, one in calibrations.items()
                },
                points={kind: points_from_dict(one, source=f"{source}, {kind[:40]}") for kind, one in points.items()},
                sets={kind: _sets(one, source=f"{source}, sets, {kind[:40]}") for kind, one in sets.items()},
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


def pick_point(points: Points, name: str, *, what: str) -> OperatingPoint:
    """Return an operating point by its name. what: whose points they are, for messages. Raises OperatingPointError."""
    plain, _ = parse_point(name)
    offered = [one for one, point in points.items() if isinstance(point, OperatingPoint)]
    if not points:
        raise OperatingPointError(
            "this calibration has no operating points: it is of an older version; calibrate the model again "
            "('morelli calibrate')"
        )
    if plain not in points:
        raise OperatingPointError(f"operating point {plain!r} is not stored; {nearest_points(plain, offered)}")
    found = points[plain]
    if isinstance(found, Refused):
        raise OperatingPointError(
            f"operating point {plain!r} is not offered {what}: {found.reason}; offered: {', '.join(offered) or 'none'}"
        )
    return found


def _sets(found: object, *, source: str) -> dict[int, SetDecision]:
    read = {}
    for size, one in fields.table(found, source=source).items():
        if not (size.isascii() and size.isdecimal() and len(size) < 5 and str(int(size)) == size):
            raise ValueError(f"{source}: {size[:40]!r} should be a number of references")
        read[int(size)] = SetDecision.from_dict(one, source=f"{source}, {size}")
    return read
