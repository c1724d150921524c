"""Whether a trained model may stand in a table: it must be of this system, catalogue, split and seed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
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


@dataclass(frozen=True, eq=False)
class Data:
    """A catalogue and its parts (n,), as `Split.assign` returns them, by the hashes that models keep; every file is read once."""

    catalogue: Catalogue
    part: Parts

    @cached_property
    def pictures(self) -> dict[str, str]:
        """Digest of a picture -> its part; pictures that are set aside or cannot be read are left out."""
        found = {}
        for row in np.flatnonzero(self.part != "set-aside"):
            with suppress(PictureError):
                found[digest_file(self.catalogue.file(int(row)))] = str(self.part[row])
        return found

    @cached_property
    def artists(self) -> dict[str, set[str]]:
        """Digest of an artist -> the parts of their pictures."""
        names = artist_names(self.catalogue)
        return {digest(name.encode()): set(self.part[names == name].tolist()) for name in set(names.tolist())}

    @cached_property
    def lone(self) -> int:
        """Training pictures of artists who have no other: some trainings leave them out."""
        names = artist_names(self.catalogue)[self.part == "train"].astype(str)
        return int((np.unique(names, return_counts=True)[1] == 1).sum())


def why_not(model: ModelFolder, system: System, data: Data, *, seed: int, weights: Mapping[str, Path]) -> str | None:
    """Return why a model is not what training this system on these data would give, in words; None where it is.

    weights: of backbones, a file by name, where they were given. Every picture that the model has seen must have that role here, and
    every training and calibration picture here must have been seen, but for as many as the model says it had to skip. Pictures and
    artists are compared by their hashes. Raises ModelError for a damaged folder.
    """
    return (
        _other_system(model, system)
        or _other_seed(model, seed)
        or _other_weights(model, weights)
        or _other_data(model, data)
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


def _other_data(model: ModelFolder, data: Data) -> str | None:
    seen = TrainedOn.from_json(model.read(TRAINED_ON), source=str(model.path / TRAINED_ON))
    for role, may_have in _MAY_HAVE.items():
        if any(not data.artists.get(one, set()).intersection(may_have) for one in seen.artists[role]):
            return f"its artists for {role} are not those of this split"
        if any(data.pictures.get(picture) not in may_have for picture in seen.pictures[role]):
            return f"its pictures for {role} are not those of this catalogue and split"
    known = set().union(*seen.pictures.values())
    missing = sum(where in ("train", "calibration") and one not in known for one, where in data.pictures.items())
    if missing > 2 * _skipped(model) + data.lone:  # a picture that was skipped may leave its artist with one
        return f"it has not seen {missing:,} of the training and calibration pictures of this catalogue and split"
    return None


def _skipped(model: ModelFolder) -> int:
    found = re.match(r"\d+", model.description.training.get("pictures skipped", ""))
    return int(found[0]) if found else 0
