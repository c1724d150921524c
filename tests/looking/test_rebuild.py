import dataclasses
from typing import ClassVar

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.errors import ModelError  # noqa: E402
from morelli.looking import rebuild as module  # noqa: E402
from morelli.looking.onnx_network import read_onnx  # noqa: E402
from morelli.looking.rebuild import check_rebuilt, find_maps, rebuild  # noqa: E402
from morelli.model.model import load  # noqa: E402
from morelli.training.back_end import BackEnd, Projection  # noqa: E402
from morelli.training.backbones.pooled import PooledBackbone  # noqa: E402
from morelli.training.export import export_encoder  # noqa: E402
from morelli.training.projected import Projected  # noqa: E402


@pytest.fixture(scope="module")
def model(tiny_model):
    return load(tiny_model)


@pytest.fixture
def pictures(model, studio_folder):
    return np.concatenate([model.view.open(file).pixels for file in sorted(studio_folder.rglob("*.jpg"))[:4]])


def test_it_embeds_and_compares_as_the_folder_does(model, pictures):
    rebuilt = rebuild(model, pictures)
    maps = rebuilt.maps(pictures)
    assert [tuple(one.shape) for one in maps] == [(4, 8, 8, 8)]  # behind the last max-pool
    got, wanted = rebuilt.head(*maps), model.encoder.encode(pictures)
    np.testing.assert_allclose(got.numpy(), wanted, atol=1e-4 * wanted.std())
    alike = rebuilt.similarity(got[1:], got[:1]).numpy()
    np.testing.assert_allclose(alike, model.similarity(wanted[1:], np.repeat(wanted[:1], 3, axis=0)), rtol=1e-4)
    assert check_rebuilt(rebuilt, model, pictures) < 1e-4


def test_the_cells_are_the_towers(model, pictures):
    [cells] = rebuild(model, pictures).cells(size=32)
    assert cells.rows.centres(8) == pytest.approx([(2 * n + 1) / 16 for n in range(8)])


class Padded(torch.nn.Module):
    """Pads below and on the right, as TensorFlow's networks do."""

    layers: ClassVar = {"only": 4}

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 3, stride=4)

    def forward(self, pictures):
        return {"only": self.conv(torch.nn.functional.pad(pictures, (0, 1, 0, 1))).relu()}


def test_the_cells_of_a_padded_network_lie_in_its_middle(rng):
    pooled = PooledBackbone(Padded().eval(), name="padded", layers=["only"], statistics=["mean"])
    onnx = read_onnx(export_encoder(pooled, size=32), name="x")
    names = find_maps(onnx, rng.integers(0, 256, (1, 32, 32, 3), dtype=np.uint8))
    [cells] = module.cells_of(onnx, names, size=32)
    assert cells.rows.centres(8) == pytest.approx([(2 * n + 1) / 16 for n in range(8)])


def test_a_backbone_has_a_map_for_every_layer_that_is_pooled(small_backbone, rng):
    pooled = PooledBackbone(
        small_backbone.network, name="small", layers=["first", "last"], statistics=["mean", "deviation"]
    )
    shapes = ((16, 5), (48, 6))
    back_end = BackEnd(
        ((0, 16), (16, 64)),
        tuple(Projection(rng.normal(size=f), rng.normal(size=(f, d))) for f, d in shapes),
        (0.3, 0.7),
    )
    network = Projected(pooled, back_end).eval()
    pictures = rng.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    onnx = read_onnx(export_encoder(network, size=32), name="x")
    names = find_maps(onnx, pictures)
    maps = onnx.run({"pictures": torch.from_numpy(pictures)}, names)
    wanted = small_backbone.network(torch.from_numpy(pictures).permute(0, 3, 1, 2) / 255)
    for got, layer in zip(maps, ("first", "last"), strict=True):
        torch.testing.assert_close(got, wanted[layer], atol=1e-4, rtol=1e-4)
    with torch.no_grad():
        embedding = network(torch.from_numpy(pictures).permute(0, 3, 1, 2) / 255)
    head = module.Head(onnx, names, size=32)
    torch.testing.assert_close(head(*maps), embedding, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(head(*(one[:1] for one in maps)), embedding[:1], atol=1e-5, rtol=1e-4)  # of any number


def test_a_network_or_similarity_that_differs_is_not_shown(model, pictures):
    rebuilt = rebuild(model, pictures)
    name = next(name for name in rebuilt.network.constants if name.endswith("features.0.bias"))
    constants = {**rebuilt.network.constants, name: rebuilt.network.constants[name] + 0.5}
    other = dataclasses.replace(rebuilt, network=dataclasses.replace(rebuilt.network, constants=constants))
    with pytest.raises(ModelError, match=r"in torch it differs from itself by .* nothing is shown"):
        check_rebuilt(other, model, pictures)
    twice = dataclasses.replace(rebuilt, similarity=lambda a, b: 2 * rebuilt.similarity(a, b))
    with pytest.raises(ModelError, match="differs from itself by 1 of its size"):
        check_rebuilt(twice, model, pictures)
    flat = dataclasses.replace(rebuilt, head=torch.nn.Flatten())
    with pytest.raises(ModelError, match=r"in torch it gives \(4, 512\), not \(4, 8\)"):
        check_rebuilt(flat, model, pictures)


def test_a_network_without_a_map_is_named(model, pictures, monkeypatch):
    monkeypatch.setattr(module, "find_maps", lambda network, pictures: ())
    with pytest.raises(ModelError, match=r"encoder\.onnx: has no map to look at"):
        rebuild(model, pictures)
