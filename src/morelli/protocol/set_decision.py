"""How the similarity to a set of references is read: a calibration and operating points for one number of references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from morelli.protocol import fields
from morelli.protocol.calibration import Calibration, calibration_from_dict
from morelli.protocol.operating_point import OperatingPoint, Refused, point_from_dict
from morelli.protocol.set_similarity import RULE

Points = Mapping[str, OperatingPoint | Refused]


@dataclass(frozen=True, kw_only=True)
class SetDecision:
    """Fitted on sets of so many references, by the rule of `set_similarity`."""

    calibration: Calibration
    points: Points

    def to_dict(self) -> dict[str, object]:
        """Return plain values for a file."""
        return {
            "rule": RULE,
            "calibration": self.calibration.to_dict(),
            "points": {name: one.to_dict() for name, one in self.points.items()},
        }

    @classmethod
    def from_dict(cls, found: object, *, source: str) -> SetDecision:
        """Read what `to_dict` wrote. source: the file's name and the place, for messages. Raises ValueError."""
        read = fields.table(found, source=source)
        fields.check_keys(read, needed=("rule", "calibration", "points"), source=source)
        if read["rule"] != RULE:
            raise ValueError(
                f"{source}: sets by the rule {fields.text(read['rule'], source=source)[:40]!r}, not {RULE!r}"
            )
        return cls(
            calibration=calibration_from_dict(read["calibration"], source=f"{source}, calibration"),
            points=points_from_dict(read["points"], source=f"{source}, points"),
        )


def points_from_dict(found: object, *, source: str) -> dict[str, OperatingPoint | Refused]:
    """Read operating points by name. source: the file's name and the place, for messages. Raises ValueError."""
    return {
        name: point_from_dict(one, source=f"{source}, {name[:40]}")
        for name, one in fields.table(found, source=source).items()
    }
