from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from morelli.model import compiled_cache
from morelli.model import network as networks
from morelli.model.compiled_cache import CompiledCache
from morelli.model.embedding_table import list_pictures
from morelli.model.model import load


def test_what_was_written_is_read_for_the_same_parts_only(tmp_path: Path) -> None:
    cache = CompiledCache(tmp_path / "a" / "b")
    assert cache.read("x") is None
    cache.write(b"compiled", "x", "y")
    assert cache.read("x", "y") == b"compiled"
    assert cache.read("x") is None
    assert cache.read("xy") is None
    assert [file.suffix for file in cache.folder.iterdir()] == [".compiled"]
    assert cache.folder.stat().st_mode & 0o077 == 0
    cache.write(b"again", "x", "y")
    assert cache.read("x", "y") == b"again"


@pytest.mark.parametrize("place", [0, 31, 32, -1])
def test_a_damaged_file_is_not_read(tmp_path: Path, place: int) -> None:
    cache = CompiledCache(tmp_path / "c")
    cache.write(b"compiled network", "x")
    (file,) = cache.folder.iterdir()
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(data)
    assert cache.read("x") is None
    file.write_bytes(data[:20])
    assert cache.read("x") is None


def test_a_folder_that_others_can_write_into_is_not_used(tmp_path: Path) -> None:
    cache = CompiledCache(tmp_path / "c")
    cache.write(b"compiled", "x")
    cache.folder.chmod(0o777)
    assert cache.read("x") is None
    cache.write(b"more", "y")
    cache.folder.chmod(0o700)
    assert cache.read("y") is None
    assert cache.read("x") == b"compiled"


def test_links_are_not_followed(tmp_path: Path) -> None:
    cache = CompiledCache(tmp_path / "c")
    cache.write(b"compiled", "x")
    (file,) = cache.folder.iterdir()
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert cache.read("x") is None
    (tmp_path / "link").symlink_to(cache.folder)
    assert CompiledCache(tmp_path / "link").read("x") is None


def test_a_place_that_cannot_be_used_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    cache = CompiledCache(tmp_path / "file" / "c")
    cache.write(b"compiled", "x")
    assert cache.read("x") is None


def test_the_oldest_go_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled_cache, "_MOST", 1000)
    cache = CompiledCache(tmp_path / "c")
    for number in range(4):
        cache.write(bytes(300), str(number))
        file = max(cache.folder.iterdir(), key=lambda one: one.stat().st_mtime_ns)
        os.utime(file, (number, number))
    cache.write(bytes(300), "new")
    assert [cache.read(name) is not None for name in ("0", "1", "2", "3", "new")] == [False, False, True, True, True]


def test_a_model_from_the_cache_is_the_model(
    tiny_model: Path, studio_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = list_pictures([studio_folder])[:5]
    wanted = load(tiny_model).encode(files)
    first = load(tiny_model, cache=tmp_path / "c").encode(files)
    compiled: list[object] = []
    compile_again = networks._compile
    monkeypatch.setattr(networks, "_compile", lambda *a, **k: compiled.append(a) or compile_again(*a, **k))
    second = load(tiny_model, cache=tmp_path / "c")
    assert compiled == []
    np.testing.assert_array_equal(first, wanted)
    np.testing.assert_array_equal(second.encode(files), wanted)
    np.testing.assert_array_equal(second.encode(files[:1]), wanted[:1])
    assert second.encoder.embedding == second.width
    # Other threads, another network; a kept one that OpenVINO cannot read is compiled again.
    load(tiny_model, cache=tmp_path / "c", threads=1)
    assert len(compiled) == 1
    for file in (tmp_path / "c").iterdir():
        data = b"not a network"
        file.write_bytes(sha256(data).digest() + data)
    np.testing.assert_array_equal(load(tiny_model, cache=tmp_path / "c").encode(files), wanted)
    assert len(compiled) == 2
