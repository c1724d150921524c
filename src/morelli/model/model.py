"""A loaded model: pictures to embeddings, pairs to similarities, likelihood ratios and probabilities."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from morelli.errors import ModelError
from morelli.model.embed import Embedded, embed_files
from morelli.model.encoder import Encoder, Precision, load_openvino
from morelli.model.folder import DECISION, ENCODER, TRAINED_ON, ModelFolder, open_model_folder
from morelli.model.seen import TrainedOn
from morelli.model.similarity import Kind, check_kind, pair_similarity
from morelli.pictures.view import View
from morelli.protocol.decision import Decision

Embeddings = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Model:
    """What `load` returns. folder: the checked folder it came from; view: how it sees a picture; encoder: what embeds it."""

    folder: ModelFolder
    view: View
    encoder: Encoder
    kind: Kind

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

    @cached_property
    def decision(self) -> Decision:
        """Threshold and calibrations. Raises ModelError where the model has none."""
        source = str(self.folder.path / DECISION)
        if DECISION not in self.folder.description.files:
            raise ModelError(
                f"{self.folder.path}: this model is not calibrated; calibrate it before it decides anything"
            )
        try:
            return Decision.from_dict(json.loads(self.folder.read(DECISION)), source=source)
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError, RecursionError) as err:
            raise ModelError(f"{source}: not a calibration: {err}; copy the model folder again") from err

    @property
    def headline(self) -> str:
        """The negatives that a verdict speaks of: `style-matched`, the harder ones, wherever the model is calibrated for them."""
        return "style-matched" if "style-matched" in self.decision.calibrations else "random"

    @cached_property
    def trained_on(self) -> TrainedOn:
        """Hashes of the artists and pictures that it was trained on."""
        return TrainedOn.from_json(self.folder.read(TRAINED_ON), source=str(self.folder.path / TRAINED_ON))

    def encode(self, files: Sequence[Path | str]) -> Embeddings:
        """Embed picture files -> (n, d) float32, in their order. Raises PictureError for the first bad one."""
        embedded = self.embed([Path(file) for file in files])
        if embedded.skipped:
            raise embedded.skipped[0][1]
        return embedded.embeddings

    def embed(
        self, files: Sequence[Path], *, workers: int = 2, progress: Callable[[int, int], None] | None = None
    ) -> Embedded:
        """Embed many picture files as a stream; bad ones are reported in the result, not raised."""
        return embed_files(
            files, encoder=self.encoder, view=self.view, width=self.width, workers=workers, progress=progress
        )

    def similarity(self, first: Embeddings, second: Embeddings) -> npt.NDArray[np.float32]:
        """Return the similarity (n,) of embeddings (n, d), row by row: larger is more alike."""
        return pair_similarity(first, second, kind=self.kind)

    def score(self, pairs: Sequence[tuple[Path | str, Path | str]]) -> npt.NDArray[np.float32]:
        """Return the similarity (n,) of pairs of picture files. Each file is embedded once. Raises PictureError."""
        files = list(dict.fromkeys(Path(file) for pair in pairs for file in pair))
        place = {file: number for number, file in enumerate(files)}
        embeddings = self.encode(files)
        first = [place[Path(one)] for one, _ in pairs]
        second = [place[Path(other)] for _, other in pairs]
        return self.similarity(embeddings[first], embeddings[second])


def load(model: Path | str, *, precision: Precision = "float32", threads: int = 0) -> Model:
    """Load a model folder. threads: of the encoder, 0 for all cores. Raises ModelError."""
    folder = open_model_folder(Path(model))
    description = folder.description
    name = str(folder.path / ENCODER)
    encoder = load_openvino(folder.read(ENCODER), name=name, precision=precision, threads=threads)
    if (encoder.size, encoder.embedding) != (description.view.size, description.embedding):
        raise ModelError(
            f"{name}: reads {encoder.size} px and gives {encoder.embedding} values, but the model's description says "
            f"{description.view.size} px and {description.embedding}; the folder was put together from two models"
        )
    return Model(
        folder, View(description.view.kind, description.view.size), encoder, check_kind(description.similarity)
    )
