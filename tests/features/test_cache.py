import sqlite3
import subprocess
import sys
from contextlib import closing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morelli.features.cache import FeatureCache, FeatureCacheError, picture_key, source_key

IDENTITY = {"weights": "abc", "layers": ["block14"], "view": {"kind": "whole", "size": 299}}


def keys(count, start=0):
    return [picture_key(str(k).encode()) for k in range(start, start + count)]


def test_what_is_put_comes_back_in_any_order(tmp_path, rng):
    cache = FeatureCache(tmp_path, IDENTITY, width=5)
    features = rng.normal(size=(1300, 5)).astype(np.float32)
    cache.put(keys(1300), features)
    order = rng.integers(0, 1300, 2000)  # with repeats
    np.testing.assert_array_equal(cache.get([keys(1300)[k] for k in order]), features[order])
    assert len(cache) == 1300
    assert FeatureCache(tmp_path, IDENTITY, width=5).missing(keys(3, 1298)) == set(keys(1, 1300))
    with pytest.raises(KeyError, match="1 pictures have no features"):
        cache.get(keys(2, 1299))
    assert cache.get([]).shape == (0, 5)


@given(st.dictionaries(st.text(max_size=5), st.one_of(st.integers(), st.text(max_size=5)), max_size=4))
@settings(max_examples=50, deadline=None)
def test_any_change_of_what_made_them_is_another_file(identity):
    changed = identity | {"weights": "other"}
    assert (source_key(identity) == source_key(changed)) == (identity == changed)
    assert source_key(dict(reversed(identity.items()))) == source_key(identity)


def test_a_changed_model_or_picture_never_reads_old_features(tmp_path):
    FeatureCache(tmp_path, IDENTITY, width=2).put(keys(1), np.ones((1, 2), np.float32))
    for change in ({"weights": "abd"}, {"layers": ["block13"]}, {"view": {"kind": "whole", "size": 298}}):
        assert FeatureCache(tmp_path, IDENTITY | change, width=2).missing(keys(1)) == set(keys(1))
    assert picture_key(b"a") != picture_key(b"b")


def test_a_file_of_another_backbone_or_no_cache_is_refused(tmp_path):
    mine = FeatureCache(tmp_path, IDENTITY, width=2)
    other = FeatureCache(tmp_path, IDENTITY | {"weights": "x"}, width=2)
    other.put(keys(1), np.ones((1, 2), np.float32))
    for file in tmp_path.glob("*-wal"):
        file.unlink()
    mine.path.write_bytes(other.path.read_bytes())
    with pytest.raises(FeatureCacheError, match="another backbone"):
        FeatureCache(tmp_path, IDENTITY, width=2)
    mine.path.write_bytes(b"not a database" * 100)
    with pytest.raises(FeatureCacheError, match="not a feature cache"):
        FeatureCache(tmp_path, IDENTITY, width=2)
    with pytest.raises(FeatureCacheError, match="another backbone, view or width"):
        FeatureCache(tmp_path, IDENTITY | {"weights": "x"}, width=3)


def test_a_damaged_page_is_an_error_that_names_the_file(tmp_path):
    cache, some = FeatureCache(tmp_path, IDENTITY, width=64), keys(200)
    cache.put(some, np.ones((200, 64), dtype=np.float32))
    with closing(sqlite3.connect(cache.path)) as db:
        db.execute("pragma wal_checkpoint(truncate)")
    data = bytearray(cache.path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    cache.path.write_bytes(data)
    for look in (lambda: len(cache), cache.keys, lambda: cache.missing(some), lambda: cache.get(some)):
        with pytest.raises(FeatureCacheError, match=r"cannot be read: .*delete it"):
            look()


def test_bad_features_are_refused(tmp_path):
    cache = FeatureCache(tmp_path, IDENTITY, width=2)
    with pytest.raises(ValueError, match="not finite"):
        cache.put(keys(1), np.full((1, 2), np.nan, np.float32))
    with pytest.raises(ValueError, match=r"expected \(2, 2\)"):
        cache.put(keys(2), np.ones((1, 2), np.float32))
    assert len(cache) == 0


FILL = """
import sys, numpy as np
from pathlib import Path
from morelli.features.cache import FeatureCache, picture_key
cache = FeatureCache(Path(sys.argv[1]), {"a": 1}, width=3)
for k in range(int(sys.argv[2]), int(sys.argv[3])):
    cache.put([picture_key(str(k).encode())], np.full((1, 3), k, np.float32))
"""


def test_two_processes_fill_one_file(tmp_path):
    ranges = [("0", "120"), ("60", "180")]
    running = [subprocess.Popen([sys.executable, "-c", FILL, str(tmp_path), *ends]) for ends in ranges]
    assert [process.wait(timeout=120) for process in running] == [0, 0]
    cache = FeatureCache(tmp_path, {"a": 1}, width=3)
    np.testing.assert_array_equal(cache.get(keys(180))[:, 0], np.arange(180))


def test_a_killed_process_leaves_whole_rows(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", FILL, str(tmp_path), "0", "1000000"])
    import time

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if list(tmp_path.glob("*.sqlite")) and len(FeatureCache(tmp_path, {"a": 1}, width=3)) > 50:
            break
        time.sleep(0.05)
    process.kill()
    process.wait()
    cache = FeatureCache(tmp_path, {"a": 1}, width=3)
    count = len(cache)
    assert count > 50
    np.testing.assert_array_equal(cache.get(keys(count))[:, 2], np.arange(count))
