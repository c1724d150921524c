from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import SplitError
from morelli.protocol.kaggle_split import kaggle_split
from morelli.protocol.split import Split


def _competition(n: int = 60) -> Catalogue:
    """Thirds of train_only, train_and_test and test_only artists, six pictures each."""
    rows = []
    for i in range(n):
        for j in range(6):
            inside = {0: True, 1: j < 4, 2: False}[i % 3]
            rows.append((f"{'train' if inside else 'test'}/{i}_{j}.jpg", f"Artist {i}", f"s{i % 2}", str(inside)))
    columns = np.array(rows, dtype=object).T
    return Catalogue(Path("pbn"), dict(zip(("path", "artist", "style", "in_train"), columns, strict=True)))


def test_test_pictures_are_the_competitions() -> None:
    catalogue = _competition()
    split = kaggle_split(catalogue)
    part = split.assign(catalogue)
    kind = np.array([int(name.split()[1]) % 3 for name in catalogue.artist])
    inside = catalogue.get("in_train") == "True"
    assert set(part[kind == 2]) == {"test"}
    assert set(part[(kind == 1) & inside]) == {"train"}
    assert set(part[(kind == 1) & ~inside]) == {"test-seen"}
    assert set(part[kind == 0]) == {"train", "validation", "calibration"}
    assert ((part == "test") | (part == "test-seen")).tolist() == (~inside).tolist()
    assert len(split.names("validation")) == len(split.names("calibration")) == 4
    assert split.drawn == "kaggle"
    assert Split.from_json(split.to_json(), source="x") == split


def test_a_training_picture_that_repeats_a_test_picture_is_set_aside_never_the_other() -> None:
    catalogue = _competition()
    groups = np.full(len(catalogue), -1)
    test, train = catalogue.get("in_train") == "False", catalogue.get("in_train") == "True"
    groups[np.flatnonzero(train)[0]] = groups[np.flatnonzero(test)[0]] = 1
    groups[np.flatnonzero(test)[1:3]] = 2
    groups[np.flatnonzero(train)[1:3]] = 3
    split = kaggle_split(catalogue, duplicate_groups=groups)
    assert split.set_aside == {catalogue.path[np.flatnonzero(train)[0]], catalogue.path[np.flatnonzero(train)[2]]}


def test_eight_artists_of_training_alone_are_enough_as_the_error_says() -> None:
    """A tenth of few trained artists is less than the two that a part needs."""
    assert len(kaggle_split(_competition(24), held_out=0.05).names("validation")) == 2
    with pytest.raises(SplitError, match=r"7 artists .* at least 8 and 2 are needed"):
        kaggle_split(_competition(21))


def test_two_spellings_of_one_artist_are_one() -> None:
    catalogue = _competition()
    names = catalogue.artist.copy()
    names[names == "Artist 2"] = "ARTIST 0"  # test_only by the letter, and yet trained on
    split = kaggle_split(Catalogue(catalogue.root, {**catalogue.columns, "artist": names}))
    assert split.artists["artist-0"] == "train"
    assert any(path.startswith("test/2_") for path in split.test_seen)


def test_bad_catalogues_are_refused() -> None:
    catalogue = _competition()
    with pytest.raises(SplitError, match="no column 'in_train'"):
        kaggle_split(Catalogue(catalogue.root, {"path": catalogue.path, "artist": catalogue.artist}))
    odd = catalogue.get("in_train").copy()
    odd[5] = "maybe"
    with pytest.raises(SplitError, match=r"train/0_5.jpg: in_train is 'maybe'"):
        kaggle_split(Catalogue(catalogue.root, {**catalogue.columns, "in_train": odd}))
    with pytest.raises(SplitError, match="in training alone"):
        kaggle_split(_competition(9))
