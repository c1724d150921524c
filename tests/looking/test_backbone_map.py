import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.looking.backbone_map import choose_backbones  # noqa: E402
from morelli.training.backbones.backbone import BackboneError, build_backbone  # noqa: E402


def test_the_last_layer_unless_one_is_named(lite0_file, rng):
    last, named = choose_backbones(["lite0", "lite0:stage1"], [lite0_file, lite0_file], values="own")
    assert (last.label, last.channels, last.size) == ("lite0, head", 1280, 224)
    assert (named.layer, named.channels) == ("stage1", 24)
    pictures = rng.integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    network, _ = build_backbone("lite0", weights=lite0_file, values="own")
    with torch.inference_mode():
        wanted = network(torch.from_numpy(pictures).permute(0, 3, 1, 2) / 255)["stage1"]
    torch.testing.assert_close(named.maps(pictures), wanted)
    assert named.cells.rows.step == pytest.approx(4 / 224)
    assert last.cells.columns.centres(7) == pytest.approx(
        [(2 * n + 1) / 14 for n in range(7)]
    )  # though it pads on one side
    assert last.origin.extent == "random, for a test; values not checked, taken as someone's own"


def test_what_is_wrong_is_named(lite0_file):
    with pytest.raises(BackboneError, match="2 backbones and 1 files of weights"):
        choose_backbones(["lite0", "lite0"], [lite0_file], values="own")
    with pytest.raises(BackboneError, match="has no layer 'stage9'; it has stage0"):
        choose_backbones(["lite0:stage9"], [lite0_file], values="own")
    with pytest.raises(BackboneError, match="did you mean 'inception-v3'"):
        choose_backbones(["inceptoin-v3"], [lite0_file], values="own")
