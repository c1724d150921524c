"""Options that several commands read: what is taken, what is refused, and in which words."""

import numpy as np
import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from morelli.catalogue.catalogue import Catalogue
from morelli.cli.options import cache_folder, check_prior, parse_time, read_split
from morelli.errors import SplitError
from morelli.protocol.kaggle_split import kaggle_split
from morelli.protocol.split import make_split


@given(
    count=st.integers(1, 999), unit=st.sampled_from([("s", 1), ("m", 60), ("min", 60), ("h", 3600)]), gap=st.booleans()
)
def test_a_time_is_a_number_of_units(count, unit, gap):
    name, seconds = unit
    assert parse_time(f"{count}{' ' * gap}{name}") == count * seconds


@pytest.mark.parametrize(
    ("text", "seconds"), [("1s", 1), ("365d", 365 * 86400), (" 1.5h ", 5400), ("90 min", 5400), (None, None)]
)
def test_times_at_the_edge(text, seconds):
    assert parse_time(text) == seconds


@pytest.mark.parametrize(
    "text", ["0.9s", "366d", "1", "h", "1 h 30 m", "-1s", "+1s", "1e2s", "NaN", "∞s", "1\u00a0hour"]
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(typer.BadParameter, match="write a time from 1s to 365d"):
        parse_time(text)


@pytest.mark.parametrize("value", [0.0, 1.0, -0.5, 2.0, float("nan"), float("inf")])
def test_what_is_no_prior_is_refused(value):
    with pytest.raises(typer.BadParameter, match="between 0 and 1, both left out"):
        check_prior(value)


def test_a_prior_is_taken_as_it_is():
    assert check_prior(1e-9) == 1e-9


def test_the_cache_is_where_the_user_says_else_where_the_system_says(monkeypatch, tmp_path):
    monkeypatch.setenv("MORELLI_CACHE", str(tmp_path / "a"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "b"))
    assert cache_folder() == tmp_path / "a"
    monkeypatch.delenv("MORELLI_CACHE")
    assert cache_folder() == tmp_path / "b" / "morelli"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "morelli"


def test_a_split_is_read_or_made_as_data_split_makes_it(studio_folder, tmp_path):
    catalogue = Catalogue.read(studio_folder)
    assert read_split(None, catalogue, seed=3) == make_split(catalogue, seed=3)
    painter = np.unique(catalogue.artist.astype(str), return_inverse=True)[
        1
    ]  # 12 in training alone, 8 in both, 4 in the test
    half = np.arange(len(catalogue)) % 2 == 0
    inside = ((painter < 12) | ((painter < 20) & half)).astype(str).astype(object)
    competition = Catalogue(catalogue.root, {**catalogue.columns, "in_train": inside})
    assert read_split(None, competition, seed=3, parts="kaggle") == kaggle_split(competition, seed=3)
    file = tmp_path / "split.json"
    file.write_text(make_split(catalogue, seed=4).to_json(), encoding="utf-8")
    assert read_split(file, catalogue, seed=3) == make_split(catalogue, seed=4)
    for bad in (tmp_path, tmp_path / "gone.json"):
        with pytest.raises(SplitError, match=r"cannot read this split \(.*\); make one with .morelli data split"):
            read_split(bad, catalogue)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SplitError, match=r"split\.json: cannot read this split \(not UTF-8 text, byte 0\)"):
        read_split(file, catalogue)
