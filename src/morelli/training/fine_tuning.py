"""Fine-tuning a backbone under one softmax output for each training artist, in stages; then a siamese net over the outputs.

What is never trained is computed once: the maps below the first layer that any stage trains are kept on disk, and a stage that trains
the top layer alone sees pooled features.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import TrainingError
from morelli.model.calibrate import artist_names
from morelli.model.encoder import load_openvino
from morelli.pictures.view import View
from morelli.systems.networks import Features, FineTuned, Stage
from morelli.systems.parameters import count_parameters, count_stages
from morelli.systems.samplings import Pictures
from morelli.systems.system import Schedule, System
from morelli.training.checkpoint import Progress
from morelli.training.checks import check_artists
from morelli.training.classifier import hold_out
from morelli.training.criteria import ArtistCriterion
from morelli.training.export import export_encoder
from morelli.training.feature_pairs import export_pairs, train_pairs
from morelli.training.feature_trainer import FeatureTrainer, InMemory, chunks
from morelli.training.frozen import build_frozen
from morelli.training.maps import MapOf, Maps, cache_maps
from morelli.training.pair_sampling import PictureSampler
from morelli.training.phases import join_histories, mark_chosen, phase, phase_facts, train_on
from morelli.training.run import Parts, Rows, Run, Trained, choose_device, run_identity
from morelli.training.sampling import rows_by_artist
from morelli.training.validation import Validation, draw_validation


class Tail(nn.Module):
    """The last layers of a backbone, a mean over places, and one output an artist: maps (n, c, h, w) -> logits (n, artists)."""

    def __init__(self, layers: Mapping[str, nn.Module], outputs: nn.Linear) -> None:
        super().__init__()
        self.layers = nn.ModuleDict(layers)
        self.outputs = outputs

    def train(self, mode: bool = True) -> Tail:
        """Go into training mode, but for layers that are not trained: their batch statistics stay what they were."""
        super().train(mode)
        for layer in self.layers.values():
            if not any(p.requires_grad for p in layer.parameters()):
                layer.eval()
        return self

    def pooled(self, maps: Tensor) -> Tensor:
        """Return what the outputs read (n, width)."""
        for layer in self.layers.values():
            maps = layer(maps)
        return maps.mean(dim=(2, 3))

    def forward(self, maps: Tensor) -> Tensor:
        """Return the logits."""
        logits: Tensor = self.outputs(self.pooled(maps))
        return logits


class SoftmaxOf(nn.Module):
    """A backbone up to a layer, and a tail behind it: pictures -> softmax vectors (n, artists)."""

    def __init__(self, backbone: nn.Module, layer: str, tail: Tail) -> None:
        super().__init__()
        self.backbone = backbone
        self.layer = layer
        self.tail = tail

    def forward(self, pictures: Tensor) -> Tensor:
        """Return how likely each artist is."""
        logits: Tensor = self.tail(self.backbone(pictures)[self.layer])
        return logits.softmax(dim=1)


def layer_widths(backbone: nn.Module) -> dict[str, int]:
    """Return the channels of a backbone's layers by name."""
    widths: dict[str, int] = backbone.layers  # type: ignore[assignment]
    return widths


def split_backbone(backbone: nn.Module, stages: Sequence[Stage], *, name: str) -> tuple[str, dict[str, nn.Module]]:
    """Return the layer whose maps are kept, and copies of the layers behind it, from the first that any stage trains to the last.

    Raises TrainingError for a layer that cannot be trained.
    """
    layers = list(layer_widths(backbone))
    blocks: Mapping[str, nn.Module] = getattr(backbone, "blocks", {})
    trained = {layer for stage in stages for layer in stage.layers}
    if unknown := sorted(trained - set(blocks)):
        raise TrainingError(
            f"{unknown[0]!r} of {name} cannot be fine-tuned; what can: {', '.join(blocks) or 'nothing'}"
        )
    first = min((layers.index(layer) for layer in trained), default=len(layers))
    if first == 0:
        raise TrainingError(f"{layers[0]} of {name} cannot be fine-tuned: there is nothing below it to keep")
    return layers[first - 1], {layer: copy.deepcopy(blocks[layer]) for layer in layers[first:]}


@torch.no_grad()
def through(network: nn.Module, maps: Maps, rows: Rows, *, device: torch.device) -> Tensor:
    """Return what a network makes of the maps of catalogue rows, (n, d) float32 on the CPU, in its evaluation mode."""
    network.to(device).eval()
    return torch.cat([network(maps(part).to(device)).float().cpu() for part in chunks(rows)])


