"""Reading a file that may be anything: its bytes, or an error that names it; never a wait."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from morelli.errors import PictureError
from morelli.pictures.file import read_regular_file


def refused(path: Path | str, *, at_most: int = 100) -> str:
    with pytest.raises(PictureError) as error:
        read_regular_file(path, at_most=at_most)
    return str(error.value)


@pytest.mark.parametrize("size", [0, 1, 100])
def test_a_file_is_its_bytes(tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "a").write_bytes(data)
    assert read_regular_file(tmp_path / "a", at_most=100) == data
    assert read_regular_file(str(tmp_path / "a"), at_most=100) == data


def test_one_byte_more_than_is_taken_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(bytes(101))
    assert "a: 101 bytes; files over 100 bytes are refused" in refused(tmp_path / "a")


def test_what_is_no_file_is_named_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "round").symlink_to("round")
    (tmp_path / "nowhere").symlink_to("gone")
    assert "folder: a folder, not a picture" in refused(tmp_path / "folder")
    assert "gone: no such file" in refused(tmp_path / "gone")
    assert "nowhere: no such file" in refused(tmp_path / "nowhere")
    assert "a part of its path is not a folder" in refused(tmp_path / "file" / "x")
    assert "its symbolic links lead in a circle" in refused(tmp_path / "round")
    assert "not a file name" in refused(f"{tmp_path}/a\0b")
    assert "cannot be read" in refused(tmp_path / ("x" * 300))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        assert "a pipe, socket or device" in refused(tmp_path / "pipe")
    if hasattr(socket, "AF_UNIX"):
        monkeypatch.chdir(tmp_path)  # a socket's path must be short
        with socket.socket(socket.AF_UNIX) as one:
            one.bind("socket")
            assert "a pipe, socket or device" in refused(tmp_path / "socket")
    if Path("/dev/zero").exists():
        assert "a pipe, socket or device" in refused("/dev/zero")
