"""A back-end's map: it adds up to the embedding, beside a slow sum; and a file with it embeds as one without."""

from typing import ClassVar

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from torch import nn  # noqa: E402

from morelli.model.encoder import load_openvino  # noqa: E402
from morelli.model.mapper import load_mapper  # noqa: E402
from morelli.model.network import compile_onnx  # noqa: E402
from morelli.model.onnx_check import check_onnx  # noqa: E402
from morelli.systems.objectives import Discriminant, Heads  # noqa: E402
from morelli.training.back_end import BackEnd, Projection  # noqa: E402
from morelli.training.backbones.pooled import PooledBackbone  # noqa: E402
from morelli.training.export import export_encoder, export_mapped_encoder  # noqa: E402
from morelli.training.frozen import FrozenNetwork  # noqa: E402
from morelli.training.heads import Components, WideHeads, WithHeads, make_head  # noqa: E402
from morelli.training.mapped import Mapped  # noqa: E402
from morelli.training.narrow_weights import narrow_weights  # noqa: E402
from morelli.training.oddness import Oddness, Sized, parts_of  # noqa: E402
from morelli.training.projected import Projected  # noqa: E402

SIZE = 64


class Small(nn.Module):
    """A backbone of two convolutions with random weights: quick to export."""

    layers: ClassVar = {"first": 20, "last": 30}

    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(3, 20, 5, stride=2, padding=1), nn.ReLU())
        self.last = nn.Sequential(nn.Conv2d(20, 30, 3, stride=4), nn.ReLU())

    def forward(self, pictures):
        first = self.first(pictures)
        return {"first": first, "last": self.last(first)}


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return FrozenNetwork(
        [PooledBackbone(Small().eval(), name="small", layers=["first", "last"], statistics=["mean", "deviation"])]
    )


@pytest.fixture(scope="module")
def projected(network):
    """Two blocks, one of a layer and one of parts of both, each with a mean."""
    rng = np.random.default_rng(0)
    columns = ((0, 40), (20, network.width))
    projections = tuple(
        Projection(rng.normal(0, 0.1, stop - start), rng.normal(size=(stop - start, 5))) for start, stop in columns
    )
    return Projected(network, BackEnd(columns, projections, (0.3, 0.7))).eval()


@pytest.fixture(scope="module")
def pictures():
    return np.random.default_rng(1).integers(0, 256, (3, SIZE, SIZE, 3), dtype=np.uint8)


def test_the_map_adds_up_to_the_embedding_and_is_that_of_a_slow_sum(network, projected, pictures):
    mapped = Mapped(projected, network, size=SIZE).eval()
    assert mapped.grid == 4
    given = torch.from_numpy(pictures).movedim(-1, 1).float() / 255
    with torch.inference_mode():
        embeddings, maps = (one.numpy().astype(np.float64) for one in mapped(given))
        parts = mapped.placed[0](network.backbones[0].backbone(given)).numpy().astype(np.float64)
        np.testing.assert_allclose(embeddings, projected(given).numpy(), atol=1e-6)
    np.testing.assert_allclose(maps.sum(axis=(1, 2)), embeddings, atol=1e-5)
    shares, at = mapped.placed[0].shares.numpy(), 0
    for (start, stop), mean, matrix, weight in zip(
        projected.blocks, projected.means, projected.matrices, (0.3, 0.7), strict=True
    ):
        mean, matrix = mean.detach().numpy(), matrix.detach().numpy()
        for picture in range(3):
            length = np.linalg.norm((parts[picture, start:stop].sum(axis=(1, 2)) - mean) @ matrix)
            for row in range(4):
                for column in range(4):
                    own = parts[picture, start:stop, row, column] - mean * shares[start:stop, row, column]
                    wanted = np.sqrt(weight) * own @ matrix / length
                    np.testing.assert_allclose(maps[picture, row, column, at : at + 5], wanted, atol=1e-5)
        at += 5


def test_a_file_with_a_map_embeds_as_one_without(network, projected, pictures):
    plain = export_encoder(projected, size=SIZE)
    both = export_mapped_encoder(Mapped(projected, network, size=SIZE), size=SIZE)
    np.testing.assert_array_equal(
        load_openvino(both, name="x").encode(pictures), load_openvino(plain, name="x").encode(pictures)
    )
    steps = [
        sorted(one.get_rt_info()["layerType"].astype(str) for one in network.get_runtime_model().get_ops())
        for network in (compile_onnx(model, name="x", outputs=("embedding",)) for model in (both, plain))
    ]
    assert steps[0] == steps[1]  # so that it takes no longer either
    mapper = load_mapper(both, name="x")
    embeddings, maps = mapper(pictures)
    assert maps.shape == (3, 4, 4, 10)
    np.testing.assert_allclose(maps.sum(axis=(1, 2)), embeddings, atol=1e-5)
    assert load_mapper(plain, name="x") is None


