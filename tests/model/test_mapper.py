"""The map of an encoder: what a false one is answered with, and that who only embeds does not pay for it."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from torch import nn  # noqa: E402

from morelli.errors import ModelError  # noqa: E402
from morelli.model.compiled_cache import CompiledCache  # noqa: E402
from morelli.model.encoder import load_openvino  # noqa: E402
from morelli.model.mapper import load_mapper  # noqa: E402
from morelli.model.network import compile_onnx  # noqa: E402
from morelli.training.export import export_encoder, export_mapped_encoder  # noqa: E402


class Colours(nn.Module):
    """The mean colour of a picture, and of each of its quarters a fourth; `off`: what the map has too much."""

    def __init__(self, off=0.0, shape=(2, 2)):
        super().__init__()
        self.off, self.shape = off, shape

    def forward(self, pictures):
        tiles = nn.functional.adaptive_avg_pool2d(pictures, self.shape).movedim(1, -1) / (self.shape[0] * self.shape[1])
        return pictures.mean(dim=(2, 3)), tiles + self.off


@pytest.fixture
def pictures(rng):
    return rng.integers(0, 256, (3, 16, 16, 3), dtype=np.uint8)


def test_the_map_of_mean_colours_is_the_mean_colours_of_tiles(pictures):
    embeddings, maps = load_mapper(export_mapped_encoder(Colours(), size=16), name="x")(pictures)
    np.testing.assert_allclose(embeddings, pictures.mean(axis=(1, 2)) / 255, atol=1e-5)
    wanted = pictures.reshape(3, 2, 8, 2, 8, 3).mean(axis=(2, 4)) / 255 / 4
    np.testing.assert_allclose(maps, wanted, atol=1e-5)


def test_a_map_that_does_not_add_up_explains_nothing(pictures):
    mapper = load_mapper(export_mapped_encoder(Colours(off=0.01), size=16), name="some/encoder.onnx")
    with pytest.raises(ModelError, match=r"some/encoder\.onnx: its map does not add up"):
        mapper(pictures)


def test_a_map_of_another_shape_is_refused(pictures):
    class Flat(Colours):
        def forward(self, pictures):
            embedding, tiles = super().forward(pictures)
            return embedding, tiles.flatten(1)

    with pytest.raises(ModelError, match="its map is"):
        load_mapper(export_mapped_encoder(Flat(), size=16), name="x")(pictures)


def test_who_only_embeds_compiles_the_network_without_the_map(pictures):
    class Costly(Colours):
        def forward(self, pictures):
            embedding, tiles = super().forward(pictures)
            return embedding, tiles * pictures.exp().tanh().mean()

    model = export_mapped_encoder(Costly(), size=16)

    def steps(outputs):
        compiled = compile_onnx(model, name="x", outputs=outputs)
        return len(compiled.outputs), len(compiled.get_runtime_model().get_ops())

    (one, few), (two, more) = steps(("embedding",)), steps(("embedding", "map"))
    assert (one, two) == (1, 2)
    assert few < more
    assert steps(()) == (two, more) == steps(("nothing that it has",))


def test_what_is_kept_for_one_is_not_taken_for_the_other(pictures, tmp_path):
    model, cache = export_mapped_encoder(Colours(), size=16), CompiledCache(tmp_path / "cache")
    for _ in ("compiling", "from what was kept"):
        plain = load_openvino(model, name="x", cache=cache).encode(pictures)
        embeddings, maps = load_mapper(model, name="x", cache=cache)(pictures)
        np.testing.assert_array_equal(plain, embeddings)
        assert maps.shape == (3, 2, 2, 3)
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_an_encoder_without_a_map_has_none():
    class Alone(Colours):
        def forward(self, pictures):
            return super().forward(pictures)[0]

    assert load_mapper(export_encoder(Alone(), size=16), name="x") is None


def test_a_hostile_file_is_refused_before_anything_else():
    with pytest.raises(ModelError, match="not a network that is safe to load"):
        load_mapper(b"\x08\x07not onnx", name="x")
