"""Weights, honestly: from a local file or the hub, whole, in their right places, or not at all."""

import json
import struct

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.numpy import load_file, save_file  # noqa: E402

from morelli.training.backbones.backbone import (  # noqa: E402
    BackboneError,
    backbone_names,
    build_backbone,
    check_layers,
    check_size,
)
from morelli.training.backbones.efficientnet_lite import EfficientNetLite  # noqa: E402
from morelli.training.backbones.probe import EXPECTED, differing_layer  # noqa: E402
from morelli.training.backbones.weights import missing_text, read_weights  # noqa: E402
from morelli.training.backbones.xception import Xception, keras_slots  # noqa: E402


@pytest.fixture(scope="module")
def lite0_file(made_weights):
    return made_weights("lite0")


def test_a_local_file_makes_the_network_and_says_where_it_came_from(lite0_file):
    from hashlib import sha256

    network, origin = build_backbone("lite0", weights=lite0_file, values="own")
    assert not network.training
    assert (origin.backbone, origin.source, origin.licence) == ("lite0", "a test", "CC0")
    assert origin.extent == "whole network; values not checked, taken as someone's own"
    assert origin.sha256 == sha256(lite0_file.read_bytes()).hexdigest()
    torch.manual_seed(0)
    x = torch.rand(1, 3, 64, 64)
    wanted = EfficientNetLite()
    wanted.network.load_state_dict(
        {name: torch.from_numpy(value) for name, value in load_file(lite0_file).items()}, strict=False
    )
    with torch.inference_mode():
        torch.testing.assert_close(network(x)["stage3"], wanted.eval()(x)["stage3"])


@pytest.mark.parametrize("suffix", [".pth", ".pt"])
@pytest.mark.parametrize("wrapped", ["bare", "state_dict", "module."])
def test_a_state_dict_of_torch_is_read_too(lite0_file, tmp_path, suffix, wrapped):
    state = {name: torch.from_numpy(value) for name, value in load_file(lite0_file).items()}
    file = tmp_path / f"lite0{suffix}"
    if wrapped == "module.":
        state = {f"module.{name}": value for name, value in state.items()}
    torch.save({"state_dict": state, "epoch": 3} if wrapped == "state_dict" else state, file)
    network, origin = build_backbone("lite0", weights=file, values="own")
    assert origin.source == f"lite0{suffix}"
    assert origin.licence == "not stated in the file"
    one, _ = build_backbone("lite0", weights=lite0_file, values="own")
    for name, value in one.state_dict().items():
        torch.testing.assert_close(network.state_dict()[name], value)


class Trap:
    """What executes something when it is unpickled."""

    def __reduce__(self):
        return (print, ("this must never be executed",))


def test_a_pickle_is_never_executed(tmp_path, capsys):
    file = tmp_path / "trap.pth"
    torch.save({"conv": Trap()}, file)
    with pytest.raises(BackboneError, match=r"trap\.pth: cannot read these weights: .*state dict of tensors alone"):
        build_backbone("lite0", weights=file)
    assert "executed" not in capsys.readouterr().out
    torch.save({"a": torch.ones(2), "b": 3}, file)
    with pytest.raises(BackboneError, match="holds more than tensors by name"):
        build_backbone("lite0", weights=file)


def test_what_is_wrong_is_named(lite0_file, tmp_path):
    with pytest.raises(BackboneError, match="did you mean 'xception'"):
        build_backbone("xceptoin", weights=lite0_file)
    with pytest.raises(
        BackboneError, match=r"lacks weights of 8\d layers: block1_conv1, .* which xception needs .*whole"
    ):
        build_backbone("xception", weights=lite0_file)
    values = load_file(lite0_file)
    partial = tmp_path / "partial.safetensors"
    save_file({n: v for n, v in values.items() if "blocks.6.0.conv_pwl" not in n and n != "conv_head.weight"}, partial)
    with pytest.raises(
        BackboneError, match=r"lacks weights of 2 layers: blocks\.6\.0\.conv_pwl, conv_head, which lite0 needs"
    ):
        build_backbone("lite0", weights=partial)
    wrong = tmp_path / "wrong.safetensors"
    save_file(values | {"conv_stem.weight": np.ones((2, 2), np.float32)}, wrong)
    with pytest.raises(BackboneError, match="not weights of lite0: conv_stem"):
        build_backbone("lite0", weights=wrong)
    save_file(values | {"extra": np.ones(2, np.float32)}, wrong)
    with pytest.raises(BackboneError, match="not weights of lite0: weights without a place in the network: extra"):
        build_backbone("lite0", weights=wrong)


