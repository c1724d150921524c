"""Whether a trained model may stand in a table: it must be of this system, catalogue, split and seed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec
import numpy as np

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import PictureError
from morelli.model.calibrate import artist_names
from morelli.model.folder import TRAINED_ON, ModelFolder
from morelli.model.seen import Role, TrainedOn, digest, digest_file
from morelli.systems.system import System
from morelli.training.run import Parts, chosen

_NO_WORDS: Mapping[str, object] = {"title": "", "source": "", "remarks": "", "published": {}}
_MAY_HAVE: Mapping[Role, tuple[str, ...]] = {
    # A system that chooses nothing by validation artists trains on them too.
    "train": ("train", "validation"),
    "validation": ("validation",),
    "calibration": ("calibration",),
}


def why_not(
    model: ModelFolder, system: System, catalogue: Catalogue, part: Parts, *, seed: int, weights: Mapping[str, Path]
) -> str | None:
    """Return why a model is not what training this system on these parts would give, in words; None where it is.

    part (n,): as `Split.assign` returns it. weights: of backbones, a file by name, where they were given. Every picture that the model
    has seen must have that role here, and every training and calibration picture here must have been seen, but for as many as the model
    says it had to skip. Pictures and artists are compared by their hashes. Raises ModelError for a damaged folder.
    """
    return (
        _other_system(model, system)
        or _other_seed(model, seed)
        or _other_weights(model, weights)
        or _other_data(model, catalogue, part)
    )


def plain_choices(table: Mapping[str, object]) -> object:
    """Return a system, as a model folder holds it, without its words and without keys that have their default value."""
    return chosen(msgspec.convert({**table, **_NO_WORDS}, System))


def _other_system(model: ModelFolder, system: System) -> str | None:
    name = model.description.system["name"]
    if name != system.name:
        return f"it is a model of {name}"
    try:
        its = plain_choices(model.description.system)
    except msgspec.ValidationError as err:
        return f"its system cannot be read by this version ({err})"
    ours = plain_choices(msgspec.to_builtins(system))
    return None if its == ours else f"it is of another {name}: {_difference(its, ours)}"


def _difference(its: object, ours: object, place: str = "") -> str:
    """Name the first choice in which two systems differ."""
    if isinstance(its, dict) and isinstance(ours, dict):
        for key in sorted({*its, *ours}):
            if its.get(key) != ours.get(key):
                return _difference(its.get(key), ours.get(key), f"{place}.{key}" if place else str(key))
    return f"{place} is {_shown(its)} there and {_shown(ours)} here"


def _shown(value: object) -> str:
    text = "the default" if value is None else msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else text[:59] + "…"


def _other_seed(model: ModelFolder, seed: int) -> str | None:
    its = model.description.training.get("seed", "not said")
    return None if its == str(seed) else f"its seed is {its}, not {seed}"


def _other_weights(model: ModelFolder, weights: Mapping[str, Path]) -> str | None:
    for origin in model.description.origins:
        file = weights.get(origin.backbone)
        if file is not None and file.is_file() and sha256(file.read_bytes()).hexdigest() != origin.sha256:
            return f"its weights of {origin.backbone} are not those of {file}"
    return None


def _other_data(model: ModelFolder, catalogue: Catalogue, part: Parts) -> str | None:
    seen = TrainedOn.from_json(model.read(TRAINED_ON), source=str(model.path / TRAINED_ON))
    names = artist_names(catalogue)
    here: dict[str, str] = {}  # digest of a picture -> its part
    artists: dict[str, set[str]] = {}  # digest of an artist -> the parts of their pictures
    lone = 0  # training pictures of artists who have no other: some trainings leave them out
    for name in set(names.tolist()):
        artists[digest(name.encode())] = set(part[names == name].tolist())
        lone += int((part[names == name] == "train").sum() == 1)
    for row in np.flatnonzero(part != "set-aside"):
        try:
            here[digest_file(catalogue.file(int(row)))] = str(part[row])
        except PictureError:
            continue
    for role, may_have in _MAY_HAVE.items():
        if any(one not in artists or not artists[one].intersection(may_have) for one in seen.artists[role]):
            return f"its artists for {role} are not those of this split"
        if any(here.get(picture) not in may_have for picture in seen.pictures[role]):
            return f"its pictures for {role} are not those of this catalogue and split"
    known = set().union(*seen.pictures.values())
    missing = sum(where in ("train", "calibration") and one not in known for one, where in here.items())
    if missing > 2 * _skipped(model) + lone:  # a picture that was skipped may leave its artist with one
        return f"it has not seen {missing:,} of the training and calibration pictures of this catalogue and split"
    return None


def _skipped(model: ModelFolder) -> int:
    found = re.match(r"\d+", model.description.training.get("pictures skipped", ""))
    return int(found[0]) if found else 0
