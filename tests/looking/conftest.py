"""A small network, for what looks into networks."""

from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from morelli.protocol.calibration import LogisticCalibration
from morelli.protocol.operating_point import OperatingPoint
from morelli.verdict.compare import HYPOTHESES, read_similarity
from morelli.verdict.explanation import Explanation, Match, Side


@pytest.fixture(scope="session")
def small_backbone():
    """A backbone of two convolutions with random weights, 32 px: quick to export."""
    torch = pytest.importorskip("torch")
    from torch import nn

    from morelli.looking.backbone_map import BackboneMap
    from morelli.training.backbones.backbone import Origin

    class Small(nn.Module):
        size = 32
        layers: ClassVar = {"first": 8, "last": 24}

        def __init__(self):
            super().__init__()
            self.first = nn.Sequential(nn.Conv2d(3, 8, 5, stride=2), nn.ReLU())
            self.last = nn.Sequential(nn.Conv2d(8, 24, 3, stride=2, padding=1), nn.ReLU())

        def forward(self, pictures):
            first = self.first(pictures * 2 - 1)
            return {"first": first, "last": self.last(first)}

    torch.manual_seed(0)
    network = Small().eval().requires_grad_(False)
    return BackboneMap(
        "small",
        "last",
        network,
        Origin(backbone="small", source="a test", sha256="0" * 64, licence="CC0", extent="random"),
    )


@pytest.fixture
def verdict_of():
    """Return the verdict of a similarity, under a made-up calibration."""

    def verdict_of(similarity):
        return read_similarity(
            similarity,
            calibration=LogisticCalibration(slope=8.0, intercept=-1.0, bound=np.log(51), n_pairs=800, n_artists=50),
            artists=None,
            point=OperatingPoint(upper=0.3, lower=0.0, achieved={}, artist_pairs=99, artists=0, remark=""),
            name="balanced",
            negatives="style-matched",
            hypotheses=HYPOTHESES["style-matched"],
            prior=0.5,
            warnings=["b.jpg has a frame or border (top 5 % of its height); crop it to the painting"],
            model="a model 0123",
        )

    return verdict_of


@pytest.fixture
def explanation(tmp_path, rng, verdict_of):
    """An exact explanation of two made-up pictures."""
    whole = (0.0, 0.0, 1.0, 1.0)
    paths = []
    for name, shape in (("a.jpg", (90, 120, 3)), ("b.jpg", (150, 100, 3))):
        Image.fromarray(rng.integers(60, 200, shape, dtype=np.uint8)).save(tmp_path / name)
        paths.append(str(tmp_path / name))
    first, second = rng.normal(size=(4, 4)), rng.normal(size=(4, 4))
    return Explanation(
        method="exact",
        verdict=verdict_of(0.5),
        first=Side(path=paths[0], seen=whole, values=first, held=0.5 - first.sum()),
        second=Side(path=paths[1], seen=whole, values=second, held=0.5 - second.sum()),
        cohort=True,
        matches=(
            Match(first=(0.0, 0.0, 0.25, 0.25), second=(0.5, 0.5, 0.75, 0.75), value=0.2),
            Match(first=(0.5, 0.5, 0.75, 0.75), second=(0.0, 0.0, 0.25, 0.25), value=0.1),
        ),
    )
