"""Calibrating an encoder on artists that it was not trained on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.names import normalise_artist
from morelli.errors import ModelError
from morelli.model.comparison import Comparison
from morelli.model.embed import embed_files
from morelli.model.encoder import Encoder
from morelli.model.known_range import KnownRange, fit_known_range
from morelli.pictures.view import View
from morelli.protocol.decision import Decision
from morelli.protocol.fit_decision import Score, fit_decision
from morelli.protocol.retrieval import Block

Labels = npt.NDArray[np.object_]


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """What calibration artists taught. decisions: by the name of the score. known_range: of what the model knows, where it has one."""

    decisions: dict[str, Decision]
    known_range: KnownRange | None


def artist_names(catalogue: Catalogue) -> Labels:
    """Return one name an artist (n,): normalised, so that two spellings of a name are one artist."""
    known = {name: normalise_artist(name) for name in set(catalogue.artist.tolist())}
    return np.array([known[name] for name in catalogue.artist], dtype=object)


def scorer(embeddings: npt.NDArray[np.float32], place: npt.NDArray[np.int64], comparison: Comparison) -> Score:
    """Return the function from catalogue rows to similarities. embeddings (m, d); place (n,): row -> embedding, -1 for none."""
    compared = comparison.over(embeddings)

    def score(first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> npt.NDArray[np.floating]:
        return compared.rows(place[first], place[second])

    return score


def block_scorer(embeddings: npt.NDArray[np.float32], place: npt.NDArray[np.int64], comparison: Comparison) -> Block:
    """Return the function from catalogue rows (q,) and (m,) to similarities (q, m): `scorer` for many against many, and much faster."""
    compared = comparison.over(embeddings)

    def block(query: npt.NDArray[np.int64], gallery: npt.NDArray[np.int64]) -> npt.NDArray[np.floating]:
        return compared.block(place[query], place[gallery])

    return block


def embed_rows(
    catalogue: Catalogue,
    rows: npt.NDArray[np.int64],
    *,
    encoder: Encoder,
    view: View,
    width: int,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
    remark: Callable[[str], None] | None = None,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64], int]:
    """Embed rows of a catalogue -> embeddings (m, d), the place of every catalogue row among them, -1 where it has none, and how many
    pictures were looked at by their quarters, being no larger than a corner crop.

    Raises ModelError where none of the pictures can be used; single bad ones are remarked on and left out.
    """
    embedded = embed_files(
        [catalogue.file(int(row)) for row in rows],
        encoder=encoder,
        view=view,
        width=width,
        workers=workers,
        progress=progress,
    )
    for _, error in embedded.skipped:
        if remark is not None:
            remark(f"skipped {error}")
    usable = embedded.usable
    if not usable.any():
        reason = embedded.skipped[0][1] if embedded.skipped else "there are none"
        raise ModelError(f"{catalogue.place}: none of {len(rows)} pictures can be used: {reason}")
    place = np.full(len(catalogue), -1, dtype=np.int64)
    place[rows[usable]] = np.arange(int(usable.sum()))
    return embedded.embeddings[usable], place, embedded.quartered


def fit_model_decisions(
    encoder: Encoder,
    comparisons: Mapping[str, Comparison],
    catalogue: Catalogue,
    part: Labels,
    *,
    view: View,
    width: int,
    ranged: bool = False,
    seed: int = 0,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
    remark: Callable[[str], None] | None = None,
) -> Fitted:
    """Embed the pictures of `calibration` artists and fit what reads every score on their pairs, and the known range; see
    `fit_decisions` and `fit_known_range`.

    part (n,): as `Split.assign` returns it. ranged: whether the length of an embedding says how odd its picture is.
    """
    rows = np.flatnonzero(part == "calibration")
    embeddings, place, _ = embed_rows(
        catalogue, rows, encoder=encoder, view=view, width=width, workers=workers, progress=progress, remark=remark
    )
    return Fitted(
        decisions=fit_decisions(embeddings, place, comparisons, catalogue, part, seed=seed),
        known_range=fit_known_range(embeddings) if ranged else None,
    )


def fit_decisions(
    embeddings: npt.NDArray[np.float32],
    place: npt.NDArray[np.int64],
    comparisons: Mapping[str, Comparison],
    catalogue: Catalogue,
    part: Labels,
    *,
    seed: int = 0,
) -> dict[str, Decision]:
    """Fit threshold, calibrations, operating points and sets of every score on the `calibration` rows that have an embedding."""
    usable = np.where(place >= 0, part, "set-aside")
    artist, style = artist_names(catalogue), catalogue.get("style")
    return {
        name: fit_decision(
            scorer(embeddings, place, comparison),
            artist,
            style,
            usable,
            seed=seed,
            block=block_scorer(embeddings, place, comparison),
        )
        for name, comparison in comparisons.items()
    }
