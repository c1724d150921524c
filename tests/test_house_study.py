"""The files of the house model's study: systems that can be read, and a split that never looks at the test artists."""

import json
from pathlib import Path

import msgspec
import pytest

from morelli.catalogue.catalogue import Catalogue
from morelli.protocol.split import Split
from morelli.systems.read import read_system

REPOSITORY = Path(__file__).parents[1]
FILES = sorted((REPOSITORY / "benchmarks" / "house").glob("*.toml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_row_is_called_as_its_file(file):
    assert read_system(str(file)).name == file.stem


def test_no_two_rows_are_alike():
    systems = [read_system(str(file)) for file in FILES]
    assert len({one.title for one in systems}) == len(systems)
    bare = [msgspec.json.encode(msgspec.structs.replace(one, name="", title="")) for one in systems]
    assert len(set(bare)) == len(systems)


def test_the_split_of_the_study_judges_validation_artists_and_leaves_test_artists_out():
    whole, study = (json.loads((REPOSITORY / "splits" / f"{name}.json").read_text()) for name in ("paintings", "study"))
    assert study["artists"]["test"] == whole["artists"]["validation"]
    assert study["artists"]["calibration"] == whole["artists"]["calibration"]
    assert study["test_seen"] == whole["test_seen"]
    assert study["artists"]["validation"] == []
    # An artist must stand somewhere; those of the test stand in `train` with every picture of theirs set aside.
    extra = set(study["artists"]["train"]) - set(whole["artists"]["train"])
    assert extra == set(whole["artists"]["test"])
    more = set(study["set_aside"]) - set(whole["set_aside"])
    folders = {name.lower().replace(" ", "-") for name in extra}
    assert all(path.split("/")[0] in folders for path in more)
    assert len({path.split("/")[0] for path in more}) == len(extra) == 76


def test_no_picture_of_a_test_artist_is_in_any_part_of_the_study(paintings):
    catalogue = Catalogue.read(paintings)
    parts = [
        Split.from_json((REPOSITORY / "splits" / f"{name}.json").read_text(), source=name).assign(catalogue)
        for name in ("paintings", "study")
    ]
    assert set(parts[1][parts[0] == "test"].tolist()) == {"set-aside"}
    for name, there in (
        ("validation", "test"),
        ("calibration", "calibration"),
        ("train", "train"),
        ("test-seen", "test-seen"),
    ):
        assert set(parts[1][parts[0] == name].tolist()) == {there}
