"""Options that several commands read, and what is wrong with them in words."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from morelli.cli.progress import remark
from morelli.errors import OperatingPointError, SplitError, nearest
from morelli.systems.networks import backbones_of

if TYPE_CHECKING:
    from morelli.catalogue.catalogue import Catalogue
    from morelli.protocol.split import Split
    from morelli.systems.system import System

MODEL_HELP = "A model folder, or the name of a shipped model: default."
LARGEST_SEED = 2**63 - 1  # torch's
MOST_WORKERS = 256
MOST_RESAMPLES = 100_000
_LONGEST = 365 * 86400.0
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}


def check_prior(value: float) -> float:
    """Return a prior in (0, 1); words that are off otherwise."""
    if not 0 < value < 1:
        raise typer.BadParameter(f"{value:g}: give a probability between 0 and 1, both left out")
    return value


def check_clock(value: str) -> Literal["wall", "processor"]:
    """Return a clock that a budget may be measured by; words that are off otherwise."""
    for known in ("wall", "processor"):
        if value == known:
            return known
    raise typer.BadParameter(f"--clock {value}: wall or processor")


def check_point(name: str) -> str:
    """Return an operating point's name as models store it; words that are off otherwise."""
    from morelli.protocol.point_names import parse_point

    try:
        return parse_point(name)[0]
    except OperatingPointError as err:
        raise typer.BadParameter(str(err)) from err


def parse_time(text: str | None) -> float | None:
    """Return seconds.

    >>> parse_time("2h"), parse_time("90 min"), parse_time(None)
    (7200.0, 5400.0, None)
    """
    if text is None:
        return None
    found = re.fullmatch(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*(s|min|m|h|d)\s*", text)
    seconds = float(found[1]) * _SECONDS[found[2]] if found else 0.0
    if not 1 <= seconds <= _LONGEST:
        raise typer.BadParameter(
            f"{text!r}: write a time from 1s to 365d, as 90s, 45m, 2h or 1d", param_hint="'--budget'"
        )
    return seconds


def cache_folder() -> Path:
    """Return where decoded pictures and compiled networks are kept: MORELLI_CACHE, else the user's cache folder."""
    given = os.environ.get("MORELLI_CACHE")
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(given) if given else (Path(base) if base else Path.home() / ".cache") / "morelli"


def compiled_networks() -> Path:
    """Return where compiled networks are kept."""
    return cache_folder() / "compiled"


def read_split(
    path: Path | None, catalogue: Catalogue, *, seed: int = 0, parts: Literal["shares", "kaggle"] = "shares"
) -> Split:
    """Read a split file; without one draw one, and say that near duplicates were not looked for, as `morelli data split` does.

    parts: how it is drawn: by shares of artists, or as the competition did.
    """
    from morelli.protocol.kaggle_split import kaggle_split
    from morelli.protocol.split import Split, make_split

    if path is None:
        remark(
            f"no --split: one is drawn with seed {seed}; near duplicates are not looked for, so two scans of one work may count as two "
            "paintings ('morelli data split' sets them aside)"
        )
        return kaggle_split(catalogue, seed=seed) if parts == "kaggle" else make_split(catalogue, seed=seed)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        reason = err.strerror if isinstance(err, OSError) else f"not UTF-8 text, byte {err.start}"
        raise SplitError(f"{path}: cannot read this split ({reason}); make one with 'morelli data split'") from err
    return Split.from_json(text, source=str(path))


def only_rows(catalogue: Catalogue, conditions: Sequence[str] | None) -> Catalogue:
    """Return the rows of a catalogue that fulfil every `COLUMN=VALUE`. Raises CatalogueError for what no row fulfils."""
    for text in conditions or ():
        column, equals, value = text.partition("=")
        if not equals:
            raise typer.BadParameter(f"{text!r}: write COLUMN=VALUE", param_hint="'--only'")
        catalogue = catalogue.only(column, value)
    return catalogue


def weights_by_backbone(system: System, given: Sequence[str]) -> dict[str, Path]:
    """Return the file of weights of each backbone: from `NAME=FILE`, or `FILE` alone where the system has one backbone."""
    return weights_by_name(backbones_of(system.network), given, whose=system.name)


def weights_by_name(wanted: Sequence[str], given: Sequence[str], *, whose: str) -> dict[str, Path]:
    """Return the file of weights of each of the backbones that are wanted; `whose` they are is for messages."""
    found: dict[str, Path] = {}
    for text in given:
        name, equals, file = text.partition("=")
        if not equals:
            if len(wanted) != 1:
                names = ", ".join(wanted) or "none"
                raise typer.BadParameter(
                    f"--weights {text}: {whose} has these backbones: {names}; write NAME=FILE for each"
                )
            name, file = wanted[0], text
        if name not in wanted:
            raise typer.BadParameter(f"--weights {text}: {whose} has no backbone {name!r}; {nearest(name, wanted)}")
        found[name] = Path(file)
    return found
