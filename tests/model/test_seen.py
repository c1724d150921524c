"""Who was seen, and as what: round trips, roles, and files that are none."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import ModelError, PictureError
from morelli.model.seen import ROLES, TrainedOn, digest, digest_file, what_was_seen

NAMES = st.lists(st.text(max_size=8), max_size=5)


@given(train=NAMES, validation=NAMES, calibration=NAMES, other=st.text(max_size=8))
def test_a_name_has_the_first_role_that_it_was_given_and_a_stranger_none(train, validation, calibration, other):
    given = {"train": train, "validation": validation, "calibration": calibration}
    seen = TrainedOn.of(artists=given, pictures={})
    for name in (*train, *validation, *calibration, other):
        assert seen.role_of_artist(name) == next((role for role in ROLES if name in given[role]), None)
    assert TrainedOn.from_json(seen.to_json().encode(), source="x") == seen
    assert seen.to_json() == TrainedOn.of(artists={r: n[::-1] for r, n in given.items()}, pictures={}).to_json()


def test_no_name_is_in_the_file():
    text = TrainedOn.of(artists={"train": ["claude-monet"]}, pictures={"train": [digest(b"x")]}).to_json()
    assert "monet" not in text
    assert set(json.loads(text)) == {"schema", "artists", "pictures"}


def test_pictures_are_known_by_their_bytes_and_what_cannot_be_read_is_left_out(tmp_path):
    for name, data in (("a.jpg", b"1"), ("b.jpg", b"2"), ("c.jpg", b"1")):
        (tmp_path / name).write_bytes(data)
    paths = np.array(["a.jpg", "b.jpg", "gone.jpg"], dtype=object)
    artist = np.array(["x", "y", "y"], dtype=object)
    catalogue = Catalogue(tmp_path, {"path": paths, "artist": artist})
    seen = what_was_seen(catalogue, artist, {"train": np.array([0]), "calibration": np.array([1, 2])})
    assert seen.role_of_picture(digest_file(tmp_path / "c.jpg")) == "train"
    assert seen.role_of_picture(digest_file(tmp_path / "b.jpg")) == "calibration"
    assert len(seen.pictures["calibration"]) == 1
    assert seen.role_of_artist("y") == "calibration"
    with pytest.raises(PictureError, match="gone"):
        digest_file(tmp_path / "gone.jpg")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'{"artists": ["00"], "pictures": []}', "schema 1, this version reads 2, which keeps the artists by the part"),
        (b'{"schema": 3}', "schema 3, this version reads 2"),
        (b'{"schema": 2, "artists": {}, "pictures": {}}', "artists: no 'train'"),
        (b'{"schema": 2, "artists": {"test": []}, "pictures": {}}', "not a list of what was trained on"),
        (b"[]", "not a list of what was trained on"),
        (b"\xff", "not a list of what was trained on"),
        (b"[" * 100_000, "not a list of what was trained on"),
    ],
)
def test_a_file_that_is_none_is_refused(data, words):
    with pytest.raises(ModelError, match=words) as error:
        TrainedOn.from_json(data, source="m/trained-on.json")
    assert str(error.value).startswith("m/trained-on.json: ")
