"""What may be done once pictures are embedded: other normalisations than the model's, PLDA, other views of a picture.

    python benchmarks/after_embedding.py default PAINTINGS --split splits/paintings.json [--part calibration] [--resamples 1000]

By default the calibration artists are judged, whom the model was not trained on; their thresholds and ratios play no part in an AUC, and
the test artists are left alone. Normalisations of the cosine by the model's cohort: cross-domain similarity local scaling (what the model
has), s-norm (Kenny 2010, "Bayesian speaker verification with heavy-tailed priors") and adaptive s-norm over each picture's nearest
(Matejka et al. 2017, "Analysis of score normalization in multilingual speaker recognition"). PLDA: the two-covariance model (Brummer and
de Villiers 2010, "The speaker partitioning problem") over 200 principal components of the embeddings, fitted on the training pictures.
Views: the mean of the embeddings of a picture and of its mirror image, its middle (four fifths of the sides), or both. Prints AUC and the
paired difference to the model as it is, 95 % intervals over artists.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from auc_rows import HEAD, AucRows
from morelli.catalogue.catalogue import Catalogue
from morelli.model.calibrate import artist_names
from morelli.model.comparison import CohortComparison
from morelli.model.model import Model, load
from morelli.protocol.pairs import NEGATIVES, draw_pairs
from morelli.protocol.split import Split

Floats = npt.NDArray[np.float64]
MIDDLE = 0.8  # of the sides
COMPONENTS = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("paintings", type=Path)
    parser.add_argument("--split", type=Path, required=True)
    parser.add_argument("--part", default="calibration")
    parser.add_argument("--resamples", type=int, default=1000)
    words = parser.parse_args()
    model, catalogue = load(words.model), Catalogue.read(words.paintings)
    comparison = model.comparison
    if not isinstance(comparison, CohortComparison):
        raise SystemExit(f"{model.name} has no cohort")
    part = Split.from_json(words.split.read_text(encoding="utf-8"), source=str(words.split)).assign(catalogue)
    artist, style = artist_names(catalogue), catalogue.get("style")
    rows = np.flatnonzero(part == words.part)
    whole = np.stack([model.view.open(catalogue.file(int(row))).pixels[0] for row in rows])
    seen = {name: unit(model.encoder.encode(shown(whole))) for name, shown in VIEWS.items()}
    place = np.full(len(catalogue), -1)
    place[rows] = np.arange(len(rows))
    trained = np.flatnonzero((part == "train") | (part == "validation"))
    of_training = unit(model.encode([catalogue.file(int(row)) for row in trained]))
    plda = two_covariances(of_training, artist[trained])
    own = seen["whole"]
    cosines = own @ own.T
    near = own @ unit(comparison.cohort).T
    kinds: dict[str, Floats] = {
        "the model as it is": of_model(model, own),
        "cosine alone": cosines,
        "s-norm over the whole cohort": normalised(cosines, near, nearest=None),
        **{f"adaptive s-norm over the nearest {k}": normalised(cosines, near, nearest=k) for k in (60, 300)},
        "PLDA": plda(own),
        **{
            f"whole and {' and '.join(names)}": of_model(model, unit(sum((seen[name] for name in names), own)))
            for names in (["mirrored"], ["middle"], ["mirrored", "middle"])
        },
    }
    print(f"{model.name} {model.id}: {len(rows):,} paintings by {len(set(artist[rows]))} {words.part} artists\n")
    print(f"| what | {HEAD}")
    pairs = {kind: draw_pairs(artist, rows, seed=0, negatives=kind, style=style) for kind in NEGATIVES}
    table = AucRows(pairs, artist, resamples=words.resamples)
    for name, similarity in kinds.items():
        print(table.row(name, lambda one, other, of=similarity: of[place[one], place[other]]), flush=True)


def middle(pictures: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Return the middles of pictures uint8 (n, s, s, 3), enlarged to their size."""
    size = pictures.shape[1]
    start = round(size * (1 - MIDDLE) / 2)
    return np.stack([cv2.resize(one[start : size - start, start : size - start], (size, size)) for one in pictures])


VIEWS: dict[str, Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.uint8]]] = {
    "whole": lambda pictures: pictures,
    "mirrored": lambda pictures: np.ascontiguousarray(pictures[:, :, ::-1]),
    "middle": middle,
}


def unit(rows: npt.NDArray[np.floating]) -> Floats:
    """Return rows (n, d) of length one: the length of an embedding says how odd a picture is, and is no part of its direction."""
    wide = rows.astype(np.float64)
    return wide / np.linalg.norm(wide, axis=1, keepdims=True)


def of_model(model: Model, embeddings: Floats) -> Floats:
    """Return the model's own similarities (n, n) of embeddings (n, d)."""
    every = np.arange(len(embeddings))
    return model.comparison.over(embeddings.astype(np.float32)).block(every, every).astype(np.float64)


def normalised(cosines: Floats, near: Floats, *, nearest: int | None) -> Floats:
    """Return cosines (n, n) by the mean and deviation of each picture's similarities to a cohort, near (n, c), or to its nearest there."""
    chosen = near if nearest is None else np.sort(near, axis=1)[:, -nearest:]
    mean, deviation = chosen.mean(axis=1), chosen.std(axis=1)
    by_first = (cosines - mean[:, None]) / deviation[:, None]
    return (by_first + by_first.T) / 2


def two_covariances(embeddings: Floats, artist: npt.NDArray[np.object_]) -> Callable[[Floats], Floats]:
    """Fit the two-covariance model to embeddings (n, d) by artists (n,); return the log-likelihood ratio (m, m), up to a constant, of
    embeddings (m, d).
    """
    mean = embeddings.mean(axis=0)
    _, _, directions = np.linalg.svd(embeddings - mean, full_matrices=False)
    basis = directions[:COMPONENTS].T
    reduced = (embeddings - mean) @ basis
    _, code = np.unique(artist.astype(str), return_inverse=True)
    counts = np.bincount(code)
    centres = np.zeros((len(counts), reduced.shape[1]))
    np.add.at(centres, code, reduced)
    centres /= counts[:, None]
    apart = reduced - centres[code]
    within = apart.T @ apart / (len(reduced) - len(counts))
    between = np.cov(centres.T)
    total = between + within
    inverse = np.linalg.inv(total)
    joint = np.linalg.inv(total - between @ inverse @ between)
    own, across = inverse - joint, inverse @ between @ joint

    def ratio(rows: Floats) -> Floats:
        at = (rows - mean) @ basis
        alone = np.einsum("nd,de,ne->n", at, own, at) / 2
        both: Floats = alone[:, None] + alone[None, :] + at @ across @ at.T
        return both

    return ratio


if __name__ == "__main__":
    main()
