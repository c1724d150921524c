"""Where the cells of a feature map lie in the picture: followed through every layer, so that a map is laid over what it was made from.

A map is not a grid of even tiles: convolutions without padding and poolings with padding on one side move its cells. Here a picture of
nothing goes through the network, and beside it, for every tensor, where the window of its first cell has its centre and how far apart the
centres are.

That is where windows lie. Training may move what is looked at inside them: padding on one side puts the windows of EfficientNet-Lite0's
last depths half a step lower and further right, but with its ImageNet weights the squared gradients lie nearer to even tiles than to the
windows' centres, at all depths but one (benchmarks/cell_places.py). So a trained network's cells are taken to lie as far from one edge as
from the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from morelli.errors import MorelliError
from morelli.pictures.cells import Cells, Line


class CellsError(MorelliError):
    """A network whose cells cannot be followed: a layer moves them in a way that is not known here."""


@torch.inference_mode()
def find_cells(body: Callable[[Tensor], Sequence[Tensor]], *, size: int) -> list[Cells]:
    """Return where the windows of each of a network's maps have their centres. body: pictures (n, 3, size, size) -> maps (n, c, h, w).

    Where branches whose windows differ are added, the mean of their centres counts. Raises CellsError.
    """
    picture = torch.zeros(1, 3, size, size)
    with _Follow(picture) as follow:
        maps = body(picture)
    cells = []
    for found in maps:
        places = follow.places_of(found)
        if found.ndim != 4 or places is None:
            raise CellsError(f"a map of shape {tuple(found.shape)} whose cells cannot be followed back to the picture")
        rows, columns = (Line((first + 0.5) / size, step / size) for first, step in places)
        cells.append(Cells(rows, columns))
    return cells


def trained_cells(body: Callable[[Tensor], Sequence[Tensor]], *, size: int) -> list[Cells]:
    """Return where the cells of a trained network's maps look from: as far apart as windows, as far from one edge as from the other.

    body: as `find_cells` takes it. Raises CellsError.
    """
    shapes: list[tuple[int, int]] = []

    def seen(picture: Tensor) -> Sequence[Tensor]:
        maps = body(picture)
        shapes.extend((one.shape[-2], one.shape[-1]) for one in maps if one.ndim == 4)
        return maps

    windows = find_cells(seen, size=size)
    return [Cells(one.rows.centred(h), one.columns.centred(w)) for one, (h, w) in zip(windows, shapes, strict=True)]


Places = tuple[tuple[float, float], tuple[float, float]]  # rows, columns: (centre of the first cell, step), in px
_WINDOWS = {"conv2d", "max_pool2d", "_max_pool2d", "avg_pool2d"}


class _Follow(TorchFunctionMode):
    """Keeps, for every tensor (n, c, h, w) that is made while it holds, where its cells lie."""

    def __init__(self, picture: Tensor) -> None:
        super().__init__()
        self._known: dict[int, tuple[Tensor, Places]] = {}  # the tensor is kept, or its number would be given again
        self._put(picture, ((0.0, 1.0), (0.0, 1.0)))

    def _put(self, tensor: Tensor, places: Places) -> None:
        self._known[id(tensor)] = (tensor, places)

    def places_of(self, tensor: Tensor) -> Places | None:
        """Return where a tensor's cells lie; none where it was not made from the picture."""
        found = self._known.get(id(tensor))
        return None if found is None else found[1]

    def __torch_function__(
        self, func: Any, types: Iterable[type], args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        given = dict(kwargs or {})
        out = func(*args, **given)
        if isinstance(out, Tensor) and out.ndim == 4:
            places = self._places(getattr(func, "__name__", str(func)), out, args, given)
            if places is not None:
                self._put(out, places)
        return out

    def _places(self, name: str, out: Tensor, args: Sequence[Any], given: Mapping[str, Any]) -> Places | None:
        sources = [t for t in _tensors([*args, *given.values()]) if t.ndim == 4 and self.places_of(t) is not None]
        if not sources:
            return None
        if name in _WINDOWS:
            windows = _windows(name, args, given)
            found = self.places_of(sources[0])
            assert found is not None
            return tuple(_through(*line, *window) for line, window in zip(found, windows, strict=True))  # type: ignore[return-value]
        if name == "pad":
            found = self.places_of(sources[0])
            assert found is not None
            left, _, top, _ = (*_argument(args, given, 1, "pad", ()), 0, 0, 0, 0)[:4]
            (row, down), (column, across) = found
            return (row - down * top, down), (column - across * left, across)
        same = [self.places_of(t) for t in sources if t.shape[2:] == out.shape[2:]]
        if not same:
            raise CellsError(
                f"cells cannot be followed through {name}: {tuple(sources[0].shape)} -> {tuple(out.shape)}"
            )
        return tuple(  # type: ignore[return-value]
            tuple(sum(places[side][value] for places in same if places) / len(same) for value in (0, 1))
            for side in (0, 1)
        )


def _through(first: float, step: float, size: int, stride: int, padding: int, dilation: int) -> tuple[float, float]:
    return first + step * (dilation * (size - 1) / 2 - padding), step * stride


def _windows(name: str, args: Sequence[Any], given: Mapping[str, Any]) -> list[tuple[int, int, int, int]]:
    """Return (size, stride, padding, dilation) of rows and columns."""
    if name == "conv2d":
        size: Any = tuple(args[1].shape[2:])
        stride = _pair(_argument(args, given, 3, "stride", 1))
        padding = _argument(args, given, 4, "padding", 0)
        dilation = _pair(_argument(args, given, 5, "dilation", 1))
        if isinstance(padding, str):
            padding = 0 if padding == "valid" else tuple(d * (s - 1) // 2 for s, d in zip(size, dilation, strict=True))
    else:
        size = _pair(_argument(args, given, 1, "kernel_size", None))
        stride = _pair(_argument(args, given, 2, "stride", None) or size)
        padding = _argument(args, given, 3, "padding", 0)
        dilation = (1, 1) if name == "avg_pool2d" else _pair(_argument(args, given, 4, "dilation", 1))
    return list(zip(size, stride, _pair(padding), dilation, strict=True))


def _argument(args: Sequence[Any], given: Mapping[str, Any], place: int, name: str, default: Any) -> Any:
    return args[place] if len(args) > place else given.get(name, default)


def _pair(value: Any) -> tuple[int, int]:
    if isinstance(value, Sequence):
        return (value[0], value[-1])
    return (value, value)


def _tensors(values: Iterable[Any]) -> Iterable[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from _tensors(value)
