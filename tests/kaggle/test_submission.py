import shutil
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morelli.errors import KaggleError
from morelli.kaggle.submission import check_target, write_submission


def read(file):
    head, *lines = file.read_text().splitlines()
    assert head == "index,sameArtist"
    return [(int(index), np.float32(score)) for index, score in (line.split(",") for line in lines)]


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=200))
@settings(max_examples=15, deadline=None)
def test_every_score_reads_back_as_the_same_number(tmp_path_factory, scores):
    out = tmp_path_factory.mktemp("s") / "a'b.csv"
    index = np.arange(len(scores))[::-1].copy()
    write_submission(out, index, np.array(scores, dtype=np.float32))
    assert read(out) == list(zip(index.tolist(), np.array(scores, dtype=np.float32), strict=True))


def test_the_order_of_many_rows_is_kept_and_scores_stay_apart(tmp_path, rng):
    score = np.unique(rng.normal(size=400_000).astype(np.float32))
    rng.shuffle(score)
    write_submission(tmp_path / "s.csv", np.arange(len(score)), score)
    found = read(tmp_path / "s.csv")
    assert [index for index, _ in found] == list(range(len(score)))
    np.testing.assert_array_equal([one for _, one in found], score)


def test_an_older_submission_is_replaced_and_nothing_else_is_left(tmp_path):
    (tmp_path / "s.csv").write_text("old")
    write_submission(tmp_path / "s.csv", np.array([0]), np.array([0.5], np.float32))
    assert (tmp_path / "s.csv").read_text() == "index,sameArtist\n0,0.5\n"
    assert [file.name for file in tmp_path.iterdir()] == ["s.csv"]


FULL = """
import resource, signal, sys
import numpy as np
from pathlib import Path
from morelli.errors import KaggleError
from morelli.kaggle.submission import write_submission
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_submission(Path(sys.argv[1]), np.arange(1_000_000), np.zeros(1_000_000, np.float32))
except KaggleError as err:
    print(err)
"""


def test_a_disk_that_fills_up_is_an_error_and_leaves_what_was_there(tmp_path):
    """No file may grow past 100 kB here: to the writer that is a full disk."""
    (tmp_path / "s.csv").write_text("old")
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "s.csv")], capture_output=True, text=True, timeout=120, check=True
    )
    assert "s.csv: cannot be written (File too large)" in done.stdout
    assert "free space or choose another place" in done.stdout
    assert (tmp_path / "s.csv").read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["s.csv"]


def test_a_target_that_cannot_be_is_named_before_the_work(tmp_path, monkeypatch):
    check_target(tmp_path / "new" / "s.csv", rows=10)
    assert not (tmp_path / "new").exists()
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file").touch()
    for out, message in (
        ("s.txt", r"ends in \.csv"),
        ("folder.csv", "is a folder"),
        ("file/s.csv", r"cannot be written \(a part of its path is a file\)"),
    ):
        with pytest.raises(KaggleError, match=message):
            check_target(tmp_path / out, rows=10)
    free = shutil.disk_usage(tmp_path)._replace(free=500_000_000)
    monkeypatch.setattr("shutil.disk_usage", lambda place: free)
    check_target(tmp_path / "s.csv", rows=20_000_000)
    with pytest.raises(KaggleError, match=r"21,916,047 rows take up to 0\.53 GB, 0\.50 GB are free"):
        check_target(tmp_path / "s.csv", rows=21_916_047)
