"""What every table of a system file has in common."""

from __future__ import annotations

from typing import Annotated

import msgspec

# Upper bounds are far beyond what is of use: they are for slips of the pen, which must not run for a year.
Positive = Annotated[int, msgspec.Meta(ge=1, le=100_000)]
Rate = Annotated[float, msgspec.Meta(ge=0, le=100_000)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
LearningRate = Annotated[float, msgspec.Meta(gt=0, le=100)]
Level = Annotated[float, msgspec.Meta(ge=-10, le=10)]
Spread = Annotated[float, msgspec.Meta(ge=0.001, le=10)]
Angle = Annotated[float, msgspec.Meta(ge=-360, le=360)]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a system file; a key it does not know is an error."""
