"""Artists that nobody is: augmentation of triples in feature space, for artists who were never seen.

`mixed`: a share of the triples is mixed with other triples (Zhang et al. 2018, "mixup", here between artists): the reference and its
like are the same mixture of two artists, the other picture is a mixture of two others. `adversarial`: every feature takes a step towards
a larger loss (Goodfellow et al. 2015, "Explaining and harnessing adversarial examples", equation of the fast gradient sign), and the net
learns from both.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from morelli.training.objectives import Loss


def mix_triples(features: Tensor, *, share: float) -> Tensor:
    """Return triples (3, n, d) of which the first round(share n) are mixed with another triple each, by torch's generator.

    Mixture a x + b y, a + b = 1 drawn evenly from [0.3, 0.7], over sqrt(a^2 + b^2): so that the spread of independent features stays.
    """
    count = round(share * features.shape[1])
    if count == 0:
        return features
    partner = torch.randperm(features.shape[1])[:count].to(features.device)
    part = (0.3 + 0.4 * torch.rand(count, 1)).to(features.device)
    mixed = part * features[:, :count] + (1 - part) * features[:, partner]
    mixed = mixed / (part.square() + (1 - part).square()).sqrt()
    return torch.cat([mixed, features[:, count:]], dim=1)


def worsened(features: Tensor, loss_of: Callable[[Tensor], Loss], *, step: float) -> tuple[Loss, Tensor]:
    """Return the loss of features and the features after a step of this size, each by the sign of the loss's gradient.

    features (..., d), of deviation about one; step: in their units. The loss keeps its graph.
    """
    probe = features.detach().requires_grad_()
    loss = loss_of(probe)
    (gradient,) = torch.autograd.grad(loss.value, probe, retain_graph=True)
    return loss, (features + step * gradient.sign()).detach()


def mean_loss(plain: Loss, moved: Loss) -> Loss:
    """Return the mean of two losses of the same examples; those that are active are the plain ones'."""
    return Loss((plain.value + moved.value) / 2, plain.active, plain.examples, (plain.total + moved.total) / 2)
