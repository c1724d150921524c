"""Against gradients: where the picture's pixels that move a cell have their centre."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from morelli.systems.read import read_system  # noqa: E402
from morelli.training.backbones.backbone import build_backbone  # noqa: E402
from morelli.training.backbones.cells import CellsError, find_cells, trained_cells  # noqa: E402
from morelli.training.backbones.efficientnet_lite import EfficientNetLite  # noqa: E402
from morelli.training.backbones.inception import InceptionV3  # noqa: E402
from morelli.training.backbones.xception import Xception  # noqa: E402
from morelli.training.tower import TowerNetwork  # noqa: E402


def felt_centres(body, size, rows, *, axis=2, pictures=1, x=None):
    """Centres, in shares of the side, of the squared gradient of whole rows (axis 2) or columns (axis 3) of a map; of noise, or of x."""
    torch.manual_seed(0)
    x = (torch.rand(pictures, 3, size, size) if x is None else x.clone()).requires_grad_(True)
    maps = body(x)
    found = []
    for row in rows:
        (gradient,) = torch.autograd.grad(maps.select(axis, row).square().sum(), x, retain_graph=True)
        mass = gradient.square().sum(dim=(0, 1, 5 - axis)).double()
        found.append(float((mass * (torch.arange(size) + 0.5)).sum() / mass.sum() / size))
    return found


class Even(nn.Module):
    """Turns every kernel into one of ones: its gradient's centre is its window's."""

    def __init__(self, *layers):
        super().__init__()
        self.layers = nn.Sequential(*layers)
        for layer in self.layers.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.ones_(layer.weight)

    def forward(self, x):
        return self.layers(x)


@pytest.mark.parametrize(
    "layers",
    [
        [nn.Conv2d(3, 2, 3)],
        [nn.Conv2d(3, 2, 3, stride=2), nn.Conv2d(2, 2, 5, stride=2, padding=1)],
        [nn.Conv2d(3, 2, 3, padding="same"), nn.AvgPool2d(2)],
        [nn.Conv2d(3, 2, (1, 3), padding=(0, 1), dilation=2, bias=False), nn.AvgPool2d(3, stride=2, padding=1)],
        [nn.ZeroPad2d((0, 1, 2, 0)), nn.Conv2d(3, 2, 3, stride=2), nn.BatchNorm2d(2), nn.ReLU(inplace=True)],
        [nn.Conv2d(3, 4, 4, stride=4), nn.Conv2d(4, 4, 3, groups=4, padding=1), nn.AvgPool2d(2, ceil_mode=True)],
    ],
)
def test_plain_layers_are_followed_exactly(layers):
    body = Even(*layers).eval()
    [cells] = find_cells(lambda x: [body(x)], size=96)
    height, width = body(torch.zeros(1, 3, 96, 96)).shape[2:]
    for line, count, axis in ((cells.rows, height, 2), (cells.columns, width, 3)):
        inner = range(count // 3, count - count // 3)
        wanted = [line.centres(count)[row] for row in inner]
        assert felt_centres(body, 96, inner, axis=axis) == pytest.approx(wanted, abs=0.15 / 96)


def test_a_tower_halves_its_cells():
    system = read_system("triplet-cnn")
    network = TowerNetwork(system.network, size=256).eval()
    [cells] = find_cells(lambda x: [network.features((x - network.mean) / network.deviation)], size=256)
    assert cells.rows == cells.columns
    assert cells.rows.centres(8) == pytest.approx([(2 * n + 1) / 16 for n in range(8)])  # even tiles


@pytest.mark.parametrize(("layer", "step"), [("stage0", 2), ("stage1", 4), ("stage2", 8)])
def test_lite0_pads_below_and_right(layer, step):
    torch.manual_seed(1)
    network = EfficientNetLite().eval()
    [cells] = find_cells(lambda x: [network(x)[layer]], size=224)
    assert cells.rows.step * 224 == pytest.approx(step)
    middle = 112 // step
    inner = range(middle - 1, middle + 2)
    felt = felt_centres(lambda x: network(x)[layer], 224, inner, pictures=2)
    wanted = [cells.rows.centres(224 // step)[row] for row in inner]
    assert np.abs(np.subtract(felt, wanted)).max() * 224 < 0.25 * step + 0.5
    assert cells.rows.first * 224 - 0.5 == step - 1  # not (step - 1) / 2, as in even tiles


def test_trained_cells_lie_in_the_middle():
    """Windows that one-sided padding moved are moved back; those that lie evenly stay, with what their layers cut off at the edges."""
    padded = nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(3, 2, 3, stride=2)).eval()
    [cells] = trained_cells(lambda x: [padded(x)], size=32)
    assert cells.rows.centres(16) == pytest.approx([(2 * n + 1) / 32 for n in range(16)])
    cut = nn.Conv2d(3, 2, 9, stride=8).eval()
    [cells] = trained_cells(lambda x: [cut(x)], size=33)
    assert (cells.rows.first * 33, cells.rows.step * 33) == pytest.approx((4.5, 8))
    assert cells == find_cells(lambda x: [cut(x)], size=33)[0]


@pytest.mark.parametrize("layer", ["stage5", "stage6", "head"])
def test_the_trained_lite0_looks_from_its_even_tiles(weights_folder, rng, layer):
    """On smoothed noise: the gradients of trained cells lie nearer to the middle than to where their windows have their centres."""
    network, _ = build_backbone("lite0", weights=weights_folder / "efficientnet-lite0.safetensors", size=224, layers=())
    network.eval()
    coarse = torch.from_numpy(rng.random((6, 3, 28, 28), dtype=np.float32))
    pictures = functional.interpolate(coarse, size=(224, 224), mode="bicubic").clamp(0, 1)
    windows = find_cells(lambda x: [network(x)[layer]], size=224)[0].rows.centres(7)
    trained = trained_cells(lambda x: [network(x)[layer]], size=224)[0].rows.centres(7)
    felt = [felt_centres(lambda x: network(x)[layer], 224, range(2, 5), axis=axis, x=pictures) for axis in (2, 3)]
    away = [float(np.mean(np.abs(np.mean(felt, axis=0) - np.array(places)[2:5]))) for places in (trained, windows)]
    assert away[0] < away[1]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "layer", "first", "step"),
    [(InceptionV3, "Mixed_5b", 13, 8), (InceptionV3, "Mixed_6c", 21, 16), (Xception, "block4", 5, 16)],
)
def test_the_backbones_cells_are_where_gradients_come_from(make, layer, first, step):
    torch.manual_seed(2)
    network = make().eval()
    [cells] = find_cells(lambda x: [network(x)[layer]], size=299)
    assert cells.rows == cells.columns
    assert (cells.rows.first * 299 - 0.5, cells.rows.step * 299) == pytest.approx((first, step))
    count = network(torch.zeros(1, 3, 299, 299))[layer].shape[2]
    inner = range(count // 2 - 1, count // 2 + 2)
    felt = felt_centres(lambda x: network(x)[layer], 299, inner)
    wanted = [cells.rows.centres(count)[row] for row in inner]
    assert np.abs(np.subtract(felt, wanted)).max() * 299 < 0.45 * step


def test_what_cannot_be_followed_is_refused():
    with pytest.raises(CellsError, match="through interpolate"):
        find_cells(lambda x: [functional.interpolate(x, size=(7, 7))], size=32)
    with pytest.raises(CellsError, match="cannot be followed back"):
        find_cells(lambda x: [torch.zeros(1, 2, 4, 4)], size=32)
    with pytest.raises(CellsError, match="cannot be followed back"):
        find_cells(lambda x: [x.flatten(1)], size=32)
