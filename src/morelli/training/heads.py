"""Wide heads: networks of one hidden layer over the principal components of features, trained to tell artists apart.

By default the loss is the additive margin softmax (Wang et al. 2018, "Additive margin softmax for face verification"): the cross-entropy
of scaled cosines to one centre an artist. What the network embeds is kept, the centres are not.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from morelli.errors import TrainingError
from morelli.files import writing_file
from morelli.systems.objectives import Discriminant, HeadLoss, Heads
from morelli.training.back_end import Names, Reduced
from morelli.training.head_losses import Batches, MarginSoftmax, make_loss, rate_of_proxies
from morelli.training.projected import Projected
from morelli.training.trainer import seed_torch

Floats = npt.NDArray[np.float32]
_READ_DROPOUT = 0.1  # of a head's inputs
_WARM_UP = 50  # steps over which the rate rises


class Components(nn.Module):
    """Features (n, f) -> the principal components (n, c) of some blocks of their columns, each block of mean variance one."""

    def __init__(self, columns: Sequence[tuple[int, int]], reduced: Sequence[Reduced], *, most: int) -> None:
        super().__init__()
        self.columns = tuple(columns)
        self.means, self.matrices = nn.ParameterList(), nn.ParameterList()
        for block in reduced:
            kept = block.rows[:, :most]
            matrix = block.scale[:, None] * block.components[:, :most] / math.sqrt(float(kept.var(axis=0).mean()))
            for values, into in ((block.mean, self.means), (matrix, self.matrices)):
                into.append(nn.Parameter(torch.from_numpy(values.astype(np.float32)), requires_grad=False))

    @classmethod
    def of(
        cls, columns: Sequence[tuple[int, int]], parts: Sequence[Floats], objective: Discriminant, *, most: int
    ) -> Components:
        """Return those of the features (n, f) of pictures and of their copies."""
        return cls(
            columns,
            [Reduced.of(np.concatenate([part[:, a:b] for part in parts]), objective) for a, b in columns],
            most=most,
        )

    @property
    def width(self) -> int:
        """Components c."""
        return sum(matrix.shape[1] for matrix in self.matrices)

    def forward(self, features: Tensor) -> Tensor:
        """Return the components of features."""
        return torch.cat(
            [
                (features[:, start:stop] - mean) @ matrix
                for (start, stop), mean, matrix in zip(self.columns, self.means, self.matrices, strict=True)
            ],
            dim=1,
        )


class WideHeads(nn.Module):
    """Components (n, c) -> the embeddings (n, count * d) of several heads side by side, of length one together."""

    def __init__(self, heads: Sequence[nn.Module]) -> None:
        super().__init__()
        self.heads = nn.ModuleList(heads)

    def forward(self, components: Tensor) -> Tensor:
        """Embed components."""
        length = 1 / math.sqrt(len(self.heads))
        return torch.cat([functional.normalize(head(components), dim=1) * length for head in self.heads], dim=1)


class WithHeads(nn.Module):
    """A network with discriminants and heads behind it: pictures -> the embeddings (n, d) of both side by side, of length one.

    share: of the heads in the cosine of two embeddings.
    """

    def __init__(self, projected: Projected, components: Components, heads: WideHeads, *, share: float) -> None:
        super().__init__()
        self.projected, self.components, self.heads = projected, components, heads
        self.lengths = (math.sqrt(1 - share), math.sqrt(share))

    def forward(self, pictures: Tensor) -> Tensor:
        """Embed pictures."""
        return self.of_features(self.projected.network(pictures))

    def of_features(self, features: Tensor) -> Tensor:
        """Return the embeddings of features (n, f)."""
        linear, wide = self.projected.of_features(features), self.heads(self.components(features))
        return torch.cat([self.lengths[0] * linear, self.lengths[1] * wide], dim=1)


@torch.inference_mode()
def through(network: Callable[[Tensor], Tensor], features: Floats) -> Tensor:
    """Return what a network makes of features (n, f), a part of them at a time."""
    return torch.cat([network(part) for part in torch.split(torch.from_numpy(np.ascontiguousarray(features)), 1024)])


def make_head(heads: Heads, width: int) -> nn.Sequential:
    """Return one head that reads `width` components, its weights drawn from torch's generator."""
    return nn.Sequential(
        nn.Dropout(_READ_DROPOUT),
        nn.Linear(width, heads.hidden),
        nn.GELU(),
        nn.Dropout(heads.dropout),
        nn.Linear(heads.hidden, heads.dimensions),
    )


