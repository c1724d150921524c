"""Before a training: what the data allow, and an early no where the end would fail, for a training takes hours."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import MissingExtraError, PairsError, TrainingError
from morelli.files import check_folder_place, check_new_folder_place
from morelli.model.calibrate import artist_names
from morelli.protocol.fit_decision import available_negatives
from morelli.protocol.pairs import Negatives, draw_pairs
from morelli.systems.objectives import Discriminant, PairNet, Siamese, Softmax
from morelli.systems.system import Cohort, System
from morelli.training.run import Parts, Rows, Run, choose_device

LEAST_ARTISTS = 4  # to train on, with two paintings each
LEAST_FUSED_ARTISTS = 6  # of a back-end a layer: weighed on a third of them and more, fitted on three others
LEAST_CALIBRATION_ARTISTS = 2
FEW_ARTISTS = 50
_NEEDED_LATER = (
    "onnx",
    "onnxscript",
    "safetensors",
    "tensorboard",
)  # what is imported only when there is something to write
_PARTS = ("train", "validation", "calibration", "test-seen", "test")


def check_before(system: System, catalogue: Catalogue, part: Parts, *, out: Path, run: Run, replace: bool) -> None:
    """Raise what would otherwise be raised at the end: places, packages, the device, artists and pairs. Opens no picture.

    part (n,): as `Split.assign` returns it. Raises TrainingError, MissingExtraError.
    """
    if not replace:
        check_new_folder_place(out, error=TrainingError)
    check_folder_place(run.folder, error=TrainingError)
    try:
        check_folder_place(run.cache, error=TrainingError)
    except TrainingError as err:
        raise TrainingError(f"{err} for decoded pictures, in MORELLI_CACHE") from err
    for package in _NEEDED_LATER:
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(f"training (its package {package!r})", "train")
    choose_device(run.device)
    names = artist_names(catalogue)
    there = np.array([_is_there(catalogue.file(row)) for row in range(len(catalogue))], dtype=bool)
    check_artists(catalogue, names, np.flatnonzero((part == "train") & there))
    _check_fused(system, catalogue, names[((part == "train") | (part == "validation")) & there])
    if isinstance(system.objective, Siamese | PairNet | Softmax):
        _check_pairs(catalogue, names, np.flatnonzero((part == "validation") & there), "validation", ("random",))
    rows = np.flatnonzero((part == "calibration") & there)
    if system.cohort is not None:
        _check_cohort(
            system.cohort, names[((part == "train") | (part == "validation")) & there], place=str(catalogue.place)
        )
    with_a_pair = count_with_a_pair(names, rows)
    if with_a_pair < LEAST_CALIBRATION_ARTISTS:
        raise TrainingError(
            f"{catalogue.place}: {with_a_pair} calibration artists with two paintings; {LEAST_CALIBRATION_ARTISTS} are the least that a "
            "threshold and a calibration can be fitted to, and 50 are sound; split again with a larger share for calibration"
        )
    _check_pairs(catalogue, names, rows, "calibration", available_negatives(names, catalogue.get("style"), rows))


def check_artists(catalogue: Catalogue, artist: Parts, rows: Rows) -> None:
    """Raise TrainingError where too few of the training artists have two paintings."""
    count = count_with_a_pair(artist, rows)
    if count < LEAST_ARTISTS:
        raise TrainingError(
            f"{catalogue.place}: {count} training artists with two usable paintings; {LEAST_ARTISTS} are the least, hundreds are "
            "wanted. With few artists calibrate a trained model instead of training one"
        )


def _check_fused(system: System, catalogue: Catalogue, artist: Parts) -> None:
    """Raise TrainingError where a back-end a layer has too few artists to be weighed by."""
    objective = system.objective
    if not isinstance(objective, Discriminant) or objective.blocks == "all":
        return
    count = count_with_a_pair(artist, np.arange(len(artist)))
    if count < LEAST_FUSED_ARTISTS:
        raise TrainingError(
            f"{catalogue.place}: {count} training and validation artists with two usable paintings; {LEAST_FUSED_ARTISTS} are the least "
            'that the layers can be weighed by; give objective.blocks = "all", or calibrate a trained model instead'
        )


def count_with_a_pair(artist: Parts, rows: Rows) -> int:
    """Return how many artists have two of these rows or more."""
    return int((np.unique(artist[rows].astype(str), return_counts=True)[1] >= 2).sum())


def what_the_data_allow(catalogue: Catalogue, part: Parts) -> list[str]:
    """Return remarks for whoever starts a training: the parts in figures, and how few artists are too few."""
    names = artist_names(catalogue)
    counts = []
    for name in _PARTS:
        there = part == name
        counts.append(f"{name} {int(there.sum()):,} paintings, {len(set(names[there].tolist())):,} artists")
    said = ["; ".join(counts)]
    count = count_with_a_pair(names, np.flatnonzero(part == "train"))
    if count < FEW_ARTISTS:
        said.append(
            f"{count} training artists with two paintings are few: from fewer than about {FEW_ARTISTS} a network learns little; "
            "calibrate a trained model instead, with 'morelli calibrate'"
        )
    return said


def _check_cohort(cohort: Cohort, artist: Parts, *, place: str) -> None:
    _, count = np.unique(artist.astype(str), return_counts=True)
    size = int(np.minimum(count, cohort.per_artist).sum())
    if size < cohort.neighbours:
        raise TrainingError(
            f"{place}: a cohort of {size} training pictures cannot give {cohort.neighbours} neighbours; give a smaller cohort.neighbours"
            + (", or a larger cohort.per_artist" if count.max(initial=0) > cohort.per_artist else "")
        )


def _check_pairs(catalogue: Catalogue, artist: Parts, rows: Rows, part: str, negatives: Sequence[Negatives]) -> None:
    for kind in negatives:
        try:
            draw_pairs(artist, rows, seed=0, negatives=kind, style=catalogue.get("style"), per_artist=1)
        except PairsError as err:
            raise TrainingError(
                f"{catalogue.place}: no pair of {part} artists: {err}; split again with a larger share for {part}"
            ) from err


def _is_there(file: Path) -> bool:
    try:
        return file.is_file() and file.stat().st_size > 0
    except OSError:
        return False
