"""A network as boxes: what a diagram shows, said without a drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from morelli.errors import MorelliError

Look = Literal["picture", "maps", "frozen", "values", "join", "loss"]


class DiagramError(MorelliError):
    """A system that cannot be drawn, or a diagram whose boxes do not fit together."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """One step. title; does: what it does, a line each; gives: sizes of what comes out (channels, rows, columns), or (values,).

    parameters: that are trained in it; none where none are, or where they are not known. look: how it is drawn.
    """

    title: str
    does: tuple[str, ...] = ()
    gives: tuple[int, ...] = ()
    parameters: int | None = None
    look: Look = "values"


@dataclass(frozen=True, kw_only=True)
class Join:
    """A box that puts branches together. branches: which, by number."""

    box: Box
    branches: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Diagram:
    """A network of branches that share their weights. branches: what enters each; trunk: what each goes through, drawn once a branch.

    joins: where branches meet, from top to bottom; tail: what comes after all joins, in order. notes: lines below. networks: how many of
    this kind there are.
    """

    title: str
    branches: tuple[str, ...]
    trunk: tuple[Box, ...]
    joins: tuple[Join, ...] = ()
    tail: tuple[Box, ...] = ()
    notes: tuple[str, ...] = ()
    networks: int = 1

    def __post_init__(self) -> None:
        if not self.branches or not self.trunk:
            raise DiagramError(f"{self.title}: a diagram needs a branch and a box")
        for join in self.joins:
            if not join.branches or not set(join.branches) <= set(range(len(self.branches))):
                raise DiagramError(
                    f"{self.title}: {join.box.title!r} joins branches that are not there: {join.branches}"
                )

    @property
    def parameters(self) -> int:
        """Trained parameters of all boxes of all networks; those of the trunk count once a network, for its branches share them."""
        boxes = [*self.trunk, *(join.box for join in self.joins), *self.tail]
        return self.networks * sum(box.parameters or 0 for box in boxes)