def train_heads(
    heads: Heads,
    samples: Sequence[Tensor],
    artist: Names,
    style: Names,
    *,
    seed: int,
    device: torch.device,
    folder: Path,
    identity: str,
    resume: bool = False,
) -> tuple[WideHeads, list[dict[str, float]]]:
    """Train the heads one after another; return them in evaluation mode, and a history of one row an epoch.

    samples: the components (n, c) of the pictures and of each of their copies, float32; artist, style (n,): of each picture. A head that is
    done is kept in `folder`, under the run's identity and what it was trained on, and read again where `resume` says so. Raises
    TrainingError.
    """
    _, code = np.unique(artist.astype(str), return_inverse=True)
    identity = f"{identity} {_digest(samples)}"
    folder.mkdir(parents=True, exist_ok=True)
    trained: list[nn.Module] = []
    history: list[dict[str, float]] = []
    for number in range(heads.count):
        file = folder / f"head-{number + 1}.pt"
        found = _read(file, heads, samples[0].shape[1], identity) if resume else None
        loss = heads.losses[number % len(heads.losses)]
        head, rows = found or _train(heads, loss, samples, code, style, seed=[seed, number], device=device)
        if found is None:
            _write(file, head, rows, identity)
        trained.append(head)
        history += [
            {"epoch": float(len(history) + place), "head": float(number + 1), **row}
            for place, row in enumerate(rows, 1)
        ]
    return WideHeads(trained).eval(), history


def _digest(samples: Sequence[Tensor]) -> str:
    """Return a hash of what heads are trained on: principal components may turn with the machine, and a head fits its own alone."""
    digest = sha256()
    for one in samples:
        digest.update(one.numpy().tobytes())
    return digest.hexdigest()


def _train(
    heads: Heads,
    loss_name: HeadLoss,
    samples: Sequence[Tensor],
    code: npt.NDArray[np.integer],
    style: Names,
    *,
    seed: list[int],
    device: torch.device,
) -> tuple[nn.Sequential, list[dict[str, float]]]:
    rng = np.random.default_rng(seed)
    seed_torch(seed[0], seed[1], 0)
    n, width = samples[0].shape
    everything = torch.stack(list(samples)).to(device)
    artists = torch.from_numpy(code).to(device)
    head = make_head(heads, width).to(device)
    criterion = make_loss(loss_name, heads, int(code.max()) + 1).to(device)
    learnt = list(criterion.parameters())
    if heads.style_task:
        kinds, kind = np.unique(style.astype(str), return_inverse=True)
        known = torch.from_numpy(kinds[kind] != "").to(device)
        styles = torch.from_numpy(kind).to(device)
        of_styles = MarginSoftmax(len(kinds), heads.dimensions, margin=0, scale=heads.scale).to(device)
        learnt += of_styles.parameters()
    groups = [
        {"params": head.parameters(), "weight_decay": heads.weight_decay, "share": 1.0},
        *([{"params": learnt, "weight_decay": 0.0, "share": rate_of_proxies(loss_name)}] if learnt else []),
    ]
    optimiser = torch.optim.AdamW(groups, lr=heads.learning_rate, fused=True)
    batches = Batches(heads, code, style)
    steps = max(1, n // heads.batch)
    history, done = [], 0
    for _ in range(heads.epochs):
        total = torch.zeros((), device=device)
        for _ in range(steps):
            rows = torch.from_numpy(batches.draw(rng)).to(device)
            which = torch.from_numpy(rng.integers(len(samples), size=len(rows))).to(device)
            rate = min(1.0, (done + 1) / _WARM_UP) * (1 + math.cos(math.pi * done / (steps * heads.epochs))) / 2
            for group in optimiser.param_groups:
                group["lr"] = heads.learning_rate * rate * group["share"]
            embeddings = head(everything[which, rows])
            loss = criterion(embeddings, artists[rows])
            if heads.style_task:
                told = known[rows]
                if told.any():  # a style that nobody gave is none
                    loss = loss + heads.style_task * of_styles(embeddings[told], styles[rows][told])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            total += loss.detach()
            done += 1
        history.append({"train_loss": float(total) / steps, "rate": heads.learning_rate * rate})
        if not math.isfinite(history[-1]["train_loss"]):
            raise TrainingError(
                f"the loss of a head is no number; lower objective.heads.learning_rate (now {heads.learning_rate:g})"
            )
    return head.cpu().eval(), history


def _write(file: Path, head: nn.Sequential, history: list[dict[str, float]], identity: str) -> None:
    with writing_file(file, error=TrainingError) as aside:
        torch.save({"run": identity, "history": json.dumps(history), "head": head.state_dict()}, aside)


def _read(file: Path, heads: Heads, width: int, identity: str) -> tuple[nn.Sequential, list[dict[str, float]]] | None:
    """Return a head that this run has trained before, and its history; None where there is none."""
    if not file.exists():
        return None
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
        if state["run"] != identity:
            return None
        head = make_head(heads, width)
        head.load_state_dict(state["head"])
        return head.eval(), json.loads(state["history"])
    except Exception:  # whatever a damaged file raises: it is trained anew
        return None
