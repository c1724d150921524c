"""An export is proven: the file computes what the network does, for any number of pictures, and a wrong one is refused."""

import copy

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from morelli.errors import ModelError  # noqa: E402
from morelli.model.encoder import load_openvino  # noqa: E402
from morelli.systems.networks import Block, Tower  # noqa: E402
from morelli.training.export import check_export, export_encoder  # noqa: E402
from morelli.training.tower import TowerNetwork  # noqa: E402

SIZE = 32


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(3)
    blocks = (Block(convolutions=2, channels=4), Block(convolutions=1, channels=8))
    made = TowerNetwork(Tower(blocks=blocks, embedding=16), size=SIZE)
    for module in made.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    return made.eval()


@pytest.fixture(scope="module")
def export(network):
    return export_encoder(network, size=SIZE)


@pytest.fixture
def pictures(rng):
    return rng.integers(0, 256, size=(7, SIZE, SIZE, 3), dtype=np.uint8)


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_the_file_computes_what_the_network_does(network, export, pictures, count):
    some = pictures[:count]
    encoder = load_openvino(export, name="x")
    assert (encoder.size, encoder.embedding) == (SIZE, 16)
    with torch.inference_mode():
        wanted = (
            network(torch.from_numpy(some).permute(0, 3, 1, 2).float() / 255).numpy() if count else np.zeros((0, 16))
        )
    np.testing.assert_allclose(encoder.encode(some), wanted, atol=1e-5)


def test_another_runtime_reads_the_file_and_agrees(network, export, pictures):
    """The file is ONNX as others know it too, and stands alone."""
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(export, providers=["CPUExecutionProvider"])
    assert [port.name for port in session.get_inputs()] == ["pictures"]
    assert [port.name for port in session.get_outputs()] == ["embedding"]
    (found,) = session.run(None, {"pictures": pictures})
    np.testing.assert_allclose(found, load_openvino(export, name="x").encode(pictures), atol=1e-4)


def test_a_right_export_passes_and_leaves_the_network_as_it_was(network, export, pictures):
    before = copy.deepcopy(network.state_dict())
    assert check_export(network, export, pictures) < 1e-4
    for name, value in network.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)


LAYERS = [
    "features.0.weight",
    "features.1.running_mean",
    "features.4.weight",
    "features.7.bias",
    "head.1.weight",
    "head.2.bias",
]


@pytest.mark.parametrize("layer", LAYERS)
def test_an_export_with_one_wrong_layer_is_refused(network, export, pictures, layer):
    """The numbers of one layer, any layer, off by a tenth of their spread, as those of another epoch may be."""
    other = copy.deepcopy(network)
    value = other.state_dict()[layer]
    spread = float(value.std()) or 1.0
    with torch.no_grad():
        value += 0.1 * spread * torch.randn(value.shape, generator=torch.Generator().manual_seed(1))
    words = r"the exported encoder differs from the network by \S+ of its size \(at most 0\.001\)"
    with pytest.raises(ModelError, match=words):
        check_export(other, export, pictures)


def test_a_network_whose_output_is_no_number_is_refused(network, pictures):
    broken = copy.deepcopy(network)
    with torch.no_grad():
        next(broken.parameters()).fill_(float("nan"))
    with pytest.raises(ModelError, match="output is not finite: the training has diverged"):
        check_export(broken, export_encoder(broken, size=SIZE), pictures)


def test_the_tolerance_is_of_the_embeddings_size(network, export, pictures):
    scaled = copy.deepcopy(network)
    with torch.no_grad():
        scaled.head[2].weight.mul_(1 + 5e-4)
        scaled.head[2].bias.mul_(1 + 5e-4)
    assert 1e-4 < check_export(scaled, export, pictures, tolerance=1e-2) < 1e-2
    with pytest.raises(ModelError, match="nothing was written"):
        check_export(scaled, export, pictures, tolerance=1e-4)
