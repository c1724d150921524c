"""Against Keras itself (its torch backend), layer by layer: an independent computation of padding, norms and order."""

import os

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.training.backbones.weights import MissingWeightsError  # noqa: E402
from morelli.training.backbones.xception import (  # noqa: E402
    Xception,
    load_keras_weights,
    load_timm_weights,
    same_padding,
)


@pytest.fixture(scope="module")
def keras_xception():
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    return keras, keras.applications.Xception(weights=None, include_top=False, input_shape=(299, 299, 3))


@pytest.fixture(scope="module")
def weights(keras_xception):
    """Keras' own network with random weights and random statistics, in the names of the weight file."""
    _, model = keras_xception
    rng = np.random.default_rng(0)
    found = {}
    strided = norms = 0
    for layer in model.layers:
        kind = type(layer).__name__
        values = layer.get_weights()
        if not values:
            continue
        if kind == "BatchNormalization":
            width = len(values[0])
            values = [rng.uniform(0.7, 1.3, width), *rng.normal(0, 0.1, (2, width)), rng.uniform(0.7, 1.3, width)]
            layer.set_weights(values)
        name = layer.name
        if name.startswith("conv2d"):
            name, strided = "conv2d" + (f"_{strided}" if strided else ""), strided + 1
        elif name.startswith("batch_normalization"):
            name, norms = "batch_normalization" + (f"_{norms}" if norms else ""), norms + 1
        found |= {f"{name}/{i}": np.asarray(value, np.float32) for i, value in enumerate(layer.get_weights())}
    return found


def test_every_block_is_kerass(keras_xception, weights, rng):
    keras, model = keras_xception
    network = Xception().eval()
    load_keras_weights(network, weights)
    pictures = rng.random((1, 299, 299, 3), dtype=np.float32)
    adds = [layer.output for layer in model.layers if type(layer).__name__ == "Add"]
    outputs = [model.get_layer("block1_conv2_act").output, *adds, model.output]
    wanted = keras.Model(model.input, outputs)(pictures * 2 - 1, training=False)
    with torch.inference_mode():
        maps = network(torch.from_numpy(pictures).permute(0, 3, 1, 2))
    assert len(wanted) == len(maps) == 14
    for (name, got), one in zip(maps.items(), wanted, strict=True):
        expected = one.detach().cpu().numpy().transpose(0, 3, 1, 2)
        assert got.shape == expected.shape, name
        np.testing.assert_allclose(got.numpy(), expected, atol=2e-4 * expected.std(), rtol=1e-3, err_msg=name)


def test_the_whole_network_has_kerass_number_of_values(weights):
    assert sum(value.size for value in weights.values()) == 20_861_480
    network = Xception()
    assert network.layers["block14"] == 2048
    assert sum(p.numel() for p in network.blocks["block14"].parameters()) == 4_748_800


@pytest.mark.parametrize("size", [*range(3, 40), 147, 74, 37])
def test_same_padding_is_tensorflows_formula(size):
    before, after = same_padding(size)
    out = -(-size // 2)
    assert before + after == max((out - 1) * 2 + 3 - size, 0)
    assert 0 <= after - before <= 1


def test_weights_that_do_not_fit_are_named(weights):
    missing = {name: value for name, value in weights.items() if name != "block5_sepconv2/1"}
    with pytest.raises(KeyError, match="block5_sepconv2/1"):
        load_keras_weights(Xception(), missing)
    with pytest.raises(ValueError, match=r"block14_sepconv2_bn/0: shape \(3,\), the network's is \(2048,\)"):
        load_keras_weights(Xception(), weights | {"block14_sepconv2_bn/0": np.ones(3)})
    with pytest.raises(ValueError, match="without a place in the network: extra/0"):
        load_keras_weights(Xception(), weights | {"extra/0": np.ones(3)})


def test_timms_names_lead_to_the_same_places(rng):
    """At 39 px every map that is halved has an odd side, where timm's padding is TensorFlow's: the two networks then agree."""
    timm = pytest.importorskip("timm")
    theirs = timm.create_model("legacy_xception", pretrained=False).eval()
    for module in theirs.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = 1e-3
            for values, low, high in (
                (module.weight, 0.7, 1.3), (module.bias, -0.1, 0.1), (module.running_mean, -0.1, 0.1), (module.running_var, 0.7, 1.3)
            ):  # fmt: skip
                values.data.uniform_(low, high)
    ours = Xception().eval()
    load_timm_weights(ours, {name: value.numpy() for name, value in theirs.state_dict().items()})
    pictures = torch.from_numpy(rng.random((2, 3, 39, 39), dtype=np.float32))
    with torch.inference_mode():
        torch.testing.assert_close(
            ours(pictures)["block14"], theirs.forward_features(pictures * 2 - 1), rtol=1e-3, atol=1e-4
        )


def test_a_weight_that_timms_file_lacks_or_has_too_much_is_named():
    timm = pytest.importorskip("timm")
    state = {k: v.numpy() for k, v in timm.create_model("legacy_xception", pretrained=False).state_dict().items()}
    with pytest.raises(ValueError, match=r"without a place in the network: odd\.weight"):
        load_timm_weights(Xception(), state | {"odd.weight": np.zeros(3, np.float32)})
    del state["block7.rep.4.conv1.weight"]
    with pytest.raises(MissingWeightsError, match=r"block7\.rep\.4\.conv1"):
        load_timm_weights(Xception(), state)