@pytest.mark.parametrize(
    "data", [b"", b"not safetensors", struct.pack("<Q", 1 << 60), struct.pack("<Q", 2) + json.dumps({}).encode()[:1]]
)
@pytest.mark.parametrize("name", ["w.safetensors", "w.pth"])
def test_a_damaged_file_is_refused(tmp_path, data, name):
    file = tmp_path / name
    file.write_bytes(data)
    with pytest.raises(BackboneError, match=f"{name}: cannot read these weights"):
        build_backbone("lite0", weights=file)
    with pytest.raises(BackboneError, match="cannot read"):
        build_backbone("lite0", weights=tmp_path / "gone.safetensors")


def test_a_layer_that_does_not_exist_lists_those_that_do():
    check_layers(EfficientNetLite(), ["stage0", "head"], name="lite0")
    with pytest.raises(BackboneError, match=r"lite0 has no layer 'stage9'; it has stage0 \(16\), .*head \(1280\)"):
        check_layers(EfficientNetLite(), ["stage9"], name="lite0")


def test_pictures_that_are_too_small_for_a_backbone_are_refused():
    with pytest.raises(BackboneError, match=r"xception cannot read pictures of 4 px; view\.size must be larger"):
        check_size(Xception().eval(), 4, name="xception")


def test_long_lists_of_layers_are_cut():
    names = [f"layer{k}.{part}" for k in range(20) for part in ("weight", "bias")]
    assert missing_text(names) == "20 layers: layer0, layer1, layer2, layer3, layer4, layer5, ... layer19"


def test_random_weights_in_the_right_names_are_not_the_published_ones(lite0_file):
    with pytest.raises(BackboneError, match=r"the names are those of lite0, the values are not .*--weights-unchecked"):
        build_backbone("lite0", weights=lite0_file)


FILES = {"xception": "xception", "lite0": "efficientnet-lite0", "inception-v3-6c": "inception-v3"}


@pytest.mark.parametrize("name", FILES)
def test_the_published_weights_are_known_by_their_values(weights_folder, name):
    network, origin = build_backbone(name, weights=weights_folder / f"{FILES[name]}.safetensors")
    assert len(origin.sha256) == 64
    assert "not checked" not in origin.extent
    assert differing_layer(network, EXPECTED[name]) is None
    assert set(EXPECTED) <= set(backbone_names())


def test_weights_that_are_fine_tuned_elsewhere_are_not_taken_for_imagenets(weights_folder):
    file = weights_folder / "inception-v3.safetensors"
    with pytest.raises(BackboneError, match=r"up to Mixed_6c only .* train inception-v3-6c"):
        build_backbone("inception-v3", weights=file)
    _, origin = build_backbone("inception-v3", weights=file, values="own")
    assert "taken as someone's own" in origin.extent


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("harm", ["one kernel read in the order of memory", "all of them", "two norms changed round"])
def test_scrambled_weights_are_refused_though_names_and_shapes_are_right(weights_folder, tmp_path, name, harm):
    values, _ = read_weights(weights_folder / f"{FILES[name]}.safetensors", backbone=name)
    values = {n: v for n, v in values.items() if not name.endswith("6c") or n < "Mixed_6d" or n.startswith("Conv2d")}
    kernels = [n for n, v in values.items() if v.ndim == 4 and min(v.shape[:2]) > 1]
    if harm == "two norms changed round":
        ones = [
            n
            for n in values
            if n.endswith(("bn2.running_mean", "_bn2.running_mean", "sepconv1_bn/2", "bn.running_mean"))
        ]
        one, other = next((a, b) for a in ones for b in ones if a < b and values[a].shape == values[b].shape)
        values |= {one: values[other], other: values[one]}
    else:
        for kernel in kernels[len(kernels) // 2 :][:1] if harm.startswith("one") else kernels:
            values[kernel] = values[kernel].transpose(3, 2, 1, 0).reshape(values[kernel].shape)
    file = tmp_path / "scrambled.safetensors"
    save_file({n: np.ascontiguousarray(v) for n, v in values.items()}, file)
    with pytest.raises(BackboneError, match="the values are not its ImageNet weights"):
        build_backbone(name, weights=file)


def test_every_weight_of_xception_has_its_place_in_keras_names():
    slots = keras_slots(Xception())
    assert len({slot.name for slot in slots}) == len(slots)
    assert sum(slot.target.numel() for slot in slots) == 20_861_480
