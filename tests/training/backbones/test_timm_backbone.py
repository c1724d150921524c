"""Any backbone of timm, any layer: against timm's own features and against its modules one after another."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
timm = pytest.importorskip("timm")

from safetensors.torch import save_file  # noqa: E402

from morelli.training.backbones.backbone import BackboneError, build_backbone  # noqa: E402
from morelli.training.backbones.pooled import PooledBackbone  # noqa: E402
from morelli.training.export import check_export, export_encoder  # noqa: E402


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return the function from a name of timm to its network with random weights and the file of these."""
    folder = tmp_path_factory.mktemp("timm")

    def make(name, **more):
        torch.manual_seed(0)
        network = timm.create_model(name, pretrained=False, **more).eval()
        file = folder / f"{name}.safetensors"
        save_file({key: value.contiguous() for key, value in network.state_dict().items()}, file)
        return network, file

    return make


def test_maps_are_timms_features(made):
    network, file = made("resnet10t")
    backbone, origin = build_backbone("timm/resnet10t", weights=file, size=64)
    assert origin.source == "resnet10t.safetensors"
    features = timm.create_model("resnet10t", pretrained=False, features_only=True).eval()
    features.load_state_dict(network.state_dict(), strict=False)
    x = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        maps = backbone(x)
        wanted = features((x - backbone.mean) / backbone.deviation)
    names = [info["module"] for info in network.feature_info]
    assert list(maps) == [*names, "last"]
    for name, one in zip(names, wanted, strict=True):
        torch.testing.assert_close(maps[name], one)
    assert backbone.layers == {name: m.shape[1] for name, m in maps.items()}


def test_any_inner_layer_can_be_named(made):
    network, file = made("resnet10t")
    backbone, _ = build_backbone("timm/resnet10t", weights=file, size=64, layers=["layer2.0.conv1"])
    seen = []
    network.layer2[0].conv1.register_forward_hook(lambda module, inputs, output: seen.append(output))
    x = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        network((x - backbone.mean) / backbone.deviation)
        torch.testing.assert_close(backbone(x)["layer2.0.conv1"], seen[0])


@pytest.mark.parametrize(
    ("name", "size", "layer"),
    [("swin_tiny_patch4_window7_224", 224, "layers.1"), ("vit_tiny_patch16_224", 48, "blocks.3")],
)
@pytest.mark.slow
def test_channels_stand_first_and_tokens_are_places(made, name, size, layer):
    network, file = made(name)
    backbone, _ = build_backbone(f"timm/{name}", weights=file, size=size, layers=[layer])
    sized = timm.create_model(
        name, pretrained=True, num_classes=0, img_size=size, pretrained_cfg_overlay={"file": str(file)}
    )
    x = torch.rand(2, 3, size, size)
    with torch.inference_mode():
        last = sized.eval().forward_features((x - backbone.mean) / backbone.deviation)
        maps = backbone(x)
    assert maps["last"].shape[:2] == (2, network.num_features)
    places = last.flatten(1, -2)[:, getattr(sized, "num_prefix_tokens", 0) :]
    torch.testing.assert_close(maps["last"].mean(dim=(2, 3)), places.mean(dim=1))


def test_it_goes_through_onnx(made, rng):
    _, file = made("resnet10t")
    backbone, _ = build_backbone("timm/resnet10t", weights=file, size=64, layers=["layer2"])
    pooled = PooledBackbone(backbone, name="x", layers=["layer2", "last"], statistics=["mean", "deviation"]).eval()
    pictures = rng.integers(0, 256, (2, 64, 64, 3), dtype=np.uint8)
    assert check_export(pooled, export_encoder(pooled, size=64), pictures) < 1e-3


@pytest.mark.parametrize("top", ["none", "of other classes"])
def test_a_file_with_another_top_layer_or_none_serves(made, tmp_path, top):
    network, file = made("resnet10t")
    state = {n: v.contiguous() for n, v in network.state_dict().items() if not n.startswith("fc.")}
    if top == "of other classes":
        state |= {"fc.weight": torch.zeros(7, 512), "fc.bias": torch.zeros(7)}
    save_file(state, tmp_path / "own.safetensors")
    own, _ = build_backbone("timm/resnet10t", weights=tmp_path / "own.safetensors", size=64)
    whole, _ = build_backbone("timm/resnet10t", weights=file, size=64)
    x = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        torch.testing.assert_close(own(x)["last"], whole(x)["last"])


def test_what_is_wrong_is_named(made, tmp_path):
    network, file = made("resnet10t")
    with pytest.raises(BackboneError, match=r"timm has no backbone 'resnet10tt'; did you mean 'resnet10t'"):
        build_backbone("timm/resnet10tt", weights=file)
    with pytest.raises(BackboneError, match=r"timm knows no weights 'resnet10t\.c9_in1k'; .*resnet10t\.c3_in1k"):
        build_backbone("timm/resnet10t.c9_in1k", weights=file)
    with pytest.raises(BackboneError, match=r"has no layer 'layer9'; .*Layers that timm names: act1, layer1, .*last"):
        build_backbone("timm/resnet10t", weights=file, layers=["layer9"])
    with pytest.raises(BackboneError, match=r"'global_pool' stands behind the last map; layers: act1, .*last"):
        build_backbone("timm/resnet10t", weights=file, size=64, layers=["global_pool"])
    partial = tmp_path / "partial.safetensors"
    state = {n: v.contiguous() for n, v in network.state_dict().items() if not n.startswith("layer3.0.conv")}
    save_file(state, partial)
    with pytest.raises(
        BackboneError, match=r"lacks weights of 2 layers: layer3\.0\.conv1, layer3\.0\.conv2, which timm/"
    ):
        build_backbone("timm/resnet10t", weights=partial)
