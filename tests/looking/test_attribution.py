"""Against plain computations: the class-activation map, autograd by hand, a hook on the real layer, and blanking cells one by one."""

import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from morelli.looking.attribution import grad_cam, gradient_times_map  # noqa: E402
from morelli.looking.linear import LinearClasses, LinearHead  # noqa: E402


@pytest.fixture
def classes(rng):
    return LinearClasses(
        rng.normal(size=(4, 6)).astype(np.float32), rng.normal(size=4).astype(np.float32), ("a", "b", "c", "d")
    )


@pytest.fixture
def maps(rng):
    return torch.from_numpy(rng.normal(size=(3, 6, 5, 7)).astype(np.float32))


@pytest.mark.parametrize("way", [grad_cam, gradient_times_map])
def test_under_a_linear_head_both_are_the_class_activation_map(classes, maps, way):
    found = way(LinearHead(classes), maps, target=torch.tensor([2, 0, 2])).numpy()
    wanted = np.einsum("nc,nchw->nhw", classes.weight[[2, 0, 2]], maps.numpy()) / 35
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    # It is complete: over all places it adds up to the logit, but for the bias.
    logits = LinearHead(classes)(maps).numpy()[range(3), [2, 0, 2]]
    np.testing.assert_allclose(found.sum(axis=(1, 2)), logits - classes.bias[[2, 0, 2]], atol=1e-5)


class Flattening(nn.Module):
    """A head that tells places apart, with one number a sample."""

    def __init__(self, *, width=6, places=35):
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(width * places, 16), nn.LayerNorm(16), nn.ReLU())

    def forward(self, maps):
        return -self.layers(maps).square().mean(dim=1)


def test_both_are_autograd_by_hand(maps):
    head = Flattening()
    leaf = maps.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(head(leaf).sum(), leaf)
    by_place = (gradient * maps).sum(dim=1)
    by_channel = (gradient.mean(dim=(2, 3), keepdim=True) * maps).sum(dim=1)
    torch.testing.assert_close(gradient_times_map(head, maps), by_place)
    torch.testing.assert_close(grad_cam(head, maps), by_channel)
    assert not torch.allclose(by_place, by_channel)


def test_a_map_made_without_gradients_serves(maps):
    head = Flattening()
    with torch.inference_mode():
        found = grad_cam(head, maps * 2)
    torch.testing.assert_close(found, grad_cam(head, maps * 2))
    assert not found.requires_grad


@pytest.mark.parametrize("way", ["LayerGradCam", "LayerGradientXActivation"])
def test_a_hook_on_the_layer_of_the_whole_network_gives_the_same(rng, way):
    import captum.attr

    torch.manual_seed(3)
    body = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 6, 3, padding=1))
    head = nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(6 * 16, 3))
    pictures = torch.from_numpy(rng.random((2, 3, 8, 8), dtype=np.float32))
    target = torch.tensor([0, 2])
    whole = getattr(captum.attr, way)(nn.Sequential(body, head), body[3]).attribute(pictures, target=target)
    ours = (grad_cam if way == "LayerGradCam" else gradient_times_map)(head, body(pictures), target=target)
    torch.testing.assert_close(ours, whole.detach().sum(dim=1))


def test_under_a_flattening_head_gradient_times_map_tells_what_blanking_a_place_costs(rng):
    torch.manual_seed(4)
    head = nn.Sequential(nn.Flatten(), nn.Linear(8 * 36, 32), nn.ReLU(), nn.Linear(32, 1), nn.Flatten(0))
    maps = torch.from_numpy(rng.random((20, 8, 6, 6), dtype=np.float32))
    by_place, by_channel = [], []
    for one, placed, channelled in zip(maps, gradient_times_map(head, maps), grad_cam(head, maps), strict=True):
        blanked = one.repeat(36, 1, 1, 1)
        for cell in range(36):
            blanked[cell, :, cell // 6, cell % 6] = 0
        with torch.inference_mode():
            cost = (head(one[None]) - head(blanked)).numpy()
        by_place.append(np.corrcoef(placed.flatten(), cost)[0, 1])
        by_channel.append(np.corrcoef(channelled.flatten(), cost)[0, 1])
    assert np.min(by_place) > 0.9
    assert np.mean(by_channel) < 0.3


@pytest.mark.slow
def test_captum_is_loaded_where_it_is_needed_and_no_sooner():
    code = (
        "import sys, morelli.looking.attribution, morelli.looking.class_page, morelli.looking.pair_page, morelli.cli.show_heatmap;"
        "sys.exit('captum' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_commands_load_no_torch_before_they_run():
    code = "import sys, morelli.cli.show_heatmap, morelli.cli.show_focus; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
