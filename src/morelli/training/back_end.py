"""The linear back-end of speaker verification: standardise, principal components, linear discriminants.

Fisher's discriminants with the within-class covariance shrunk towards a multiple of the identity (Friedman 1989, "Regularized
discriminant analysis"), as front-ends of verification systems use them (Dehak et al. 2011, "Front-end factor analysis for speaker
verification").
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from morelli.errors import TrainingError
from morelli.systems.objectives import Discriminant

Array = npt.NDArray[np.float64]
Names = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Projection:
    """A linear map of features (n, f) to embeddings (n, d): (features - mean) @ matrix. mean (f,), matrix (f, d)."""

    mean: Array
    matrix: Array

    def __call__(self, features: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
        """Return the embeddings (n, d) of features (n, f)."""
        return np.asarray((features - self.mean) @ self.matrix, dtype=np.float32)


def fit_discriminants(
    features: npt.NDArray[np.floating], artist: Names, style: Names, objective: Discriminant
) -> Projection:
    """Fit the back-end on training pictures. features (n, f); artist, style (n,): an empty style is unknown.

    Features that hardly vary over the training pictures (a thousandth of the median deviation) are left out: what is noise here could
    be anything elsewhere. Raises TrainingError where there are fewer artists or pictures than are needed.
    """
    names, code = np.unique(artist.astype(str), return_inverse=True)
    n, k = len(features), len(names)
    if k < 3 or n <= k:
        raise TrainingError(
            f"{n} training pictures by {k} artists; discriminants need three artists, two pictures each"
        )
    mean, scale = _standardise(features)
    standard = (features - mean) * scale
    components = principal_components(standard, min(objective.components, n - 1))
    reduced = standard @ components
    centres = np.stack([reduced[code == one].mean(axis=0) for one in range(k)])
    apart = reduced - centres[code]
    within = apart.T @ apart / (n - k)
    size = np.trace(within) / len(within)
    within = (1 - objective.shrinkage) * within + objective.shrinkage * size * np.eye(len(within))
    whiten = np.linalg.inv(np.linalg.cholesky(within)).T
    white = centres @ whiten
    between = np.cov(white.T)
    if objective.styles:
        between = (1 - objective.styles) * between + objective.styles * _inside_styles(white, code, style)
    values, vectors = np.linalg.eigh(between)
    order = np.argsort(values)[::-1][: min(objective.dimensions, k - 1)]
    ratio = np.maximum(values[order], 0)
    matrix = scale[:, None] * (components @ (whiten @ (vectors[:, order] * np.sqrt(ratio / (ratio + 1)))))
    return Projection(mean, matrix)


def principal_components(centred: Array, count: int) -> Array:
    """Return the first `count` principal directions (f, count), orthonormal, of centred rows (n, f), the widest first."""
    n, f = centred.shape
    if f <= n:
        _, vectors = np.linalg.eigh(centred.T @ centred)
        return vectors[:, ::-1][:, :count]
    # Fewer pictures than features: the same directions from the smaller matrix of inner products.
    values, vectors = np.linalg.eigh(centred @ centred.T)
    top = vectors[:, ::-1][:, :count]
    directions: Array = centred.T @ top / np.sqrt(np.maximum(values[::-1][:count], np.finfo(float).tiny))
    return directions


def _standardise(features: npt.NDArray[np.floating]) -> tuple[Array, Array]:
    """Return the mean (f,) and one over the deviation (f,), which is 0 for features that hardly vary."""
    mean = features.mean(axis=0, dtype=np.float64)
    deviation = features.std(axis=0, dtype=np.float64)
    varies = deviation > 1e-3 * np.median(deviation[deviation > 0]) if (deviation > 0).any() else deviation > 0
    if not varies.any():
        raise TrainingError("no feature varies over the training pictures; are they all the same picture?")
    return mean, np.where(varies, 1 / np.where(varies, deviation, 1), 0)


def _inside_styles(white: Array, code: npt.NDArray[np.integer], style: Names) -> Array:
    """Return the scatter of artists' centres (k, d) round their style's mean; an artist's style is that of most of their pictures."""
    main = np.empty(len(white), dtype=object)
    for one in range(len(white)):
        known, counts = np.unique(style[code == one].astype(str), return_counts=True)
        main[one] = known[np.argmax(counts)]
    kinds, of = np.unique(main.astype(str), return_inverse=True)
    centres = np.stack([white[of == kind].mean(axis=0) for kind in range(len(kinds))])
    apart = white - centres[of]
    scatter: Array = apart.T @ apart / max(len(white) - len(kinds), 1)
    return scatter
