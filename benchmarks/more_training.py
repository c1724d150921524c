r"""What other ways of training the house model's heads gain on artists that were not trained on.

    python benchmarks/more_training.py PAINTINGS --split splits/study.json --weights lite0=LITE0 --weights lite2=LITE2 \
        [--ways shuffled taught hidden] [--resamples 1000]

Each way changes row `heads-in-turn` of the study (Lite0 not tuned, no copies, six heads beside the discriminants):

- shuffled: the heads are trained on a second version of each picture too, its 4 x 4 patches in random order: what a patch shows stays,
  what the picture shows is gone;
- taught: an ensemble distilled. The teacher is heads over Lite0 and Lite2 beside the discriminants of both; the heads of Lite0 alone
  learn, beside their own objectives, to give two pictures the cosine that the teacher gives them (Park et al. 2019, "Relational knowledge
  distillation"). `taught by others`: what the teacher says of an artist is of a teacher that was trained on two thirds of the artists, not
  on this one;
- hidden: self-training. A third of the artists lose their names; what is trained on the others sorts their pictures into groups (average
  linkage, as many groups as there would be artists were they as many pictures each as the named ones), and discriminants and heads are
  fitted again with the groups of four pictures and more as further artists. Beside it the same with the names known. The cohort is of
  named artists in all three.

Prints AUC and the paired difference to the first row, for `hidden` to that of two thirds of the artists; 95 % intervals over artists of
the part `test` of the split: of the study's, the validation artists.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from sklearn.cluster import AgglomerativeClustering
from torch import Tensor
from torch.nn import functional

from auc_rows import HEAD, AucRows
from morelli.catalogue.catalogue import Catalogue
from morelli.cli.options import cache_folder, weights_by_name
from morelli.model.calibrate import artist_names
from morelli.model.comparison import CohortComparison
from morelli.model.encoder import load_openvino
from morelli.pictures.view import View
from morelli.protocol.pairs import NEGATIVES, draw_pairs
from morelli.protocol.split import Split
from morelli.systems.networks import Frozen
from morelli.systems.objectives import Discriminant, Heads
from morelli.systems.read import read_system
from morelli.systems.system import System
from morelli.training.discriminant import choose_cohort, columns_of, fit_blocks
from morelli.training.export import export_encoder
from morelli.training.frozen import training_features
from morelli.training.head_losses import Batches, make_loss, rate_of_proxies
from morelli.training.heads import Components, WideHeads, make_head, through, train_heads
from morelli.training.run import Run
from morelli.training.trainer import seed_torch

Floats = npt.NDArray[np.float32]
Names = npt.NDArray[np.object_]
HERE = Path(__file__).parent / "house"
WAYS = ("shuffled", "taught", "hidden")
PATCHES, BATCH = 4, 16
TAUGHT = 20.0  # weight of the teacher's share of the loss: squared differences of cosines are of a hundredth, the objectives of one
FOLDS = 3  # teachers of others
HIDDEN = 3  # one artist in so many loses its name
LEAST = 4  # pictures of a group that counts


@dataclass(frozen=True, eq=False)
class Trained:
    """Discriminants and heads. training (n, d), judged (m, d): their embeddings."""

    training: Floats
    judged: Floats


@dataclass(frozen=True, eq=False)
class Taught:
    """What a teacher says: embeddings (n, d) of training pictures, of length one; two of different folds (n,) were told by none."""

    embeddings: Tensor
    fold: Tensor

    def loss(self, embeddings: Tensor, rows: Tensor) -> Tensor:
        """Return the mean squared difference of the cosines of a batch's embeddings (b, e) to the teacher's."""
        told = self.fold[rows][:, None] == self.fold[rows][None]
        said, wanted = (functional.normalize(one, dim=1) for one in (embeddings, self.embeddings[rows]))
        return (said @ said.T - wanted @ wanted.T).square()[told].mean()


@dataclass(frozen=True, eq=False)
class Lab:
    """What all ways share. artist, style (n,): of the training pictures."""

    system: System
    artist: Names
    style: Names

    @property
    def heads(self) -> Heads:
        """The six heads of the row."""
        objective = self.system.objective
        assert isinstance(objective, Discriminant)
        assert objective.heads is not None
        return objective.heads

    def train(
        self,
        columns: Sequence[tuple[int, int]],
        features: Floats,
        judged: Floats,
        *,
        rows: npt.NDArray[np.integer] | None = None,
        artist: Names | None = None,
        more: Floats | None = None,
        taught: Taught | None = None,
    ) -> Trained:
        """Fit discriminants and heads to some rows, by default all. more (n, f): another version of each picture, for the heads."""
        rows = np.arange(len(features)) if rows is None else rows
        artist, style = (self.artist if artist is None else artist)[rows], self.style[rows]
        objective = self.system.objective
        assert isinstance(objective, Discriminant)
        own = features[rows]
        back_end = fit_blocks(columns, own, None, artist, style, self.system, seed=0).back_end
        versions = [own] if more is None else [own, more[rows]]
        components = Components.of(back_end.blocks, versions, objective, most=self.heads.components)
        samples = [through(components, one) for one in versions]
        if taught is None:
            with tempfile.TemporaryDirectory() as folder:
                wide, _ = train_heads(
                    self.heads,
                    samples,
                    artist,
                    style,
                    seed=0,
                    device=torch.device("cpu"),
                    folder=Path(folder),
                    identity="lab",
                )
        else:
            wide = train_taught(self.heads, samples[0], artist, style, taught)

        def embedded(of: Floats) -> Floats:
            with torch.inference_mode():
                by_heads = wide(through(components, of)).numpy()
            share = self.heads.share
            return np.concatenate([math.sqrt(1 - share) * back_end(of), math.sqrt(share) * by_heads], axis=1).astype(
                np.float32
            )

        return Trained(embedded(features), embedded(judged))


def train_taught(heads: Heads, samples: Tensor, artist: Names, style: Names, taught: Taught) -> WideHeads:
    """Train heads as `train_heads` does, from the same weights and on the same batches, with a teacher beside each objective.

    samples: components (n, c).
    """
    _, code = np.unique(artist.astype(str), return_inverse=True)
    artists = torch.from_numpy(code)
    trained = []
    for number in range(heads.count):
        rng = np.random.default_rng([0, number])
        seed_torch(0, number, 0)
        name = heads.losses[number % len(heads.losses)]
        head, criterion = make_head(heads, samples.shape[1]), make_loss(name, heads, int(code.max()) + 1)
        groups = [{"params": head.parameters(), "weight_decay": heads.weight_decay, "share": 1.0}]
        if learnt := list(criterion.parameters()):
            groups.append({"params": learnt, "weight_decay": 0.0, "share": rate_of_proxies(name)})
        optimiser = torch.optim.AdamW(groups, lr=heads.learning_rate, fused=True)
        batches, steps = Batches(heads, code, style), len(samples) // heads.batch * heads.epochs
        for step in range(steps):
            rate = min(1.0, (step + 1) / 50) * (1 + math.cos(math.pi * step / steps)) / 2
            for group in optimiser.param_groups:
                group["lr"] = heads.learning_rate * rate * group["share"]
            rows = torch.from_numpy(batches.draw(rng))
            # Which version of each, where there is one: drawn so that the next batch is that of `train_heads`.
            rng.integers(1, size=len(rows))
            embeddings = head(samples[rows])
            loss = criterion(embeddings, artists[rows]) + TAUGHT * taught.loss(embeddings, rows)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
        trained.append(head.eval())
    return WideHeads(trained).eval()


def groups_of(embeddings: Floats, count: int) -> npt.NDArray[np.integer]:
    """Return the group (n,) of each picture: average linkage of cosines, so many groups."""
    found: npt.NDArray[np.integer] = AgglomerativeClustering(
        n_clusters=count, metric="cosine", linkage="average"
    ).fit_predict(embeddings)
    return found


def shuffled(pixels: npt.NDArray[np.uint8], rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Return a picture (s, s, 3) whose 4 x 4 patches are in random order."""
    side = len(pixels) // PATCHES
    patches = pixels.reshape(PATCHES, side, PATCHES, side, 3).transpose(0, 2, 1, 3, 4).reshape(-1, side, side, 3)
    mixed = patches[rng.permutation(len(patches))].reshape(PATCHES, PATCHES, side, side, 3)
    return mixed.transpose(0, 2, 1, 3, 4).reshape(pixels.shape)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paintings", type=Path)
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--weights", action="append", default=[], help="lite0=FILE, lite2=FILE; none: the hub's")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--resamples", type=int, default=1000)
    words = parser.parse_args()
    catalogue = Catalogue.read(words.paintings)
    part = Split.from_json(words.split.read_text(encoding="utf-8"), source=str(words.split)).assign(catalogue)
    names, style = artist_names(catalogue), catalogue.get("style")
    rows, judged = np.flatnonzero(part == "train"), np.flatnonzero(part == "test")
    system = read_system(str(HERE / "heads-in-turn.toml"))
    lab = Lab(system, names[rows], style[rows])
    assert system.cohort is not None
    run = Run(
        folder=Path(tempfile.mkdtemp()),
        cache=cache_folder() / "features",
        weights=weights_by_name(["lite0", "lite2"], words.weights, whose="the benchmark"),
        device="cpu",
    )
    everything = np.where(np.isin(np.arange(len(catalogue)), judged), "train", part)  # features of both parts

    def features(which: System) -> tuple[Floats, Floats, object]:
        made = training_features(which, catalogue, everything, run=run)
        return made.extraction.of(rows), made.extraction.of(judged), made

    own, of_judged, made = features(system)
    columns = _columns(system, own.shape[1])
    place = np.full(len(catalogue), -1)
    place[judged] = np.arange(len(judged))
    pairs = {kind: draw_pairs(names, judged, seed=0, negatives=kind, style=style) for kind in NEGATIVES}
    cohort = choose_cohort(lab.artist, system.cohort)
    print(f"| heads | {HEAD}")

    def show(table: AucRows, name: str, trained: Trained, cohort: npt.NDArray[np.integer]) -> None:
        assert system.cohort is not None
        of = CohortComparison("cosine", trained.training[cohort], system.cohort.neighbours, system.cohort.weight).over(
            trained.judged
        )
        print(table.row(name, lambda one, other: of.rows(place[one], place[other])), flush=True)

    table = AucRows(pairs, names, resamples=words.resamples)
    show(table, "six heads beside the discriminants", lab.train(columns, own, of_judged), cohort)
    if "shuffled" in words.ways:
        encoder = load_openvino(export_encoder(made.backbones, size=system.view.size), name="lite0")
        view, rng, mixed = View("whole", system.view.size), np.random.default_rng(0), np.empty_like(own)
        for start in range(0, len(rows), BATCH):
            shown = [
                shuffled(view.open(catalogue.file(int(row))).pixels[0], rng) for row in rows[start : start + BATCH]
            ]
            mixed[start : start + len(shown)] = encoder.encode(np.stack(shown))
        show(table, "shuffled patches too", lab.train(columns, own, of_judged, more=mixed), cohort)
    if "taught" in words.ways:
        two = read_system(str(HERE / "two-lites.toml"))
        both, both_judged, _ = features(two)
        wide = _columns(two, both.shape[1])
        teacher = lab.train(wide, both, both_judged)
        show(table, "the teacher: Lite0 and Lite2", teacher, cohort)
        said = torch.from_numpy(teacher.training)
        taught = Taught(said, torch.zeros(len(rows), dtype=torch.int64))
        show(table, "taught", lab.train(columns, own, of_judged, taught=taught), cohort)
        fold = _thirds(lab.artist, FOLDS)
        found = [
            lab.train(wide, both, both_judged, rows=np.flatnonzero(fold != number)).training for number in range(FOLDS)
        ]
        told = np.zeros((len(rows), max(one.shape[1] for one in found)), dtype=np.float32)
        for number, one in enumerate(found):  # which layers count is each teacher's own, and so is its width
            told[fold == number, : one.shape[1]] = one[fold == number]
        taught = Taught(torch.from_numpy(told), torch.from_numpy(fold))
        show(table, "taught by others", lab.train(columns, own, of_judged, taught=taught), cohort)
    if "hidden" in words.ways:
        known = _thirds(lab.artist, HIDDEN) != 0
        named = np.flatnonzero(known)
        of_named = named[choose_cohort(lab.artist[named], system.cohort)]
        fewer = AucRows(pairs, names, resamples=words.resamples)
        first = lab.train(columns, own, of_judged, rows=named)
        show(fewer, "two thirds of the artists", first, of_named)
        nameless = np.flatnonzero(~known)
        count = round(len(nameless) / len(named) * len(set(lab.artist[named])))
        group = groups_of(first.training[nameless], count)
        guessed = lab.artist.copy()
        guessed[nameless] = [f"group {number}" for number in group]
        sizes = np.bincount(group)[group]
        kept = np.sort(np.concatenate([named, nameless[sizes >= LEAST]]))
        used = [lab.artist[nameless][group == number] for number in range(count) if np.sum(group == number) >= LEAST]
        pure = sum(int(np.unique(one.astype(str), return_counts=True)[1].max()) for one in used) / sum(map(len, used))
        show(fewer, "and the others in groups", lab.train(columns, own, of_judged, rows=kept, artist=guessed), of_named)
        show(fewer, "and the others by name", lab.train(columns, own, of_judged), of_named)
        print(
            f"\n{count} groups for {len(set(lab.artist[nameless]))} artists, {len(used)} of them of {LEAST} pictures and more;"
            f" {pure:.2f} of the pictures in these are by their group's main artist"
        )


def _columns(system: System, width: int) -> tuple[tuple[int, int], ...]:
    assert isinstance(system.network, Frozen)
    assert isinstance(system.objective, Discriminant)
    return columns_of(system.network, View("whole", system.view.size), system.objective, width)


def _thirds(artist: Names, count: int) -> npt.NDArray[np.int64]:
    """Return a part (n,), 0 to count - 1, of each picture: whole artists, drawn with a seed."""
    names, of = np.unique(artist.astype(str), return_inverse=True)
    part: npt.NDArray[np.int64] = (np.random.default_rng(0).permutation(len(names)) % count)[of]
    return part


if __name__ == "__main__":
    main()
