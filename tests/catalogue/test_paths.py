"""Paths inside a catalogue: against pathlib for what they mean, and against the file system for where links lead."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from morelli.catalogue.paths import Inside, relative_path

PART = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\\\0:"), min_size=1, max_size=6)


@given(parts=st.lists(PART, min_size=1, max_size=4), separator=st.sampled_from(["/", "\\", "//", "/./"]))
def test_a_path_is_its_parts_whatever_parts_them(parts: list[str], separator: str) -> None:
    written = separator.join(parts)
    kept = [part for part in parts if part != "."]
    if not kept or not written.strip():
        with pytest.raises(ValueError, match="the path is empty"):
            relative_path(written)
    elif ".." in kept:
        with pytest.raises(ValueError, match="leads upwards"):
            relative_path(written)
    else:
        assert relative_path(written) == "/".join(kept)
        assert relative_path(relative_path(written)) == relative_path(written)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_nothing_that_is_taken_leaves_its_folder_on_any_system(written: str) -> None:
    try:
        path = relative_path(written)
    except ValueError:
        return
    for kind in (PurePosixPath, PureWindowsPath):
        assert not kind(path).is_absolute()
        assert ".." not in kind(path).parts
        assert not kind(path).drive


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "empty"),
        (" ", "empty"),
        (".", "empty"),
        ("a\0b", "NUL"),
        ("/a.jpg", "absolute"),
        (r"C:\a.jpg", "absolute"),
        ("c:a.jpg", "absolute"),
        (r"\\server\share\a.jpg", "absolute"),
        ("a/../../b.jpg", "leads upwards"),
    ],
)
def test_what_is_refused_says_why(written: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        relative_path(written)


def test_links_are_followed_and_a_circle_leads_nowhere(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    (root / "monet").mkdir(parents=True)
    elsewhere.mkdir()
    for file in (root / "monet" / "a.jpg", elsewhere / "b.jpg"):
        file.write_bytes(b"x")
    (root / "within.jpg").symlink_to("monet/a.jpg")
    (root / "out.jpg").symlink_to(elsewhere / "b.jpg")
    (root / "folder").symlink_to(elsewhere)
    (root / "round.jpg").symlink_to("round.jpg")
    (root / "dangling.jpg").symlink_to("gone.jpg")
    inside = Inside(root)
    expected = {
        "monet/a.jpg": True,
        "gone/c.jpg": True,
        "within.jpg": True,
        "dangling.jpg": True,
        "round.jpg": True,
        "out.jpg": False,
        "folder/b.jpg": False,
        "folder/gone.jpg": False,
    }
    assert {path: inside.holds(path) for path in expected} == expected


def test_a_root_that_is_itself_a_link_is_no_way_out(tmp_path: Path) -> None:
    (tmp_path / "real" / "monet").mkdir(parents=True)
    (tmp_path / "real" / "monet" / "a.jpg").write_bytes(b"x")
    (tmp_path / "link").symlink_to("real")
    assert Inside(tmp_path / "link").holds("monet/a.jpg")
