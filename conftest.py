"""The code blocks of README and docs are tests: each file is run from top to bottom, in a folder of its own."""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser

if "PYTEST_XDIST_WORKER" in os.environ:  # two workers on two cores: one thread each, or they wait for each other
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@cache
def _made_up() -> TemporaryDirectory[str]:
    """A folder with `paintings` by made-up painters, their `split.json`, and a very small `model` that was trained on them for a moment."""
    from morelli.protocol.split import make_split
    from morelli.studio.families import FAMILIES
    from morelli.studio.studio import Studio, write_studio
    from morelli.systems.read import read_system
    from morelli.training.run import Run
    from morelli.training.train import train

    folder = TemporaryDirectory()
    place = Path(folder.name)
    catalogue = write_studio(place / "paintings", Studio(seed=5, painters=24, families=FAMILIES[:2]), 9, size=64)
    blocks = "network.blocks=[{convolutions=1,channels=4},{convolutions=1,channels=8}]"
    changes = ("view.size=32", "network.embedding=8", blocks, "schedule.epochs=2", "schedule.steps=[1]")
    run = Run(folder=place / "training", cache=place / "cache", device="cpu")
    system = read_system("demo-cnn", changes=changes)
    split = make_split(catalogue, shares=(0.4, 0.2, 0.2, 0.2))
    (place / "split.json").write_text(split.to_json(), encoding="utf-8")
    train(system, catalogue, split.assign(catalogue), out=place / "model", run=run)
    return folder


def make_up_model(model: str, *, paintings: str) -> None:
    """Put a model folder, a folder of paintings and `split.json` there: what a page begins with that is not about training."""
    made = Path(_made_up().name)
    shutil.copytree(made / "model", model)
    shutil.copytree(made / "paintings", paintings)
    shutil.copy(made / "split.json", "split.json")


def _setup(namespace: dict[str, Any]) -> None:
    namespace["_monkeypatch"] = patch = pytest.MonkeyPatch()
    namespace["_folder"] = folder = TemporaryDirectory()
    namespace["make_up_model"] = make_up_model
    patch.chdir(folder.name)


def _teardown(namespace: dict[str, Any]) -> None:
    namespace["_monkeypatch"].undo()
    namespace["_folder"].cleanup()


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(doctest_optionflags=0), SkipParser()],
    patterns=["README.md", "CONTRIBUTING.md", "docs/*.md", "docs/api/*.md"],
    path=str(Path(__file__).parent),
    setup=_setup,
    teardown=_teardown,
).pytest()
