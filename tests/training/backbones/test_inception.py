"""Against Keras itself (its torch backend), depth by depth."""

import os

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.training.backbones.inception import LAYERS, CountsNoPadding, InceptionV3, load_inception_weights  # noqa: E402

# Keras numbers its convolutions in the order in which they are made; these are timm's names in that order.
A = ["branch1x1", "branch5x5_1", "branch5x5_2", "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3", "branch_pool"]
B = ["branch3x3", "branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3"]
C = [
    "branch1x1",
    "branch7x7_1",
    "branch7x7_2",
    "branch7x7_3",
    *(f"branch7x7dbl_{i}" for i in range(1, 6)),
    "branch_pool",
]
D = ["branch3x3_1", "branch3x3_2", *(f"branch7x7x3_{i}" for i in range(1, 5))]
E = ["branch1x1", "branch3x3_1", "branch3x3_2a", "branch3x3_2b"]
E += ["branch3x3dbl_1", "branch3x3dbl_2", "branch3x3dbl_3a", "branch3x3dbl_3b", "branch_pool"]
BLOCKS = dict(zip(LAYERS, [A, A, A, B, C, C, C, C, D, E, E], strict=True))
STEM = ["Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "Conv2d_3b_1x1", "Conv2d_4a_3x3"]
NAMES = STEM + [f"{block}.{part}" for block, parts in BLOCKS.items() for part in parts]


@pytest.fixture(scope="module")
def keras_inception():
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(0)
    model = keras.applications.InceptionV3(weights=None, include_top=False, input_shape=(171, 171, 3))
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if type(layer).__name__ == "BatchNormalization":
            width = len(layer.get_weights()[0])
            layer.set_weights([*rng.normal(0, 0.1, (2, width)), rng.uniform(0.7, 1.3, width)])
    return keras, model


def number(name):
    return int(name.rsplit("_", 1)[1]) if name.rsplit("_", 1)[-1].isdigit() else 0


@pytest.fixture(scope="module")
def weights(keras_inception):
    _, model = keras_inception
    kinds = {"Conv2D": [], "BatchNormalization": []}
    for layer in model.layers:
        if type(layer).__name__ in kinds:
            kinds[type(layer).__name__].append(layer)
    found = {}
    order = [sorted(layers, key=lambda layer: number(layer.name)) for layers in kinds.values()]
    for name, conv, norm in zip(NAMES, *order, strict=True):
        beta, mean, variance = norm.get_weights()
        found[f"{name}.conv.weight"] = conv.get_weights()[0].transpose(3, 2, 0, 1)
        found |= {f"{name}.bn.weight": np.ones_like(beta), f"{name}.bn.bias": beta}
        found |= {f"{name}.bn.running_mean": mean, f"{name}.bn.running_var": variance}
    return found


def test_every_depth_is_kerass(keras_inception, weights, rng):
    keras, model = keras_inception
    network = InceptionV3().eval()
    load_inception_weights(network, weights, pooling="counts-no-padding")
    pictures = rng.random((1, 171, 171, 3), dtype=np.float32)
    mixed = [model.get_layer(f"mixed{i}").output for i in range(11)]
    wanted = keras.Model(model.input, mixed)(pictures * 2 - 1, training=False)
    with torch.inference_mode():
        maps = network(torch.from_numpy(pictures).permute(0, 3, 1, 2))
    for (name, got), one in zip(maps.items(), wanted, strict=True):
        assert got.shape[1] == LAYERS[name]
        # The branches of a block stand in one order in Keras and in timm.
        expected = one.detach().cpu().numpy().transpose(0, 3, 1, 2)
        np.testing.assert_allclose(got.numpy(), expected, atol=1e-4, rtol=1e-3, err_msg=name)


def test_a_shallower_network_needs_no_deeper_weights(weights):
    network = InceptionV3(deepest="Mixed_6c")
    load_inception_weights(
        network,
        {n: v for n, v in weights.items() if not n.startswith(("Mixed_6d", "Mixed_7"))},
        pooling="counts-no-padding",
    )
    assert list(network.layers)[-1] == "Mixed_6c"
    with pytest.raises(KeyError, match="Mixed_6d"):
        load_inception_weights(
            InceptionV3(), {n: v for n, v in weights.items() if not n.startswith("Mixed_6d")}, pooling="counts-padding"
        )
    with pytest.raises(ValueError, match="counts-padding or"):
        load_inception_weights(network, weights, pooling="max")


def test_an_average_over_what_is_inside(rng):
    x = torch.from_numpy(rng.random((2, 3, 6, 5)))
    pooled = torch.nn.functional.avg_pool2d(x, 3, stride=1, padding=1)
    wanted = torch.nn.functional.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
    torch.testing.assert_close(CountsNoPadding()(pooled), wanted)
