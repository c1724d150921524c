import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.model.encoder import load_openvino  # noqa: E402
from morelli.training.backbones.backbone import BackboneError  # noqa: E402
from morelli.training.backbones.efficientnet_lite import EfficientNetLite  # noqa: E402
from morelli.training.backbones.pooled import PooledBackbone  # noqa: E402
from morelli.training.export import check_export, export_encoder  # noqa: E402


@pytest.fixture(scope="module")
def lite0():
    torch.manual_seed(0)
    return EfficientNetLite().eval()


def test_statistics_are_numpys(lite0, rng):
    pooled = PooledBackbone(lite0, name="lite0", layers=["stage1", "head"], statistics=["mean", "deviation"])
    pictures = torch.from_numpy(rng.random((2, 3, 64, 64), dtype=np.float32))
    with torch.inference_mode():
        got = pooled(pictures).numpy()
        maps = {name: value.numpy() for name, value in lite0(pictures).items()}
    wanted = [f(maps[layer], axis=(2, 3)) for layer in ("stage1", "head") for f in (np.mean, np.std)]
    np.testing.assert_allclose(got, np.concatenate(wanted, axis=1), rtol=1e-4, atol=1e-6)
    assert got.shape == (2, pooled.width) == (2, 2 * (24 + 1280))


@pytest.mark.slow
def test_it_goes_through_onnx_unchanged(lite0, rng):
    pooled = PooledBackbone(lite0, name="lite0", layers=list(lite0.layers), statistics=["mean", "deviation"]).eval()
    assert pooled.width == 4128
    pictures = rng.integers(0, 256, (3, 64, 64, 3), dtype=np.uint8)
    data = export_encoder(pooled, size=64)
    assert check_export(pooled, data, pictures) < 1e-3
    assert load_openvino(data, name="lite0").encode(pictures).shape == (3, 4128)


def test_a_layer_or_statistic_that_does_not_exist_is_refused(lite0):
    with pytest.raises(BackboneError, match="has no layer 'stage9'"):
        PooledBackbone(lite0, name="lite0", layers=["stage9"], statistics=["mean"])
    with pytest.raises(ValueError, match="of mean and deviation"):
        PooledBackbone(lite0, name="lite0", layers=["head"], statistics=["median"])
