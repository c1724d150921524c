"""`morelli demo` as it is typed, with the small model in the shipped one's place."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from morelli.cli.demo import _truth


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


@pytest.mark.slow
def test_made_up_painters_say_what_they_cannot_show(run, tmp_path):
    code, out, err = run("demo", "--out", tmp_path / "out")
    assert code == 0
    assert "made-up painters cannot show what a model of real paintings can do" in out
    assert "made-up painters cannot show" in err
    assert "unseen, random" in out
    assert (
        out.count("in truth by the same painter (the verdict ")
        == out.count("in truth by two painters (the verdict ")
        == 1
    )
    assert "threshold and probabilities are those of real paintings" in out


def test_words_that_do_not_go_together(run, studio_folder, tmp_path):
    one = min(studio_folder.rglob("*.jpg"))
    code, _, err = run("demo", one, one, "--out", tmp_path / "out", "--train")
    assert (code, "not for pictures of your own" in err) == (2, True)
    for words in (["--painters", "30"], ["--paintings", "9"], ["--seed", "0"], ["--budget", "9s"]):
        code, _, err = run("demo", "--out", tmp_path / "out", *words)
        assert (code, "are for --train" in " ".join(err.split())) == (2, True)
    assert not (tmp_path / "out").exists()


def test_the_base_install_is_enough(shipped_place, tmp_path):
    """No module of the extras may be needed: they are hidden from a new process."""
    hidden = ("torch", "torchvision", "timm", "cv2", "scipy", "sklearn", "captum", "onnx", "onnxruntime", "tensorboard")
    code = (
        "import sys\n"
        f"for name in {hidden!r}: sys.modules[name] = None\n"
        "from pathlib import Path\n"
        "from morelli.model import shipped\n"
        f"shipped._place = lambda: Path({str(shipped_place)!r})\n"
        "from morelli.cli.main import main\n"
        f"main(['demo', '--out', {str(tmp_path / 'out')!r}])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "unseen, style-matched" in done.stdout
    assert (tmp_path / "out" / "same.png").is_file()


@pytest.mark.parametrize(
    ("same", "decision", "said"),
    [
        (True, "same", "by the same painter (the verdict is right)"),
        (True, "different", "by the same painter (the verdict is wrong)"),
        (False, "same", "by two painters (the verdict is wrong)"),
        (False, "different", "by two painters (the verdict is right)"),
        (False, "undecided", "by two painters (the verdict leaves it open)"),
        (None, "same", ""),
    ],
)
def test_whether_a_verdict_is_right_is_said_where_the_truth_is_known(same, decision, said):
    assert _truth(same, SimpleNamespace(decision=decision)) == (f", in truth {said}" if said else "")
