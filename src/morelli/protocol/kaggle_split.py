"""The split of Painter by Numbers: its test pictures are the competition's, and its seen and unseen artists too."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.names import normalise_artist
from morelli.errors import SplitError
from morelli.protocol.split import LEAST_ARTISTS, PARTS, Part, Split, duplicates_aside, paintings_by_artist, spread

_TRUE, _FALSE = {"true", "1"}, {"false", "0"}


def kaggle_split(
    catalogue: Catalogue,
    *,
    seed: int = 0,
    held_out: float = 0.10,
    duplicate_groups: npt.NDArray[np.integer] | None = None,
    set_aside: Collection[str] = (),
) -> Split:
    """Split a catalogue by its column `in_train`, as the competition did.

    An artist is of the competition's group `train_only`, `test_only` or `train_and_test` by where the pictures under
    its normalised name are (the column `artist_group` says the same by the name as written, and is not read: two
    spellings of one artist would else be two people).

    - `test_only` artists: `test`, all pictures (unseen).
    - `train_and_test` artists: `train`; their pictures outside training are `test-seen`, all of them (seen).
    - `train_only` artists: `train`, but for `validation` and `calibration` artists, for a trained artist must stay
      trained to be called seen. Each takes `held_out` of all artists that have training pictures, two at the least, but
      never more than a quarter of the `train_only` artists; by keyed hash inside their main style, and only artists with two or more
      paintings.

    Test pictures are never set aside, or the figure would not be the competition's; a training picture that repeats a
    test picture is. Raises SplitError where the column is missing or says neither yes nor no, and where a part would
    have fewer than two artists.
    """
    if "in_train" not in catalogue.columns:
        raise SplitError(
            f"{catalogue.place}: no column 'in_train' (found: {', '.join(catalogue.columns)}); read all_data_info.csv"
        )
    in_train = np.array(
        [_truth(value, catalogue, row) for row, value in enumerate(catalogue.get("in_train"))], dtype=bool
    )
    names = np.array([normalise_artist(artist) for artist in catalogue.artist], dtype=object)
    trained, tested = set(names[in_train]), set(names[~in_train])
    aside = duplicates_aside(catalogue.path, duplicate_groups, already=set_aside, keep=~in_train)
    paths, style = paintings_by_artist(catalogue, aside)

    artists: dict[str, str] = {name: "train" if name in trained else "test" for name in paths}
    free = [name for name in paths if name in trained and name not in tested and len(paths[name]) > 1]
    count = min(max(round(held_out * len(trained)), LEAST_ARTISTS), len(free) // 4)
    unseen = [name for name, part in artists.items() if part == "test" and len(paths[name]) > 1]
    if count < LEAST_ARTISTS or len(unseen) < LEAST_ARTISTS:
        raise SplitError(
            f"{catalogue.place}: {len(free)} artists with two or more paintings are in training alone and "
            f"{len(unseen)} in the test alone; "
            f"at least {4 * LEAST_ARTISTS} and {LEAST_ARTISTS} are needed; leave out --parts kaggle where this is not the "
            f"competition's data"
        )
    kinds: tuple[Part, ...] = ("train", "validation", "calibration")
    artists.update(spread(free, style, np.array([len(free) - 2 * count, count, count]), kinds, seed=seed))
    seen = frozenset(catalogue.path[~in_train & np.isin(names, list(trained))].tolist())
    found = np.array([sum(part == which for part in artists.values()) for which in PARTS]) / len(artists)
    return Split(
        artists=artists,
        test_seen=seen,
        set_aside=aside,
        shares=tuple(round(float(share), 6) for share in found),
        seed=seed,
        drawn="kaggle",
    )


def _truth(value: str, catalogue: Catalogue, row: int) -> bool:
    word = value.strip().casefold()
    if word not in _TRUE | _FALSE:
        raise SplitError(
            f"{catalogue.place}, {catalogue.path[row]}: in_train is {value!r}, not True or False; mend the table"
        )
    return word in _TRUE
