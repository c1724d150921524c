"""Fixtures that every room's tests share."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


def _shared(variable: str, name: str) -> Path:
    given = os.environ.get(variable)
    folder = Path(given) if given else REPOSITORY.parent / "shared" / name
    if folder.is_dir():
        return folder
    reason = f"no real paintings: set {variable} or put them at ../shared/{name}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def paintings() -> Path:
    """The folder of real paintings, 224 px squares, with `paintings.csv`."""
    return _shared("MORELLI_PAINTINGS", "paintings")


@pytest.fixture(scope="session")
def paintings_full_size() -> Path:
    """The folder of real paintings in true proportions, with `paintings.csv`."""
    return _shared("MORELLI_PAINTINGS_FULL_SIZE", "paintings-full-size")


@pytest.fixture
def rng() -> np.random.Generator:
    """A seeded generator, new for every test."""
    return np.random.default_rng(20161031)
