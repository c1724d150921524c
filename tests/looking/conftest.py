"""A small network, for what looks into networks."""

from typing import ClassVar

import pytest


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
