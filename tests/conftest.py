"""Fixtures that every room's tests share."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

# Several workers of one thread each, not several of as many threads as there are cores, which wait for each other.
# Before numpy and torch are imported: they read it once.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

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


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what commands keep (decoded pictures, compiled networks) out of the user's own cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MORELLI_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def weights_folder() -> Path:
    """The folder of real ImageNet weights: xception, inception-v3 and efficientnet-lite0, each a safetensors file."""
    given = os.environ.get("MORELLI_WEIGHTS")
    folder = Path(given) if given else REPOSITORY.parent / "weights"
    if all((folder / f"{name}.safetensors").is_file() for name in ("xception", "inception-v3", "efficientnet-lite0")):
        return folder
    reason = "no ImageNet weights: set MORELLI_WEIGHTS to the folder that docs/systems.md says how to make"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def rng() -> np.random.Generator:
    """A seeded generator, new for every test."""
    return np.random.default_rng(20161031)


@pytest.fixture(scope="session")
def studio_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 24 made-up painters with nine small paintings each, and its `paintings.csv`. Not to be changed."""
    from morelli.studio.families import FAMILIES
    from morelli.studio.studio import Studio, write_studio

    folder = tmp_path_factory.mktemp("studio") / "paintings"
    write_studio(folder, Studio(seed=5, painters=24, families=FAMILIES[:2]), 9, size=64)
    return folder


@pytest.fixture(scope="session")
def tiny_model(studio_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a very small model that was trained for a moment on `studio_folder`. Not to be changed."""
    pytest.importorskip("torch")
    from morelli.catalogue.catalogue import Catalogue
    from morelli.protocol.split import make_split
    from morelli.systems.read import read_system
    from morelli.training.run import Run
    from morelli.training.train import train

    catalogue = Catalogue.read(studio_folder)
    part = make_split(catalogue, shares=(0.4, 0.2, 0.2, 0.2)).assign(catalogue)
    folder = tmp_path_factory.mktemp("model")
    system = read_system("demo-cnn", changes=TINY)
    run = Run(folder=folder / "training", cache=folder / "cache", device="cpu")
    return train(system, catalogue, part, out=folder / "tiny", run=run).path


@pytest.fixture(scope="session")
def classifier_model(studio_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The folder of a small `softmax-dot` of two networks, and its training artists in sorted order. Not to be changed."""
    pytest.importorskip("torch")
    from morelli.catalogue.catalogue import Catalogue
    from morelli.catalogue.names import normalise_artist
    from morelli.protocol.split import make_split
    from morelli.systems.read import read_system
    from morelli.training.run import Run
    from morelli.training.train import train

    catalogue = Catalogue.read(studio_folder)
    part = make_split(catalogue, shares=(0.4, 0.2, 0.2, 0.2)).assign(catalogue)
    folder = tmp_path_factory.mktemp("classifier")
    changes = [
        "view.size=32",
        "network.embedding=8",
        "network.blocks=[{convolutions=1,channels=4},{convolutions=1,channels=8}]",
        "schedule.epochs=2",
        "objective.networks=2",
    ]
    run = Run(folder=folder / "run", cache=folder / "cache", device="cpu")
    found = train(read_system("softmax-dot", changes=changes), catalogue, part, out=folder / "model", run=run)
    return found.path, sorted({normalise_artist(name) for name in catalogue.artist[part == "train"]})


@pytest.fixture(scope="session")
def lite0_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of Lite0's weights, random ones."""
    torch = pytest.importorskip("torch")
    from safetensors.numpy import save_file

    from morelli.training.backbones.efficientnet_lite import EfficientNetLite

    torch.manual_seed(0)
    state = {n: v.numpy() for n, v in EfficientNetLite().network.state_dict().items() if not n.endswith("tracked")}
    file = tmp_path_factory.mktemp("weights") / "lite0.safetensors"
    save_file(state, file, metadata={"origin": "a test", "licence": "CC0", "extent": "random, for a test"})
    return file


@pytest.fixture(scope="session")
def mapped_model(studio_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a model with a cohort whose encoder has a map, over two convolutions with random weights. Not to be changed."""
    torch = pytest.importorskip("torch")
    from morelli.catalogue.catalogue import Catalogue
    from morelli.model.description import Origin
    from morelli.protocol.split import make_split
    from morelli.systems.read import read_system
    from morelli.training import frozen
    from morelli.training.run import Run
    from morelli.training.train import train

    class Two(torch.nn.Module):  # type: ignore[misc, name-defined]
        size, layers = 64, {"stage0": 16, "stage1": 24}

        def __init__(self) -> None:
            super().__init__()
            self.first = torch.nn.Sequential(torch.nn.Conv2d(3, 16, 5, stride=4, padding=2), torch.nn.ReLU())
            self.last = torch.nn.Sequential(torch.nn.Conv2d(16, 24, 3, stride=2, padding=1), torch.nn.ReLU())

        def forward(self, pictures: Any) -> dict[str, Any]:
            first = self.first(pictures * 2 - 1)
            return {"stage0": first, "stage1": self.last(first)}

    torch.manual_seed(0)
    origin = Origin(backbone="lite0", source="made for a test", sha256="0" * 64, licence="CC0", extent="random")
    network = Two().eval()
    catalogue = Catalogue.read(studio_folder)
    part = make_split(catalogue, shares=(0.5, 0.1, 0.2, 0.2)).assign(catalogue)
    layers = 'network.features=[{backbone="lite0",layers=["stage0","stage1"],statistics=["mean","deviation"]}]'
    small = ("view.size=64", "objective.components=20", "objective.dimensions=6", "cohort.neighbours=8", layers)
    folder = tmp_path_factory.mktemp("mapped")
    run = Run(folder=folder / "run", cache=folder / "cache", weights={"lite0": Path("any")})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frozen, "build_backbone", lambda *_, **__: (network, origin))
        return train(read_system("lite0-lda", changes=small), catalogue, part, out=folder / "model", run=run).path


# A system small enough to train in a second: `--set` of these makes it of `demo-cnn`.
TINY = (
    "view.size=32",
    "network.embedding=8",
    "network.blocks=[{convolutions=1,channels=4},{convolutions=1,channels=8}]",
    "sampling.artists=4",
    "sampling.paintings=3",
    "schedule.epochs=2",
    "schedule.steps=[1]",
)


def reseal(folder: Path, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Change the description in a model folder as someone would who also knows how its digest is made."""
    file = folder / "model.json"
    description = change(json.loads(file.read_text(encoding="utf-8"))) | {"digest": "0" * 64}
    text = json.dumps(description)
    file.write_text(text.replace("0" * 64, sha256(text.encode()).hexdigest(), 1), encoding="utf-8")


@pytest.fixture
def shipped_place(tiny_model, tmp_path, monkeypatch):
    """A package that ships the small test model as `default`, and a folder that is none."""
    place = tmp_path / "models"
    shutil.copytree(tiny_model, place / "default")
    (place / "__pycache__").mkdir()
    from morelli.model import shipped

    monkeypatch.setattr(shipped, "_place", lambda: place)
    return place