def train_fine_tuned(system: System, catalogue: Catalogue, part: Parts, *, run: Run) -> Trained:
    """Train the stages, then the siamese net over the softmax outputs; export. Raises TrainingError, ModelError, PairsError."""
    network = system.network
    assert isinstance(network, FineTuned)
    count_stages(network, artists=None)  # a layer that cannot be trained is said before anything is done
    names = artist_names(catalogue)
    device = choose_device(run.device)
    view = View(system.view.kind, system.view.size)
    frozen, origins = build_frozen([Features(backbone=network.backbone)], size=system.view.size, run=run)
    backbone = frozen.backbones[0].backbone
    assert isinstance(backbone, nn.Module)
    layer, tail_layers = split_backbone(backbone, network.stages, name=network.backbone)
    maps = _maps(system, backbone, layer, origins[0].sha256, catalogue, part, view=view, run=run)
    for path, reason in maps.skipped:
        run.remark(f"skipped {path}: {reason}")
    usable = maps.place >= 0
    check_artists(catalogue, names, np.flatnonzero((part == "train") & usable))
    paintings = rows_by_artist(names, np.flatnonzero((part == "train") & usable))
    validation = draw_validation(names, np.flatnonzero((part == "validation") & usable), seed=run.seed)
    torch.manual_seed(run.seed)
    tail = Tail(tail_layers, nn.Linear(frozen.width, len(paintings)))
    identity = run_identity(system, catalogue, part, run.seed, more=[origin.sha256 for origin in origins])
    done = train_stages(network, tail, maps, paintings, validation, run=run, identity=identity, device=device)

    rows = np.flatnonzero(((part == "train") | (part == "validation")) & usable)
    outputs = through(nn.Sequential(tail, nn.Softmax(dim=1)), maps, rows, device=device)
    place = np.full(len(catalogue), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    trained = np.concatenate(paintings)
    some = trained[:: max(1, len(trained) // 16)][:16]
    as_extracted = outputs[torch.from_numpy(place[some])].clone()
    last = phase(run, "pairs", left=1, before=done)
    net = train_pairs(system, outputs, place, paintings, validation, run=last, identity=f"{identity} pairs")
    features_of = SoftmaxOf(backbone, layer, tail.to("cpu"))
    encoder, head = export_pairs(features_of, net, as_extracted, catalogue, some, system=system, view=view, run=run)
    return Trained(
        encoder=encoder,
        width=net.network.width,
        head=head,
        rows=trained,
        validation=validation.rows,
        parameters=count_parameters(system, artists=len(paintings))["total"],
        origins=tuple(origins),
        precision=system.precision,
        facts={
            **phase_facts(
                [*done, net.progress], [*(stage.epochs for stage in network.stages), system.schedule.epochs], run
            ),
            "features": f"{len(paintings):,} softmax outputs a picture, in {system.precision}",
            "pictures skipped": str(len(maps.skipped)),
        },
        history=join_histories(
            [*(_as_classifier(mark_chosen(progress)) for progress in done), mark_chosen(net.progress)], "stage"
        ),
    )


def train_stages(
    network: FineTuned,
    tail: Tail,
    maps: Maps,
    paintings: Sequence[Rows],
    validation: Validation,
    *,
    run: Run,
    identity: str,
    device: torch.device,
) -> list[Progress]:
    """Train the tail stage by stage, in place: each goes on from the best epoch of the one before."""
    stay, out, whose = hold_out(paintings, network.hold_out, seed=run.seed)
    looked_at = Validation(np.concatenate([validation.rows, out]), validation.pairs, validation.triplets)
    done: list[Progress] = []
    for number, stage in enumerate(network.stages, 1):
        name = f"stage-{number}"
        one = phase(run, name, left=len(network.stages) + 2 - number, before=done)
        for layer, module in tail.layers.items():
            module.requires_grad_(layer in stage.layers)
        trainer = FeatureTrainer(
            schedule=Schedule(optimiser="sgd", learning_rate=stage.learning_rate, epochs=stage.epochs),
            network=tail if stage.layers else tail.outputs,
            criterion=ArtistCriterion(out, whose),
            sampler=PictureSampler(Pictures(batch=stage.batch), stay, run.seed),
            inputs=maps
            if stage.layers
            else _pooled(tail, maps, np.concatenate([*stay, looked_at.rows]), device=device),
            device=device,
            seed=run.seed,
        )
        done.append(train_on(trainer, looked_at, run=one, identity=f"{identity} {name}"))
    return done


class _Pooled(nn.Module):
    def __init__(self, tail: Tail) -> None:
        super().__init__()
        self.tail = tail

    def forward(self, maps: Tensor) -> Tensor:
        return self.tail.pooled(maps)


def _pooled(tail: Tail, maps: Maps, rows: Rows, *, device: torch.device) -> InMemory:
    """Return the pooled features of catalogue rows, as the tail makes them while only its outputs are trained."""
    place = np.full(len(maps.place), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    return InMemory(through(_Pooled(tail), maps, rows, device=device), place)


def _maps(
    system: System,
    backbone: nn.Module,
    layer: str,
    weights: str,
    catalogue: Catalogue,
    part: Parts,
    *,
    view: View,
    run: Run,
) -> Maps:
    network = system.network
    assert isinstance(network, FineTuned)
    encoder = load_openvino(
        export_encoder(MapOf(backbone, layer), size=view.size), name="the backbone", precision=system.precision
    )
    return cache_maps(
        encoder,
        layer_widths(backbone)[layer],
        {"backbone": network.backbone, "layer": layer, "weights": weights, "precision": system.precision},
        catalogue,
        np.flatnonzero((part == "train") | (part == "validation")),
        view=view,
        folder=run.cache,
        workers=run.workers,
        progress=run.progress,
    )


def _as_classifier(history: Sequence[Mapping[str, float]]) -> list[dict[str, float]]:
    """Return a stage's history with its losses named apart from the siamese net's: they are of another kind."""
    return [
        {f"classifier_{name}" if name.endswith("loss") else name: value for name, value in row.items()}
        for row in history
    ]
