import json
import struct

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from safetensors.numpy import save_file  # noqa: E402

from morelli.training.backbones.backbone import BackboneError, build_backbone, check_layers, read_weights  # noqa: E402
from morelli.training.backbones.lite0 import Lite0  # noqa: E402


@pytest.fixture(scope="module")
def lite0_file(tmp_path_factory):
    torch.manual_seed(0)
    state = {n: v.numpy() for n, v in Lite0().network.state_dict().items() if not n.endswith("tracked")}
    file = tmp_path_factory.mktemp("weights") / "lite0.safetensors"
    save_file(state, file, metadata={"origin": "a test", "licence": "CC0", "extent": "whole network"})
    return file


def test_a_local_file_makes_the_network_and_says_where_it_came_from(lite0_file):
    from hashlib import sha256

    network, origin = build_backbone("lite0", weights=lite0_file)
    assert not network.training
    assert (origin.source, origin.licence, origin.extent) == ("a test", "CC0", "whole network")
    assert origin.sha256 == sha256(lite0_file.read_bytes()).hexdigest()
    torch.manual_seed(0)
    x = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(network(x)["head"], network(x)["head"])
        wanted = Lite0()
        wanted.network.load_state_dict(network.network.state_dict())
        torch.testing.assert_close(network(x)["stage3"], wanted.eval()(x)["stage3"])


def test_what_is_wrong_is_named(lite0_file, tmp_path):
    with pytest.raises(BackboneError, match="did you mean 'xception'"):
        build_backbone("xceptoin", weights=lite0_file)
    with pytest.raises(BackboneError, match=r"has no block1_conv1/0, which xception needs .*whole network"):
        build_backbone("xception", weights=lite0_file)
    values, _ = read_weights(lite0_file)
    partial = tmp_path / "partial.safetensors"
    save_file({n: v for n, v in values.items() if not n.startswith("blocks.6")}, partial)
    with pytest.raises(BackboneError, match=r"has no blocks\.6\..*, which lite0 needs"):
        build_backbone("lite0", weights=partial)
    wrong = tmp_path / "wrong.safetensors"
    save_file(values | {"conv_stem.weight": np.ones((2, 2), np.float32)}, wrong)
    with pytest.raises(BackboneError, match="not weights of lite0: conv_stem"):
        build_backbone("lite0", weights=wrong)


@pytest.mark.parametrize(
    "data", [b"", b"not safetensors", struct.pack("<Q", 1 << 60), struct.pack("<Q", 2) + json.dumps({}).encode()[:1]]
)
def test_a_damaged_file_is_refused(tmp_path, data):
    file = tmp_path / "w.safetensors"
    file.write_bytes(data)
    with pytest.raises(BackboneError, match=r"w\.safetensors: cannot read these weights"):
        build_backbone("lite0", weights=file)
    with pytest.raises(BackboneError, match="cannot read"):
        build_backbone("lite0", weights=tmp_path / "gone.safetensors")


def test_a_layer_that_does_not_exist_lists_those_that_do():
    check_layers(Lite0(), ["stage0", "head"], name="lite0")
    with pytest.raises(BackboneError, match=r"lite0 has no layer 'stage9'; it has stage0 \(16\), .*head \(1280\)"):
        check_layers(Lite0(), ["stage9"], name="lite0")
