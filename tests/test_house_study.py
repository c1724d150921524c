"""The files of the house model's study: systems that can be read, and a split that never looks at the test artists."""

import json
from pathlib import Path

import pytest

from morelli.systems.read import read_system

REPOSITORY = Path(__file__).parents[1]
FILES = sorted((REPOSITORY / "benchmarks" / "house").glob("*.toml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_row_is_a_system_of_its_own(file):
    system = read_system(str(file))
    assert system.name == file.stem
    assert system.title != read_system(str(FILES[0])).title or file == FILES[0]


def test_the_split_of_the_study_judges_validation_artists_and_leaves_test_artists_out():
    whole, study = (json.loads((REPOSITORY / "splits" / f"{name}.json").read_text()) for name in ("paintings", "study"))
    assert study["artists"]["test"] == whole["artists"]["validation"]
    assert study["artists"]["calibration"] == whole["artists"]["calibration"]
    assert study["test_seen"] == whole["test_seen"]
    assert study["artists"]["validation"] == []
    # An artist must stand somewhere; those of the test stand in `train` with every picture of theirs set aside.
    extra = set(study["artists"]["train"]) - set(whole["artists"]["train"])
    assert extra == set(whole["artists"]["test"])
    folders = {path.split("/")[0] for path in set(study["set_aside"]) - set(whole["set_aside"])}
    assert len(folders) == len(extra)
