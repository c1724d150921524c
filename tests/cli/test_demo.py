"""`morelli demo` as it is typed, with the small model in the shipped one's place."""

import pytest


@pytest.fixture(autouse=True)
def _shipped(shipped_place):
    return shipped_place


def test_ones_own_pictures(run, studio_folder, tmp_path):
    files = sorted(studio_folder.rglob("*.jpg"))[:3]
    code, out, _ = run("demo", *files, "--out", tmp_path / "out")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("probability that one artist painted both, not two artists")
    assert sum(str(files[0]) in line and str(files[1]) in line for line in lines[1:4]) == 1
    assert f"explained in {tmp_path / 'out' / 'most-alike.png'}" in lines
    assert out.count("no test of authenticity") == 2


def test_made_up_painters_say_what_they_cannot_show(run, tmp_path):
    code, out, err = run("demo", "--out", tmp_path / "out", "--painters", "24")
    assert code == 0
    assert "made-up painters cannot show what a model of real paintings can do" in out
    assert "made-up painters cannot show" in err
    assert "unseen, random" in out
    assert out.count("in truth by the same painter") == out.count("in truth by two painters") == 1


def test_words_that_do_not_go_together(run, studio_folder, tmp_path):
    one = min(studio_folder.rglob("*.jpg"))
    for words in (["--train"], ["--painters", "30"], ["--paintings", "9"]):
        code, _, err = run("demo", one, one, "--out", tmp_path / "out", *words)
        assert (code, "not both" in err) == (2, True)
    assert not (tmp_path / "out").exists()
