"""The five-block tower: every layer's shape as its table gives it, every parameter counted, its arithmetic done again by hand."""

import msgspec
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from morelli.catalogue.catalogue import Catalogue  # noqa: E402
from morelli.pictures.view import View  # noqa: E402
from morelli.systems.networks import Block, Tower  # noqa: E402
from morelli.systems.read import read_system  # noqa: E402
from morelli.training.pixels import cache_pixels, channel_statistics  # noqa: E402
from morelli.training.tower import TowerNetwork  # noqa: E402

SMALL = (Block(convolutions=1, channels=3), Block(convolutions=2, channels=5))

# The table of the source: channels of the convolutions of each block, and what its max-pool leaves of 256 x 256.
BLOCKS = [
    ([(3, 16), (16, 16)], (16, 128, 128)),
    ([(16, 32), (32, 32), (32, 32)], (32, 64, 64)),
    ([(32, 64), (64, 64), (64, 64)], (64, 32, 32)),
    ([(64, 128), (128, 128), (128, 128)], (128, 16, 16)),
    ([(128, 256), (256, 256), (256, 256)], (256, 8, 8)),
]


@pytest.fixture(scope="module")
def tower():
    """The published network without memory: shapes are worked out, nothing is computed."""
    with torch.device("meta"):
        return TowerNetwork(read_system("triplet-cnn").network, size=256).eval()


def shapes(network, pictures):
    """Run pictures through a network; return (module, shape of what comes out) of every layer, in order."""
    found = []
    hooks = [
        module.register_forward_hook(lambda module, _, out: found.append((module, tuple(out.shape[1:]))))
        for module in network.modules()
        if not list(module.children())
    ]
    network(pictures)
    for hook in hooks:
        hook.remove()
    return found


def test_layer_by_layer_the_shapes_are_those_of_the_source(tower):
    found = iter(shapes(tower, torch.empty(2, 3, 256, 256, device="meta")))
    side = 256
    for convolutions, pooled in BLOCKS:
        for before, after in convolutions:
            convolution, shape = next(found)
            assert isinstance(convolution, nn.Conv2d)
            assert (convolution.in_channels, convolution.out_channels) == (before, after)
            assert (convolution.kernel_size, convolution.padding, convolution.stride) == ((3, 3), (1, 1), (1, 1))
            assert convolution.bias is not None
            assert shape == (after, side, side)
            for kind in (nn.BatchNorm2d, nn.ReLU):
                module, shape = next(found)
                assert isinstance(module, kind)
                assert shape == (after, side, side)
        pool, shape = next(found)
        assert isinstance(pool, nn.MaxPool2d)
        assert pool.kernel_size == 2
        assert shape == pooled
        side //= 2
    head = [(type(module), shape) for module, shape in found]
    assert head == [(nn.Flatten, (16_384,)), (nn.Linear, (2_048,)), (nn.LayerNorm, (2_048,)), (nn.ReLU, (2_048,))]


def test_it_has_exactly_the_published_parameters(tower):
    counts = {}
    for module in tower.modules():
        if not list(module.children()):
            kind = type(module).__name__
            counts[kind] = counts.get(kind, 0) + sum(p.numel() for p in module.parameters() if p.requires_grad)
    assert counts == {
        "Conv2d": 1_962_608,
        "BatchNorm2d": 2_944,
        "Linear": 33_556_480,
        "LayerNorm": 4_096,
        "ReLU": 0,
        "MaxPool2d": 0,
        "Flatten": 0,
    }
    assert sum(p.numel() for p in tower.parameters()) == 35_526_128


@pytest.mark.parametrize("size", [16, 21])
def test_its_arithmetic_done_again_by_hand(size):
    blocks = (Block(convolutions=2, channels=3), Block(convolutions=1, channels=5))
    description = Tower(blocks=blocks, embedding=7, mean=(0.1, 0.5, 0.9), deviation=(0.5, 0.25, 2.0))
    torch.manual_seed(0)
    network = TowerNetwork(description, size=size).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):  # as after a training: not the means of 0 and the variances of 1
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    pictures = torch.rand(4, 3, size, size)
    state = network.state_dict()
    x = (pictures - torch.tensor([0.1, 0.5, 0.9])[:, None, None]) / torch.tensor([0.5, 0.25, 2.0])[:, None, None]
    layer = 0
    for block in blocks:
        for _ in range(block.convolutions):
            x = functional.conv2d(x, state[f"features.{layer}.weight"], state[f"features.{layer}.bias"], padding=1)
            mean, variance = state[f"features.{layer + 1}.running_mean"], state[f"features.{layer + 1}.running_var"]
            x = (x - mean[:, None, None]) / (variance[:, None, None] + 1e-5).sqrt()
            x = (
                x * state[f"features.{layer + 1}.weight"][:, None, None]
                + state[f"features.{layer + 1}.bias"][:, None, None]
            )
            x = x.clamp_min(0)
            layer += 3
        x = x.unfold(2, 2, 2).unfold(3, 2, 2).amax(dim=(4, 5))
        layer += 1
    x = x.flatten(1) @ state["head.1.weight"].T + state["head.1.bias"]
    x = (x - x.mean(dim=1, keepdim=True)) / (x.var(dim=1, keepdim=True, unbiased=False) + 1e-5).sqrt()
    x = (x * state["head.2.weight"] + state["head.2.bias"]).clamp_min(0)
    with torch.inference_mode():
        torch.testing.assert_close(network(pictures), x, atol=1e-5, rtol=1e-4)


