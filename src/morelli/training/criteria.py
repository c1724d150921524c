"""What a network is trained to do, one criterion an objective: the loss of a step, the figures of an epoch, which epoch is the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from morelli.protocol.roc import auc
from morelli.systems.objectives import Siamese
from morelli.training.objectives import (
    Loss,
    batch_contrastive_loss,
    batch_triplet_loss,
    contrastive_loss,
    mean_squared_distance,
    triplet_loss,
)
from morelli.training.pair_net import similarity_of_rows
from morelli.training.sampling import Rows, Step
from morelli.training.validation import Validation


class Criterion(Protocol):
    """What every objective's criterion does."""

    def loss(self, network: nn.Module, outputs: Sequence[Tensor], drawn: Step) -> Loss:
        """Return the loss of a step from the network's outputs (n, d) for each of its branches."""
        ...

    def judge(self, network: nn.Module, outputs: Tensor, validation: Validation) -> dict[str, float]:
        """Return the figures of the rows of a validation, from the network's outputs (m, d) for them, among them `validation_auc`."""
        ...

    def choice(self, figures: Mapping[str, float]) -> float:
        """Return what the best epoch has most of."""
        ...


@dataclass(frozen=True)
class SiameseCriterion:
    """Triplet or contrastive loss over distances of embeddings. The best epoch has the largest AUC on validation artists."""

    objective: Siamese

    def loss(self, network: nn.Module, outputs: Sequence[Tensor], drawn: Step) -> Loss:
        """Return the loss of drawn triplets or pairs, or of all that a batch holds."""
        margin = self.objective.margin
        if drawn.artist is not None:
            batch_loss = batch_triplet_loss if self.objective.pair_triplet else batch_contrastive_loss
            return batch_loss(outputs[0], torch.from_numpy(drawn.artist).to(outputs[0].device), margin=margin)
        if drawn.different is not None:
            different = torch.from_numpy(drawn.different).to(outputs[0].device)
            return contrastive_loss(mean_squared_distance(*outputs), different, margin=margin)
        anchor, positive, negative = outputs
        near, far = mean_squared_distance(anchor, positive), mean_squared_distance(anchor, negative)
        return triplet_loss(near, far, margin=margin)

    def judge(self, network: nn.Module, outputs: Tensor, validation: Validation) -> dict[str, float]:
        """Return validation_loss (the objective without augmentation), validation_auc (pairs), validation_triplet_accuracy."""
        margin = self.objective.margin
        first, second = validation.places(validation.pairs.first), validation.places(validation.pairs.second)
        distance = mean_squared_distance(outputs[first], outputs[second])
        anchor, positive, negative = (outputs[validation.places(column)] for column in validation.triplets.T)
        near, far = mean_squared_distance(anchor, positive), mean_squared_distance(anchor, negative)
        if self.objective.pair_triplet:
            loss = triplet_loss(near, far, margin=margin)
        else:
            loss = contrastive_loss(distance, torch.from_numpy(~validation.pairs.same), margin=margin)
        return {
            "validation_loss": float(loss.value),
            "validation_auc": auc(-distance.double().numpy(), validation.pairs.same),
            "validation_triplet_accuracy": float((near <= far).float().mean()),
        }

    def choice(self, figures: Mapping[str, float]) -> float:
        """Return the AUC on validation artists."""
        return figures["validation_auc"]


@dataclass(frozen=True)
class PairCriterion:
    """Binary cross-entropy of a network that compares two embeddings (its `head`). The best epoch as above.

    Steps are pairs (2, n), or triples (3, n): a reference with one of the same artist and with one of another.
    """

    def loss(self, network: nn.Module, outputs: Sequence[Tensor], drawn: Step) -> Loss:
        """Return the cross-entropy of the pairs; a pair is active as long as it is on the wrong side."""
        if drawn.different is not None:
            first, second = outputs
            same = torch.from_numpy(~drawn.different).to(first.device)
        else:
            reference, alike, other = outputs
            first, second = torch.cat([reference, reference]), torch.cat([alike, other])
            same = torch.arange(len(first), device=first.device) < len(reference)
        logit = network.head(first, second)  # type: ignore[operator]
        total = functional.binary_cross_entropy_with_logits(logit, same.to(logit.dtype), reduction="sum")
        return Loss(total / len(logit), ((logit >= 0) != same).sum(), len(logit), total)

    def judge(self, network: nn.Module, outputs: Tensor, validation: Validation) -> dict[str, float]:
        """Return validation_loss, validation_auc and validation_triplet_accuracy, each of the mean of both orders."""
        head = network.head
        assert isinstance(head, nn.Module)
        device = next(network.parameters()).device
        on_device = outputs.to(device)

        def similarity(first: Rows, second: Rows) -> Tensor:
            one, other = (torch.from_numpy(validation.places(rows)).to(device) for rows in (first, second))
            return similarity_of_rows(head, on_device, one, other).float().cpu()

        pairs = validation.pairs
        logit = similarity(pairs.first, pairs.second)
        same = torch.from_numpy(pairs.same)
        anchor, positive, negative = validation.triplets.T
        nearer = similarity(anchor, positive) >= similarity(anchor, negative)
        return {
            "validation_loss": float(functional.binary_cross_entropy_with_logits(logit, same.float())),
            "validation_auc": auc(logit.double().numpy(), pairs.same),
            "validation_triplet_accuracy": float(nearer.float().mean()),
        }

    def choice(self, figures: Mapping[str, float]) -> float:
        """Return the AUC on validation artists."""
        return figures["validation_auc"]


@dataclass(frozen=True, eq=False)
class ArtistCriterion:
    """Cross-entropy over training artists. The best epoch has the least loss on held-out pictures of theirs.

    held_out: catalogue rows of those pictures, all of them rows of the validation; artist: their numbers. Where none are held out the
    best epoch has the largest AUC on validation artists: pairs by the dot product of softmax vectors.
    """

    held_out: Rows
    artist: Rows

    def loss(self, network: nn.Module, outputs: Sequence[Tensor], drawn: Step) -> Loss:
        """Return the cross-entropy of pictures; one is active as long as another artist is thought likelier."""
        assert drawn.artist is not None
        (logits,) = outputs
        artist = torch.from_numpy(drawn.artist).to(logits.device)
        total = functional.cross_entropy(logits, artist, reduction="sum")
        return Loss(total / len(logits), (logits.argmax(dim=1) != artist).sum(), len(logits), total)

    def judge(self, network: nn.Module, outputs: Tensor, validation: Validation) -> dict[str, float]:
        """Return validation_auc of pairs, and of the held-out pictures held_out_loss and held_out_accuracy."""
        likely = outputs.double().softmax(dim=1).numpy()
        pairs = validation.pairs
        first, second = likely[validation.places(pairs.first)], likely[validation.places(pairs.second)]
        figures = {"validation_auc": auc(np.einsum("nd,nd->n", first, second), pairs.same)}
        if len(self.held_out):
            logits, artist = outputs[validation.places(self.held_out)], torch.from_numpy(self.artist)
            figures["held_out_loss"] = float(functional.cross_entropy(logits, artist))
            figures["held_out_accuracy"] = float((logits.argmax(dim=1) == artist).float().mean())
        return figures

    def choice(self, figures: Mapping[str, float]) -> float:
        """Return minus the held-out loss."""
        return -figures["held_out_loss"] if len(self.held_out) else figures["validation_auc"]
