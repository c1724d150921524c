"""The demonstration that trains, small and whole, among the slow tests; what it refuses in the default run."""

import json
import os
import re
import subprocess
import sys
import time

import numpy as np
import pytest

pytest.importorskip("torch")

from morelli.catalogue.catalogue import Catalogue
from morelli.cli.main import main
from morelli.errors import SystemFileError, TrainingError
from morelli.model.model import load
from morelli.protocol.split import Split
from morelli.study.training_demo import demonstrate

# Half as many painters, pictures a quarter as large, no budget: the same figures on a slow machine as on a fast one.
SMALL = {"painters": 48, "paintings": 8, "seed": 1, "budget": None, "device": "cpu"}
CHANGES = ("view.size=48", "schedule.epochs=36", "schedule.steps=[24]")


@pytest.fixture(scope="module")
def remarks():
    return []


@pytest.fixture(scope="module")
def done(tmp_path_factory, remarks):
    return demonstrate(tmp_path_factory.mktemp("demo") / "out", changes=CHANGES, remark=remarks.append, **SMALL)


@pytest.mark.slow
def test_it_learns_what_tells_painters_it_has_never_seen(done):
    auc = done.evaluation.of("unseen", "random").figures["auc"]
    assert auc.value > 0.65  # 0.81 where this was written; 0.5 is chance
    assert auc.low > 0.5
    assert auc.n_artists >= 9
    history = done.evaluation.history
    assert len(history) == 36
    assert np.mean([row["train_loss"] for row in history[-5:]]) < np.mean([row["train_loss"] for row in history[:5]])


@pytest.mark.slow
def test_what_it_leaves_is_whole_and_goes_together(done):
    folder = done.folder
    assert sorted(p.name for p in folder.iterdir()) == ["model", "paintings", "report", "split.json"]
    assert sorted(p.name for p in (folder / "report").iterdir()) == [
        "figures.csv", "report.html", "report.json", "report.md",
    ]  # fmt: skip
    catalogue = Catalogue.read(folder / "paintings")
    assert len(catalogue) == len(done.catalogue) == 48 * 8
    split = Split.from_json((folder / "split.json").read_text(encoding="utf-8"), source="split.json")
    part = split.assign(catalogue)
    model = load(folder / "model")
    assert model.id == done.model.id
    roles = {model.trained_on.role_of_artist(name) for name in split.names("test")}
    assert roles == {None}
    assert set(part) == {"train", "test-seen", "validation", "calibration", "test"}
    report = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    assert report["model_id"] == model.id
    assert "data:image" in (folder / "report" / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_two_comparisons_are_of_painters_never_seen_and_are_the_models(done):
    by_path = dict(zip(done.catalogue.path, done.catalogue.artist, strict=True))
    assert [same for same, *_ in done.pairs] == [True, False]
    for same, first, second, verdict in done.pairs:
        who = [by_path[path.relative_to(done.catalogue.root).as_posix()] for path in (first, second)]
        assert (who[0] == who[1]) == same
        assert verdict.similarity == pytest.approx(float(done.model.score([(first, second)])[0]), abs=1e-5)


@pytest.mark.slow
def test_it_says_what_it_does(remarks):
    text = "\n".join(remarks)
    for words in ("painting 384 pictures by 48", "a smaller tower than any published one", "never seen"):
        assert words in text


@pytest.mark.slow
def test_the_command_prints_table_verdicts_and_the_report_s_place(done, capsys, monkeypatch):
    monkeypatch.setattr("morelli.study.training_demo.demonstrate", lambda *_, **__: done)
    with pytest.raises(SystemExit) as end:
        main(["demo", "--train", "--out", str(done.folder)])
    assert end.value.code in (0, None)
    out = capsys.readouterr().out
    auc = done.evaluation.of("unseen", "random").figures["auc"]
    (row,) = [line for line in out.splitlines() if line.startswith("| unseen, random ")]
    assert f"{auc.value:.3f} [{auc.low:.3f}, {auc.high:.3f}]" in row
    assert out.count("in truth by the same painter") == out.count("in truth by two painters") == 1
    assert f"report: {done.folder / 'report' / 'report.html'}" in out
    assert len(re.findall(r"no test of authenticity", out)) == 2


def test_a_place_that_is_taken_and_a_wrong_key_are_said_before_anything_is_painted(tmp_path):
    (tmp_path / "thesis").write_text("years of work")
    with pytest.raises(TrainingError, match="is taken"):
        demonstrate(tmp_path, **SMALL)
    with pytest.raises(SystemFileError, match="did you mean 'epochs'"):
        demonstrate(tmp_path / "x", changes=["schedule.epoch=3"], **SMALL)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis"]


def test_a_failure_leaves_nothing(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise TrainingError("no more")

    monkeypatch.setattr("morelli.study.training_demo.train", fail)
    with pytest.raises(TrainingError, match="no more"):
        demonstrate(tmp_path / "deep" / "demo", painters=10, paintings=2, budget=None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_whole_command_takes_four_minutes_at_most_on_two_cores(tmp_path):
    """As a user types it. The limit is for two cores that have nothing else to do; with fewer it is not looked at."""
    cores = sorted(os.sched_getaffinity(0))[:2] if hasattr(os, "sched_getaffinity") else []
    limit = {"preexec_fn": lambda: os.sched_setaffinity(0, cores)} if cores else {}
    began = time.monotonic()
    words = [sys.executable, "-m", "morelli", "demo", "--train", "--out", str(tmp_path / "demo")]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=1800, **limit)
    took = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "demo" / "report" / "report.json").read_text(encoding="utf-8"))
    (unseen,) = [one for one in report["pairs"] if (one["group"], one["negatives"]) == ("unseen", "random")]
    assert unseen["figures"]["auc"]["low"] > 0.7  # 0.86 where this was written
    assert "unseen, style-matched" in done.stdout
    idle = os.getloadavg()[0] < len(cores) + 1.0 if hasattr(os, "getloadavg") else True
    if len(cores) >= 2 and idle:
        assert took < 240, f"{took:.0f} s"
