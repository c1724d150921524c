"""How each place of a feature map moves a number that a network makes of it: two ways, both by captum.

Every network here is two parts: a body, pictures -> map, and a head, map -> numbers. Both ways read the map and how the number changes with
it, so only the head is differentiated; the body may be frozen, run without gradients, or be of another library.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class _Watched(nn.Module):
    """A head whose input is a layer of its own, for captum to watch."""

    def __init__(self, head: nn.Module) -> None:
        super().__init__()
        self.map = nn.Identity()
        self.head = head

    def forward(self, maps: Tensor) -> Tensor:
        answer: Tensor = self.head(self.map(maps))
        return answer


def grad_cam(head: nn.Module, maps: Tensor, *, target: Tensor | None = None) -> Tensor:
    """Return Grad-CAM before its ReLU (Selvaraju et al. 2017): (n, h, w), at each place the sum over channels of (the channel's mean
    gradient) x (its value there).

    head: maps (n, c, h, w) -> (n, k), of which `target` (n,) names one each; or, without a target, -> (n,). Above zero: what is there
    raises the number. For a linear head on the map's mean this is the class-activation map w_k . f(x, y), over h w.
    """
    from captum.attr import LayerGradCam

    watched = _Watched(head).eval()
    with torch.inference_mode(mode=False), torch.enable_grad():
        found: Tensor = LayerGradCam(watched, watched.map).attribute(_leaf(maps), target=target)
    return found.detach()[:, 0]


def gradient_times_map(head: nn.Module, maps: Tensor, *, target: Tensor | None = None) -> Tensor:
    """Return gradient x map: (n, h, w), at each place the sum over channels of (the gradient there) x (the value there).

    To first order it is what the number would lose if the map were blank at that place. On the map's mean it is the same as `grad_cam`;
    under a head that tells places apart (flatten, then linear) Grad-CAM's mean gradient is not, and points elsewhere (Draelos and
    Carin 2020).
    """
    from captum.attr import LayerGradientXActivation

    watched = _Watched(head).eval()
    with torch.inference_mode(mode=False), torch.enable_grad():
        found: Tensor = LayerGradientXActivation(watched, watched.map).attribute(_leaf(maps), target=target)
    return found.detach().sum(dim=1)


def _leaf(maps: Tensor) -> Tensor:
    """Return a copy that gradients can be taken of, whatever mode the map was made in."""
    return maps.detach().clone().requires_grad_()
