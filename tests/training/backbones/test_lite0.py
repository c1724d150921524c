"""Against `efficientnet_lite_pytorch`, whose names the weights have: an independent computation."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.training.backbones.lite0 import Lite0, load_lite0_weights  # noqa: E402


@pytest.fixture(scope="module")
def other():
    package = pytest.importorskip("efficientnet_lite_pytorch")
    torch.manual_seed(0)
    network = package.EfficientNet.from_name("efficientnet-lite0").eval()
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


def test_every_stage_is_the_other_packages(other, weights, rng):
    network = Lite0().eval()
    load_lite0_weights(network, weights)
    pictures = torch.from_numpy(rng.random((2, 3, 224, 224), dtype=np.float32))
    with torch.inference_mode():
        x = other._swish(other._bn0(other._conv_stem((pictures * 255 - 127) / 128)))
        wanted, ends = [], np.cumsum([1, 2, 2, 3, 3, 4, 1]) - 1
        for number, block in enumerate(other._blocks):
            x = block(x)
            if number in ends:
                wanted.append(x)
        wanted.append(other._swish(other._bn1(other._conv_head(x))))
        maps = network(pictures)
    assert [m.shape[1] for m in maps.values()] == list(network.layers.values())
    assert len(maps) == len(wanted) == 8
    for (name, got), one in zip(maps.items(), wanted, strict=True):
        torch.testing.assert_close(got, one, atol=1e-4, rtol=1e-4, msg=name)


def test_weights_that_do_not_fit_are_named(weights):
    with pytest.raises(KeyError, match=r"blocks\.2\.0\.bn2\.weight"):
        load_lite0_weights(Lite0(), {n: v for n, v in weights.items() if n != "_blocks.3._bn1.weight"})
    with pytest.raises(ValueError, match=r"conv_stem\.weight: shape"):
        load_lite0_weights(Lite0(), weights | {"_conv_stem.weight": np.ones((3, 3))})
    with pytest.raises(ValueError, match="without a place"):
        load_lite0_weights(Lite0(), weights | {"extra": np.ones(3)})
