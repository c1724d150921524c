from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from morelli.errors import PictureError
from morelli.pictures.stream import in_order, open_many
from morelli.pictures.view import View, ViewedPicture


def test_pictures_come_in_order_and_bad_ones_as_their_error(tmp_path: Path, scene: npt.NDArray[np.uint8]) -> None:
    for shade in range(0, 250, 10):
        Image.new("RGB", (32, 32), (shade, 0, 0)).save(tmp_path / f"{shade:03}.png")
    (tmp_path / "100.png").write_bytes(b"broken")
    paths = sorted(tmp_path.iterdir())
    calls: list[tuple[int, int]] = []
    found = list(open_many(paths, view=View("whole", 16), workers=3, progress=lambda *c: calls.append(c)))
    for path, one in zip(paths, found, strict=True):
        if path.name == "100.png":
            assert isinstance(one, PictureError)
            assert "100.png: not a picture" in str(one)
        else:
            assert isinstance(one, ViewedPicture)
            assert one.pixels[0, 0, 0, 0] == int(path.stem)
    assert calls == [(i + 1, len(paths)) for i in range(len(paths))]


def test_no_more_than_a_few_are_ahead_of_the_reader() -> None:
    started = 0
    lock = threading.Lock()

    def count(value: int) -> int:
        nonlocal started
        with lock:
            started += 1
        return value

    results = in_order(count, iter(range(1000)), workers=2)
    assert [next(results) for _ in range(10)] == list(range(10))
    assert started <= 10 + 2 * 4
    results.close()  # type: ignore[attr-defined]
    assert started <= 10 + 2 * 4


def test_an_error_of_ours_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda x: 1 // x, [1, 0], workers=1))
    with pytest.raises(ValueError, match="workers is 0"):
        list(in_order(abs, [1], workers=0))
