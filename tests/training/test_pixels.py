"""Decoded pictures on disk: never another catalogue's, rebuilt where damaged, one clear error where they cannot be kept."""

import errno
import os
import shutil
import time

import numpy as np
import pytest

pytest.importorskip("torch")

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import TrainingError
from morelli.pictures.view import View
from morelli.training.pixels import cache_key, cache_pixels

VIEW = View("centre", 32)
ROWS = np.arange(3)


@pytest.fixture
def catalogue(studio_folder):
    return Catalogue.read(studio_folder)


def test_two_catalogues_of_the_same_names_sizes_and_times_are_kept_apart(studio_folder, tmp_path):
    roots = [tmp_path / "a", tmp_path / "b"]
    for root in roots:
        shutil.copytree(studio_folder, root)  # keeps sizes and times
    assert len({cache_key(Catalogue.read(root), ROWS, VIEW) for root in roots}) == 2


def test_a_file_that_keeps_its_size_and_time_but_not_its_bytes_has_another_key(studio_folder, tmp_path):
    root = tmp_path / "a"
    shutil.copytree(studio_folder, root)
    catalogue = Catalogue.read(root)
    before = cache_key(catalogue, ROWS, VIEW)
    file = catalogue.file(0)
    stat, data = file.stat(), file.read_bytes()
    time.sleep(0.02)
    file.write_bytes(data[::-1])
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert cache_key(catalogue, ROWS, VIEW) != before


@pytest.mark.parametrize("ending", ["npy", "json"])
@pytest.mark.parametrize("left", [0, 60])
def test_a_truncated_cache_is_made_anew(catalogue, tmp_path, ending, left):
    good = np.array(cache_pixels(catalogue, ROWS, view=VIEW, folder=tmp_path).take(ROWS))
    (file,) = tmp_path.glob(f"*.{ending}")
    data = file.read_bytes()
    file.unlink()  # the array is mapped: a new file, not the old one cut
    file.write_bytes(data[: min(left, len(data) - 5)])
    again = cache_pixels(catalogue, ROWS, view=VIEW, folder=tmp_path)
    np.testing.assert_array_equal(again.take(ROWS), good)
    assert file.read_bytes() == data


def test_a_full_disk_is_an_error_that_names_the_way_out_and_leaves_nothing(catalogue, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(TrainingError, match=r"No space left.*MORELLI_CACHE") as caught:
        cache_pixels(catalogue, ROWS, view=VIEW, folder=tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_a_cache_folder_that_is_a_file_is_an_error_that_names_it(catalogue, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(TrainingError, match=r"file.*MORELLI_CACHE"):
        cache_pixels(catalogue, ROWS, view=VIEW, folder=tmp_path / "file")


def test_parts_of_dead_runs_are_removed_and_those_of_living_ones_kept(catalogue, tmp_path):
    fcntl = pytest.importorskip("fcntl")
    dead, living = tmp_path / ".pixels-dead.part", tmp_path / ".pixels-living.part"
    for file in (dead, living):
        file.write_bytes(b"x")
        os.utime(file, (1, 1))
    with living.open("rb+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        cache_pixels(catalogue, ROWS, view=VIEW, folder=tmp_path)
        assert living.exists()
        assert not dead.exists()
