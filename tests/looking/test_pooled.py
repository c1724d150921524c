import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.looking.backbone_map import choose_backbones  # noqa: E402
from morelli.looking.pooled import extract_pooled, pooled_cache  # noqa: E402


def test_they_are_the_means_of_torchs_map(small_backbone, studio_folder, tmp_path):
    files = sorted(studio_folder.rglob("*.jpg"))[:5]
    backbone = small_backbone
    cache = pooled_cache(backbone, tmp_path)
    found = extract_pooled(backbone, files, cache=cache).features(cache)
    pictures = np.concatenate([backbone.view.open(file).pixels for file in files])
    wanted = backbone.maps(pictures).mean(dim=(2, 3)).numpy()
    assert found.shape == (5, backbone.channels) == (5, 24)
    assert np.abs(found - wanted).max() < 0.05 * wanted.std()  # bfloat16


def test_each_layer_and_file_of_weights_has_its_own_cache(lite0_file, tmp_path):
    from safetensors.numpy import load_file, save_file

    other = tmp_path / "other.safetensors"
    values = load_file(lite0_file)
    save_file(values | {"conv_stem.weight": values["conv_stem.weight"] * 2}, other)
    several = choose_backbones(
        ["lite0:stage3", "lite0:head", "lite0:stage3"], [lite0_file, lite0_file, other], values="own"
    )
    assert len({pooled_cache(one, tmp_path).path for one in several}) == 3
