"""A loaded model: pictures to embeddings, pairs to similarities, likelihood ratios and probabilities."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.errors import ModelError
from morelli.files import check_paths
from morelli.model.back_end import read_cohort
from morelli.model.comparison import CohortComparison, Comparison, MetricComparison, load_pair_net
from morelli.model.compiled_cache import CompiledCache
from morelli.model.embed import Embedded, embed_files
from morelli.model.encoder import Encoder, load_openvino
from morelli.model.folder import BACK_END, DECISION, ENCODER, HEAD, TRAINED_ON, ModelFolder, open_model_folder
from morelli.model.known_range import KnownRange, outside_range
from morelli.model.network import Precision
from morelli.model.seen import TrainedOn
from morelli.model.similarity import check_kind
from morelli.pictures.stream import Opener
from morelli.pictures.view import View
from morelli.protocol.decision import Decision

Embeddings = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Model:
    """What `load` returns.

    folder: the checked folder it came from; view: how it sees a picture; encoder: what embeds it. comparisons: its scores by name, the
    one that it answers with first: `cohort`, normalised against the shipped cohort, where it has one; `alone`, of the two pictures alone.
    """

    folder: ModelFolder
    view: View
    encoder: Encoder
    comparisons: Mapping[str, Comparison]

    @property
    def id(self) -> str:
        """A short name of all that the model is; another model has another."""
        return self.folder.id

    @property
    def name(self) -> str:
        """The name of its system."""
        return str(self.folder.description.system["name"])

    @property
    def width(self) -> int:
        """Values of an embedding."""
        return self.folder.description.embedding

    @property
    def comparison(self) -> Comparison:
        """The way it compares unless told otherwise."""
        return next(iter(self.comparisons.values()))

    @property
    def decision(self) -> Decision:
        """Threshold and calibrations of that score. Raises ModelError where the model has none."""
        return self.decisions[next(iter(self.comparisons))]

    @cached_property
    def decisions(self) -> Mapping[str, Decision]:
        """Threshold and calibrations of every score, by its name. Raises ModelError where the model has none."""
        source = str(self.folder.path / DECISION)
        if DECISION not in self.folder.description.files:
            raise ModelError(
                f"{self.folder.path}: this model is not calibrated; calibrate it before it decides anything"
            )
        try:
            found = json.loads(self.folder.read(DECISION))
            decisions = {name: Decision.from_dict(one, source=source) for name, one in found.items()}
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError, RecursionError) as err:
            raise ModelError(f"{source}: not a calibration: {err}; copy the model folder again") from err
        if set(decisions) != set(self.comparisons):
            raise ModelError(
                f"{source}: calibrates {', '.join(sorted(decisions)) or 'nothing'}, the model's scores are "
                f"{', '.join(sorted(self.comparisons))}; copy the model folder again"
            )
        return decisions

    @property
    def headline(self) -> str:
        """The negatives that a verdict speaks of: `style-matched`, the harder ones, wherever the model is calibrated for them."""
        return "style-matched" if "style-matched" in self.decision.calibrations else "random"

    @cached_property
    def trained_on(self) -> TrainedOn:
        """Hashes of the artists and pictures that it was trained on."""
        return TrainedOn.from_json(self.folder.read(TRAINED_ON), source=str(self.folder.path / TRAINED_ON))

    @property
    def known_range(self) -> KnownRange | None:
        """How odd the pictures are that it knows; None where its encoder does not tell, or too few were there to say."""
        return self.folder.description.known_range

    def outside_range(self, embeddings: Embeddings) -> npt.NDArray[np.bool_]:
        """Tell which pictures (n,), by embeddings (n, d), are outside of what it knows; none where it has no range."""
        return outside_range(embeddings, self.known_range)

    def encode(self, files: Sequence[Path | str]) -> Embeddings:
        """Embed picture files -> (n, d) float32, in their order. Raises PictureError for the first bad one."""
        embedded = self.embed(files)
        if embedded.skipped:
            raise embedded.skipped[0][1]
        return embedded.embeddings

    def embed(
        self,
        files: Sequence[Path | str],
        *,
        workers: int = 2,
        opener: Opener | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Embedded:
        """Embed many picture files as a stream; bad ones are reported in the result, not raised. opener: see `open_many`.

        Raises TypeError for what is no list of paths.
        """
        return embed_files(
            check_paths(files, what="files"),
            encoder=self.encoder,
            view=self.view,
            width=self.width,
            workers=workers,
            opener=opener,
            progress=progress,
        )

    def similarity(self, first: Embeddings, second: Embeddings) -> npt.NDArray[np.float32]:
        """Return the similarity (n,) of embeddings (n, d), row by row: larger is more alike. Raises ValueError for other shapes."""
        first, second = np.asarray(first), np.asarray(second)
        if first.shape != second.shape or first.ndim != 2:
            raise ValueError(
                f"embeddings {first.shape} and {second.shape}: give as many of the one as of the other, (n, d)"
            )
        rows = np.arange(len(first))
        return self.comparison.over(np.concatenate([first, second])).rows(rows, rows + len(first))

    def score(self, pairs: Sequence[tuple[Path | str, Path | str]]) -> npt.NDArray[np.float32]:
        """Return the similarity (n,) of pairs of picture files. Each file is embedded once.

        Raises PictureError, and TypeError for what is no pair of paths.
        """
        files = [file for pair in _pairs(pairs) for file in pair]
        place = {file: number for number, file in enumerate(dict.fromkeys(files))}
        embeddings = self.encode(list(place))
        rows = np.array([place[file] for file in files], dtype=np.int64)
        return self.comparison.over(embeddings).rows(rows[::2], rows[1::2])


def _pairs(pairs: Iterable[tuple[Path | str, Path | str]]) -> list[list[Path]]:
    """Return pairs of paths. Raises TypeError for what is none."""
    try:
        listed = list(pairs)
    except TypeError as err:
        raise TypeError(f"pairs {pairs!r}: give a list of pairs of picture files") from err
    found = []
    for number, pair in enumerate(listed):
        files = check_paths(pair, what=f"pair {number}")
        if len(files) != 2:
            raise TypeError(f"pair {number}: {pair!r}: give two picture files")
        found.append(files)
    return found


def load(
    model: Path | str, *, precision: Precision | None = None, threads: int = 0, cache: Path | None = None
) -> Model:
    """Load a model folder, or a shipped model by its name.

    precision: of the encoder, as the model says unless given; threads: of it, 0 for all cores. cache: a folder in which networks
    are kept as they were compiled for this processor, so that the next start is faster; None keeps nothing. Raises ModelError.
    """
    if threads < 0:
        raise ModelError(f"threads {threads}: give 0, for all cores, or more")
    folder = open_model_folder(model, keep=(ENCODER, HEAD, BACK_END, DECISION))
    compiled = None if cache is None else CompiledCache(Path(cache))
    description = folder.description
    name = str(folder.path / ENCODER)
    view = View(description.view.kind, description.view.size, description.view.grid)
    encoder = load_openvino(
        folder.read(ENCODER),
        name=name,
        precision=precision or description.precision,
        threads=threads,
        cache=compiled,
    )
    found = (encoder.size, encoder.views, encoder.embedding)
    if found != (view.size, view.n, description.embedding):
        raise ModelError(
            f"{name}: reads {found[1]} x {found[0]} px and gives {found[2]} values, but the model's description says "
            f"{view.n} x {view.size} px and {description.embedding}; the folder was put together from two models"
        )
    return Model(folder, view, encoder, _comparisons(folder, threads=threads, cache=compiled))


def _comparisons(folder: ModelFolder, *, threads: int, cache: CompiledCache | None) -> dict[str, Comparison]:
    description = folder.description
    if description.similarity == "pair-net":
        name = str(folder.path / HEAD)
        data = folder.read(HEAD)
        return {
            "alone": load_pair_net(data, name=name, width=description.embedding, threads=threads, cache=cache),
        }
    kind = check_kind(description.similarity)
    alone: dict[str, Comparison] = {"alone": MetricComparison(kind)}
    if description.cohort is None:
        return alone
    cohort = read_cohort(folder.read(BACK_END), name=str(folder.path / BACK_END), width=description.embedding)
    neighbours, weight = description.cohort.neighbours, description.cohort.weight
    return {"cohort": CohortComparison(kind, cohort, neighbours, weight)} | alone
