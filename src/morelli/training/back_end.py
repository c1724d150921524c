"""The linear back-end of speaker verification: standardise, principal components, linear discriminants; block by block, then fused.

Fisher's discriminants with the within-class covariance shrunk towards a multiple of the identity (Friedman 1989, "Regularized
discriminant analysis"), as verification systems use them behind a front-end (Dehak et al. 2011, "Front-end factor analysis for speaker
verification"). Several blocks of features, such as the depths of a backbone, have a back-end each; the embedding is their embeddings of
length one, side by side, so that its cosine is the weighted mean of the blocks' cosines: fusion at the level of scores (Brümmer et al.
2007, "Fusion of heterogeneous speaker recognition systems").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from morelli.errors import TrainingError
from morelli.systems.objectives import Discriminant

Array = npt.NDArray[np.float64]
Names = npt.NDArray[np.object_]
Rows = npt.NDArray[np.integer]
_LEAST_VARIANCE = 1e-10  # of the widest direction's; what is less is rounding


@dataclass(frozen=True, eq=False)
class Projection:
    """A linear map of features (n, f) to embeddings (n, d): (features - mean) @ matrix. mean (f,), matrix (f, d)."""

    mean: Array
    matrix: Array

    def __call__(self, features: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
        """Return the embeddings (n, d) of features (n, f)."""
        return np.asarray((features - self.mean) @ self.matrix, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class BackEnd:
    """Projections of blocks of features. blocks: the columns (start, stop) of each; weights: of each in the similarity, summing to 1."""

    blocks: tuple[tuple[int, int], ...]
    projections: tuple[Projection, ...]
    weights: tuple[float, ...]

    @property
    def width(self) -> int:
        """Values of an embedding."""
        return sum(projection.matrix.shape[1] for projection in self.projections)

    def __call__(self, features: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
        """Return the embeddings (n, d) of features (n, f): of length one, the blocks' ones side by side, each of length sqrt(weight)."""
        parts = []
        for (start, stop), projection, weight in zip(self.blocks, self.projections, self.weights, strict=True):
            parts.append(np.float32(np.sqrt(weight)) * unit(projection(features[:, start:stop])))
        return np.concatenate(parts, axis=1)


def unit(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return rows (n, d) brought to length one; a row of zeros stays one."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length == 0, 1, length), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Reduced:
    """Features of pictures, standardised and brought to principal components, which need no labels.

    rows (n, c): of each picture; mean, scale (f,) and components (f, c): how they were made.
    """

    rows: Array
    mean: Array
    scale: Array
    components: Array

    @classmethod
    def of(cls, features: npt.NDArray[np.floating], objective: Discriminant) -> Reduced:
        """Reduce features (n, f).

        Features that hardly vary over the pictures (a thousandth of the median deviation) are left out: what is noise here could be
        anything elsewhere. Raises TrainingError where none varies.
        """
        mean, scale = _standardise(features)
        standard = (features - mean) * scale
        components = principal_components(standard, min(objective.components, len(features) - 1, features.shape[1]))
        return cls(standard @ components, mean, scale, components)

    def directions(self, artist: Names, style: Names, objective: Discriminant, which: Rows) -> Array:
        """Return the discriminants (c, d) of the components, fitted on pictures `which` alone. artist, style (n,): of all."""
        reduced = self.rows[which]
        return _discriminants(reduced - reduced.mean(axis=0), artist[which].astype(str), style[which], objective)

    def projection(self, artist: Names, style: Names, objective: Discriminant) -> Projection:
        """Return the map from features to the discriminants fitted on all pictures. artist, style (n,)."""
        everyone = np.arange(len(self.rows))
        matrix = self.components @ self.directions(artist, style, objective, everyone)
        return Projection(self.mean, self.scale[:, None] * matrix)


def _discriminants(reduced: Array, names: npt.NDArray[np.str_], style: Names, objective: Discriminant) -> Array:
    """Return the discriminants (c, d) of centred rows (n, c), each weighing sqrt(b / (b + 1))."""
    artists, code = np.unique(names, return_inverse=True)
    n, k = len(reduced), len(artists)
    if k < 3 or n <= k:
        raise TrainingError(
            f"{n} training pictures by {k} artists; discriminants need three artists with two pictures each"
        )
    centres = np.zeros((k, reduced.shape[1]))
    np.add.at(centres, code, reduced)
    centres /= np.bincount(code)[:, None]
    apart = reduced - centres[code]
    within = apart.T @ apart / (n - k)
    size = np.trace(within) / len(within)
    within = (1 - objective.shrinkage) * within + objective.shrinkage * size * np.eye(len(within))
    whiten = np.linalg.inv(np.linalg.cholesky(within)).T
    white = centres @ whiten
    between = np.atleast_2d(np.cov(white.T))
    if objective.styles:
        between = (1 - objective.styles) * between + objective.styles * _inside_styles(white, code, style)
    values, vectors = np.linalg.eigh(between)
    order = np.argsort(values)[::-1][: min(objective.dimensions, k - 1)]
    ratio = np.maximum(values[order], 0)
    matrix: Array = whiten @ (vectors[:, order] * np.sqrt(ratio / (ratio + 1)))
    return matrix


def principal_components(centred: Array, count: int) -> Array:
    """Return the first `count` principal directions (f, count), orthonormal, of centred rows (n, f), the widest first.

    Fewer where the rows do not vary in so many: pictures that are the same to the pixel say nothing of each other.
    """
    n, f = centred.shape
    # Fewer pictures than features: the same directions from the smaller matrix of inner products.
    small = centred.T @ centred if f <= n else centred @ centred.T
    values, vectors = np.linalg.eigh(small)
    order = np.argsort(values)[::-1][:count]
    order = order[values[order] > _LEAST_VARIANCE * values[order[0]]]
    top = vectors[:, order]
    directions: Array = top if f <= n else centred.T @ top / np.sqrt(values[order])
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
    """Return the scatter of artists' centres (k, d) round their style's mean."""
    kinds, of = np.unique(main_styles(code, style), return_inverse=True)
    centres = np.stack([white[of == kind].mean(axis=0) for kind in range(len(kinds))])
    apart = white - centres[of]
    scatter: Array = apart.T @ apart / max(len(white) - len(kinds), 1)
    return scatter


def main_styles(code: npt.NDArray[np.integer], style: Names) -> npt.NDArray[np.str_]:
    """Return the style (k,) of most pictures of each artist. code (n,): whose each picture is, 0 to k - 1; style (n,)."""
    main = []
    for one in range(int(code.max()) + 1):
        known, counts = np.unique(style[code == one].astype(str), return_counts=True)
        main.append(str(known[np.argmax(counts)]))
    return np.array(main)


def block_columns(widths: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Return the columns (start, stop) of blocks of these widths that stand one after another.

    >>> block_columns([2, 3])
    ((0, 2), (2, 5))
    """
    ends = np.cumsum([0, *widths]).tolist()
    return tuple(pairwise(ends))