@pytest.fixture(scope="module")
def with_heads(network, projected):
    """Two heads over components of both blocks, beside the discriminants."""
    rng = np.random.default_rng(2)
    features = rng.normal(size=(60, network.width)).astype(np.float32)
    objective = Discriminant(components=12, dimensions=5)
    components = Components.of(projected.blocks, [features], objective, most=8)
    torch.manual_seed(3)
    kind = Heads(count=2, share=0.4, components=8, hidden=11, dimensions=6)
    heads = WideHeads([make_head(kind, components.width) for _ in range(2)]).eval()
    return WithHeads(projected, components, heads, share=0.4).eval()


def test_a_map_goes_through_heads_with_their_gates_held(network, with_heads, pictures):
    mapped = Mapped(with_heads, network, size=SIZE).eval()
    given = torch.from_numpy(pictures).movedim(-1, 1).float() / 255
    with torch.inference_mode():
        embeddings, maps = (one.double() for one in mapped(given))
        np.testing.assert_allclose(embeddings, with_heads(given), atol=1e-6)
        parts = mapped.placed[0](network.backbones[0].backbone(given)).double()
        shares = mapped.placed[0].shares.double()
    assert maps.shape == (3, 4, 4, 10 + 12)
    np.testing.assert_allclose(maps.sum(dim=(1, 2)), embeddings, atol=1e-5)
    # Slowly: the gate of each hidden unit is its output over its input for the whole picture.
    components, at = with_heads.components, 10
    for head in with_heads.heads.heads:
        first, last = head[1], head[4]
        for picture in range(3):
            whole = components(parts[picture].sum(dim=(1, 2))[None].float()).double()[0]
            before = first.weight.double() @ whole + first.bias.double()
            gate = torch.nn.functional.gelu(before) / before
            length = (last.weight.double() @ (gate * before) + last.bias.double()).norm()
            for row, column in ((0, 0), (1, 3), (3, 2)):
                of_tile = torch.cat(
                    [
                        (parts[picture, a:b, row, column] - shares[a:b, row, column] * mean.double()) @ matrix.double()
                        for (a, b), mean, matrix in zip(
                            components.columns, components.means, components.matrices, strict=True
                        )
                    ]
                )
                hidden = gate * (first.weight.double() @ of_tile + first.bias.double() / 16)
                wanted = (last.weight.double() @ hidden + last.bias.double() / 16) / length * np.sqrt(0.4 / 2)
                np.testing.assert_allclose(maps[picture, row, column, at : at + 6], wanted.detach(), atol=1e-5)
        at += 6


@pytest.mark.slow
def test_the_length_of_an_odd_pictures_embedding_is_in_its_map_too(network, with_heads, pictures):
    rng = np.random.default_rng(4)
    ordinary = rng.normal(size=(200, network.width)).astype(np.float32)
    sized = Sized(with_heads, Oddness(parts_of(network, width=network.width), ordinary)).eval()
    given = torch.from_numpy(pictures).movedim(-1, 1).float() / 255
    with torch.inference_mode():
        of_one, plain_map = (one.numpy() for one in Mapped(with_heads, network, size=SIZE).eval()(given))
    both = export_mapped_encoder(Mapped(sized, network, size=SIZE), size=SIZE)
    check_onnx(both, name="x")
    embeddings, maps = load_mapper(both, name="x")(pictures)
    length = np.linalg.norm(embeddings, axis=1)
    assert np.ptp(length) > 1e-4
    np.testing.assert_allclose(load_openvino(both, name="x").encode(pictures), embeddings, atol=1e-5)
    np.testing.assert_allclose(embeddings, of_one * length[:, None], atol=1e-4)
    np.testing.assert_allclose(maps, plain_map * length[:, None, None, None], atol=1e-4)


def test_the_map_adds_up_where_weights_are_kept_narrow(network, with_heads, pictures, monkeypatch):
    """What was computed of the whole weights stands beside the rounded ones then. In bytes: `tests/model/test_shipped_model.py`."""
    monkeypatch.setattr("morelli.training.narrow_weights.LEAST", 17)  # all but single numbers
    whole = export_mapped_encoder(Mapped(with_heads, network, size=SIZE), size=SIZE)
    narrow = narrow_weights(whole, "float16")
    assert b"average0/half" in narrow
    assert b"average0/half" not in whole
    embeddings, maps = load_mapper(narrow, name="x")(pictures)
    np.testing.assert_allclose(maps.sum(axis=(1, 2)), embeddings, atol=2e-6)


@pytest.mark.slow
def test_a_file_with_heads_and_a_map_is_checked_as_any_other(network, with_heads, pictures):
    both = export_mapped_encoder(Mapped(with_heads, network, size=SIZE), size=SIZE)
    plain = export_encoder(with_heads, size=SIZE)
    np.testing.assert_allclose(
        load_openvino(both, name="x").encode(pictures), load_openvino(plain, name="x").encode(pictures), atol=1e-6
    )
    embeddings, maps = load_mapper(both, name="x")(pictures)
    np.testing.assert_allclose(maps.sum(axis=(1, 2)), embeddings, atol=1e-5)