def test_a_picture_s_embedding_does_not_depend_on_its_neighbours():
    network = TowerNetwork(Tower(blocks=(Block(convolutions=1, channels=4),), embedding=8), size=16).eval()
    pictures = torch.rand(5, 3, 16, 16)
    with torch.inference_mode():
        together = network(pictures)
        alone = torch.cat([network(picture[None]) for picture in pictures])
    torch.testing.assert_close(together, alone, atol=1e-6, rtol=1e-5)
    assert (together >= 0).all()


def test_a_prelu_tower_with_batch_norm_is_its_layers_in_turn(rng):
    tower = Tower(blocks=SMALL, embedding=4, activation="prelu", head_norm="batch", dropout=0.5, mean=(0.1, 0.2, 0.3))
    torch.manual_seed(0)
    network = TowerNetwork(tower, size=16)
    with torch.no_grad():
        for p in network.parameters():
            p.add_(torch.rand_like(p) * 0.3)
    w = network.state_dict()
    x = torch.from_numpy(rng.random((6, 3, 16, 16), dtype=np.float32))
    y = (x - torch.tensor([0.1, 0.2, 0.3]).view(1, 3, 1, 1)) / 0.5
    place = 0
    for block in SMALL:
        for _ in range(block.convolutions):
            y = functional.conv2d(y, w[f"features.{place}.weight"], w[f"features.{place}.bias"], padding=1)
            norm = [w[f"features.{place + 1}.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
            y = functional.prelu(functional.batch_norm(y, *norm), w[f"features.{place + 2}.weight"])
            place += 3
        y, place = functional.max_pool2d(y, 2), place + 1
    y = y.flatten(1) @ w["head.1.weight"].T + w["head.1.bias"]
    y = functional.batch_norm(y, *(w[f"head.2.{name}"] for name in ("running_mean", "running_var", "weight", "bias")))
    y = functional.prelu(y, w["head.3.weight"])
    with torch.inference_mode():
        torch.testing.assert_close(network.eval()(x), y)
    network.train()
    assert not torch.equal(network(x), network(x))  # dropout


def test_names_of_the_published_tower_s_weights_stay():
    """A checkpoint of an earlier version must load."""
    names = set(TowerNetwork(Tower(blocks=SMALL, embedding=4), size=16).state_dict())
    wanted = {f"head.{k}.{n}" for k in (1, 2) for n in ("weight", "bias")}
    for conv in (0, 4, 7):
        wanted |= {f"features.{conv}.{n}" for n in ("weight", "bias")}
        norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
        wanted |= {f"features.{conv + 1}.{n}" for n in norm}
    assert names == wanted


def test_channels_are_standardised_by_the_training_pictures(studio_folder, tmp_path):
    catalogue = Catalogue.read(studio_folder)
    rows = np.arange(12)
    pixels = cache_pixels(catalogue, rows, view=View("centre", 32), folder=tmp_path)
    mean, deviation = channel_statistics(pixels, rows[3:])
    flat = pixels.take(rows[3:]).reshape(-1, 3) / 255.0
    assert mean == pytest.approx(flat.mean(axis=0))
    assert deviation == pytest.approx(flat.std(axis=0))
    tower = msgspec.structs.replace(Tower(blocks=SMALL), mean=mean, deviation=deviation)
    network = TowerNetwork(tower, size=32)
    pictures = torch.from_numpy(pixels.take(rows[3:])).permute(0, 3, 1, 2).double() / 255
    standard = (pictures - network.mean) / network.deviation
    assert standard.mean(dim=(0, 2, 3)).numpy() == pytest.approx(np.zeros(3), abs=1e-5)
    assert standard.std(dim=(0, 2, 3)).numpy() == pytest.approx(np.ones(3), abs=1e-4)
