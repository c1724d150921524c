"""A row of the table: a model that is there already and fits, or one that is trained now."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import BackboneError, MissingExtraError, ModelError, MorelliError, UnknownBackboneError
from morelli.model.folder import DESCRIPTION, open_model_folder
from morelli.study.table.reuse import Data, why_not
from morelli.systems.networks import Features, Frozen, backbones_of
from morelli.systems.system import System
from morelli.training.checkpoint import remove_checkpoints
from morelli.training.frozen import build_frozen
from morelli.training.run import Parts, Run, run_identity
from morelli.training.train import train

ROWS, MODEL, TRAINING = "rows", "model", "training"  # folders: rows/NAME-KEY/model
State = Literal["done", "not run", "failed"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """One system of the table. model: its folder, None where it was not run or failed; why: the reason. origin: of the model, in words."""

    system: System
    state: State
    model: Path | None = None
    why: str = ""
    origin: str = ""

    @property
    def name(self) -> str:
        """The system's name."""
        return self.system.name


def weights_of(system: System, weights: Mapping[str, Path]) -> dict[str, Path]:
    """Return the files of weights that this system needs, of those that were given."""
    return {name: weights[name] for name in backbones_of(system.network) if name in weights}


def what_lacks_weights(systems: Sequence[System], run: Run) -> list[str]:
    """Return a remark for each system whose backbones' weights cannot be had: said at the start, not after the rows before it.

    Raises BackboneError for a backbone that there is not, and for weights that were given and do not fit.
    """
    said, known = [], dict[object, str]()
    for system in systems:
        network = system.network
        features = (
            network.features if isinstance(network, Frozen) else [Features(backbone=n) for n in backbones_of(network)]
        )
        key = (tuple((one.backbone, one.layers) for one in features), system.view.size)
        if key not in known:
            try:
                build_frozen(features, size=system.view.size, run=run)
                known[key] = ""
            except UnknownBackboneError:
                raise  # a name that is misspelt, and no lack of weights
            except (BackboneError, MissingExtraError) as err:
                if any(one.backbone in run.weights for one in features):
                    raise  # what was given does not fit
                known[key] = str(err)
        if known[key]:
            said.append(f"{system.name}: cannot be trained: {known[key]}")
    return said


def row_folder(out: Path, system: System, catalogue: Catalogue, part: Parts, *, seed: int) -> Path:
    """Return the folder of a row: another system file, catalogue, split or seed has another, so none is ever trained over."""
    return out / ROWS / f"{_plain(system.name)}-{run_identity(system, catalogue, part, seed)[:8]}"


def obtain_row(system: System, data: Data, *, out: Path, given: Sequence[Path], run: Run) -> Row:
    """Return the row of a system: by its model in `out` or among `given` where one fits, else trained now, taken up where it was left.

    run: how it is trained; its folder is chosen here. A row whose weights cannot be had is not run, one that fails otherwise has
    failed; both say why. What was found and does not fit is remarked on.
    """
    run = replace(run, weights=weights_of(system, run.weights))
    folder = row_folder(out, system, data.catalogue, data.part, seed=run.seed)
    try:
        found = _find(system, data, folder=folder, given=given, run=run)
        if found is not None:
            return Row(system=system, state="done", model=found, origin=_place(found, out))
        run.remark(f"{system.name}: training")
        training = replace(run, folder=folder / TRAINING, resume=(folder / TRAINING).exists())
        made = train(system, data.catalogue, data.part, out=folder / MODEL, run=training)
        remove_checkpoints(training.folder)
        return Row(system=system, state="done", model=made.path, origin=_place(made.path, out))
    except (BackboneError, MissingExtraError) as err:
        return _without(system, "not run", err, run)
    except MorelliError as err:
        return _without(system, "failed", err, run)


def _find(system: System, data: Data, *, folder: Path, given: Sequence[Path], run: Run) -> Path | None:
    """Return the first model folder that fits; remark on those of this system that do not."""
    others = sorted(folder.parent.glob(f"{_plain(system.name)}-????????"))
    for place in (folder / MODEL, *given, *(other / MODEL for other in others if other != folder)):
        if not (place / DESCRIPTION).is_file() and place not in given:
            continue
        opened = open_model_folder(place)
        name = opened.description.system["name"]
        if name != system.name:
            continue
        reason = why_not(opened, system, data, seed=run.seed, weights=run.weights)
        if reason is None:
            return place
        if place == folder / MODEL:
            raise ModelError(f"{place}: this model cannot stand in the table: {reason}; move it away")
        run.remark(f"{place}: not used for {system.name}: {reason}")
    return None


def _place(model: Path, out: Path) -> str:
    """Return where a model is: inside the table's folder, or elsewhere."""
    return str(model.relative_to(out)) if model.is_relative_to(out) else f"given, {model}"


def _plain(name: str) -> str:
    """Return a name that can be a folder's: a system of one's own may be called anything."""
    return re.sub(r"[^\w.-]+", "-", name)[:60]


def _without(system: System, state: State, err: MorelliError, run: Run) -> Row:
    run.remark(f"{system.name}: {state}: {err}")
    return Row(system=system, state=state, why=str(err))
