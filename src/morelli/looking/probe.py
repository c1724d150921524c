"""A linear artist probe: whose painting is it, by the mean of a backbone's map alone? It gives the map its classes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.names import normalise_artist
from morelli.errors import MorelliError
from morelli.files import write_file
from morelli.looking.backbone_map import BackboneMap
from morelli.looking.linear import FloatArray, LinearClasses
from morelli.looking.pooled import extract_pooled, pooled_cache

# Inverse strength of the L2 penalty on standardised features. From 0.01 to 1 the accuracy differs by half a percentage point
# (threefold inside the training paintings).
STRENGTH = 0.1
_SCHEMA = 1


class ProbeError(MorelliError):
    """A probe that cannot be trained, or a class that it does not have."""


@dataclass(frozen=True, eq=False)
class ArtistProbe:
    """A fitted probe. classes: one a training artist, by normalised name; shown: normalised name -> the catalogue's spelling.

    trained, held_back: keys of the pictures it was trained on and judged on -> artist. held_back_rows: the latter's rows of the catalogue.
    right: share of those held back whose artist is its top class; nan without any.
    """

    classes: LinearClasses
    shown: Mapping[str, str]
    trained: Mapping[bytes, str]
    held_back: Mapping[bytes, str]
    held_back_rows: npt.NDArray[np.int64]
    right: float


def train_probe(
    backbone: BackboneMap,
    catalogue: Catalogue,
    part: npt.NDArray[np.object_],
    *,
    folder: Path,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
    remark: Callable[[str], None] = lambda text: None,
) -> ArtistProbe:
    """Train a probe on a split's training paintings and judge it on `test-seen`, other paintings of the same artists.

    part (n,): of every row, as `Split.assign` returns it. folder: for features and the fitted probe. Raises ProbeError for fewer than two
    training artists.
    """
    rows = np.flatnonzero((part == "train") | (part == "test-seen"))
    cache = pooled_cache(backbone, folder)
    done = extract_pooled(
        backbone, [catalogue.file(int(row)) for row in rows], cache=cache, workers=workers, progress=progress
    )
    for _, error in done.skipped:
        remark(f"skipped {error}")
    features = done.features(cache)
    rows = rows[done.usable]
    artist = np.array([normalise_artist(catalogue.artist[row]) for row in rows], dtype=str)
    training = np.asarray(part[rows] == "train", dtype=bool)
    classes = cached_probe(features[training], artist[training], folder=folder)
    place = {name: number for number, name in enumerate(classes.names)}
    known = ~training & np.isin(artist, classes.names)
    right = float("nan")
    if known.any():
        top = classes.probabilities(features[known]).argmax(axis=1)
        right = float(np.mean(top == np.array([place[name] for name in artist[known]])))
    keys = [key for key in done.keys if key is not None]
    shown: dict[str, str] = {}
    for row, name in zip(rows, artist, strict=True):
        shown.setdefault(str(name), str(catalogue.artist[row]))
    by_key = [{keys[at]: str(artist[at]) for at in np.flatnonzero(chosen)} for chosen in (training, known)]
    return ArtistProbe(classes, shown, by_key[0], by_key[1], rows[known], right)


def fit_probe(features: FloatArray, artist: npt.NDArray[np.str_]) -> LinearClasses:
    """Fit a multinomial logistic regression on features (n, c) of artists (n,); the features' standardisation is folded into it."""
    from sklearn.linear_model import LogisticRegression

    if len(set(artist)) < 2:
        raise ProbeError(
            f"{len(set(artist))} training artists; a probe needs two, and is worth something with hundreds"
        )
    mean, deviation = features.mean(axis=0), features.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1)
    fitted = LogisticRegression(C=STRENGTH, max_iter=500).fit((features - mean) / deviation, artist)
    weight, bias = fitted.coef_, fitted.intercept_
    if len(weight) == 1:  # two classes share one row of scikit-learn's
        weight, bias = np.concatenate([-weight / 2, weight / 2]), np.concatenate([-bias / 2, bias / 2])
    weight = weight / deviation
    return LinearClasses(
        weight.astype(np.float32),
        (bias - weight @ mean).astype(np.float32),
        tuple(str(name) for name in fitted.classes_),
    )


def cached_probe(features: FloatArray, artist: npt.NDArray[np.str_], *, folder: Path) -> LinearClasses:
    """Return `fit_probe` of these very features and artists, from `folder/probe-KEY.safetensors` where it was fitted before."""
    digest = blake2b(f"{_SCHEMA} {STRENGTH} {features.shape}".encode(), digest_size=12)
    digest.update(np.ascontiguousarray(features, dtype="<f4").tobytes())
    digest.update(json.dumps(artist.tolist()).encode())
    file = folder / f"probe-{digest.hexdigest()}.safetensors"
    try:
        with safe_open(file, "numpy") as opened:
            names = json.loads((opened.metadata() or {})["names"])
            return LinearClasses(opened.get_tensor("weight"), opened.get_tensor("bias"), tuple(names))
    except (OSError, SafetensorError, KeyError, ValueError):  # none yet, or a damaged one: it is fitted again
        classes = fit_probe(features, artist)
    # safetensors writes the memory as it lies: of a transposed array, a scrambled one.
    tensors = {"weight": np.ascontiguousarray(classes.weight), "bias": np.ascontiguousarray(classes.bias)}
    write_file(file, save(tensors, metadata={"names": json.dumps(classes.names)}), error=ProbeError)
    return classes
