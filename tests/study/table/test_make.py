"""The whole table, small: what it holds against slow ways to the same figures, and what becomes of it when things go wrong."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.study.table.conftest import SHARES

from morelli.errors import BackboneError, ModelError, MorelliError, PairsError, TrainingError
from morelli.model.evaluate import evaluate
from morelli.model.model import load
from morelli.protocol.split import make_split
from morelli.study.table.contrasts import contrasts
from morelli.study.table.make import make_table

pytestmark = pytest.mark.slow  # one whole table is made for all of them

SETS = [(group, kind) for group in ("seen", "unseen", "mix") for kind in ("random", "style-matched")]


def test_each_row_has_the_figures_that_evaluate_gives_its_model(made, catalogue, part):
    table, _, _ = made
    assert [row.state for row in table.rows] == ["done", "done", "not run"]
    for row in table.judged.rows:
        alone = evaluate(load(row.scored.row.model), catalogue, part, resamples=60)
        assert set(row.counted) == set(SETS)
        for group, kind in SETS:
            assert dict(alone.of(group, kind).figures) == dict(row.evaluation.of(group, kind).figures)
        assert row.evaluation.threshold == alone.threshold
        unseen = [one for one in alone.few_shot if one.group == "unseen"]
        assert unseen
        assert [repr(one) for one in row.evaluation.few_shot] == [repr(one) for one in unseen]


def test_the_fixed_half_is_a_plain_count_and_only_where_an_output_is_a_probability(made, catalogue):
    table, _, _ = made
    assert table.find("demo-cnn").at_half == {}
    frozen = table.find("lite0")
    model = load(frozen.scored.row.model)
    pairs = table.judged.pairs["unseen", "random"]
    right = 0
    for first, second, same in zip(pairs.first, pairs.second, pairs.same, strict=True):
        logit = float(model.score([(catalogue.file(int(first)), catalogue.file(int(second)))])[0])
        right += (1 / (1 + np.exp(-logit)) >= 0.5) == same
    assert frozen.at_half["unseen", "random"]["accuracy"].value == pytest.approx(right / len(pairs))


def test_falls_and_differences_are_those_of_the_figures(made):
    table, _, _ = made
    cnn, frozen = table.find("demo-cnn"), table.find("lite0")
    for fall in table.falls:
        row = table.find(fall.name)
        seen, unseen = (row.evaluation.of(group, fall.negatives).figures["auc"].value for group in ("seen", "unseen"))
        one, other, _ = table.cosine_falls[fall.negatives]
        assert fall.fall.value == pytest.approx(seen - unseen)
        assert fall.beyond.value == pytest.approx(seen - unseen - (one.value - other.value))
        assert fall.above.value == pytest.approx(unseen - other.value)
    assert [(one.hypothesis, one.first, one.second) for one in table.contrasts] == [(2, "lite0", "demo-cnn")] * 2
    for one in table.contrasts:
        for name in ("auc", "accuracy", "eer"):
            mine, its = (row.evaluation.of("unseen", one.negatives).figures[name].value for row in (frozen, cnn))
            assert one.difference[name].value == pytest.approx(mine - its)


def test_every_row_is_compared_with_the_one_that_is_named(made):
    table, _, _ = made
    found = contrasts(table.judged, against="lite0")
    assert [(one.hypothesis, one.first, one.second) for one in found[2:]] == [(None, "demo-cnn", "lite0")] * 2
    for turned, one in zip(found[2:], found[:2], strict=True):
        assert turned.negatives == one.negatives
        for name, estimate in turned.difference.items():
            other = one.difference[name]
            assert (estimate.value, estimate.low, estimate.high) == pytest.approx(
                (-other.value, -other.high, -other.low)
            )


def test_a_system_without_weights_says_so_at_the_start_and_in_every_file(made):
    table, out, remarks = made
    said = [number for number, text in enumerate(remarks) if text.startswith("xception: cannot be trained: no weights")]
    assert said[0] < remarks.index("demo-cnn: training")
    assert "give a local file with --weights xception=FILE" in table.rows[2].why
    assert "xception (not run)" in (out / "table.md").read_text(encoding="utf-8")
    assert "\nxception,not run," in (out / "table.csv").read_text(encoding="utf-8")
    assert json.loads((out / "table.json").read_text(encoding="utf-8"))["rows"][2]["state"] == "not run"


def test_weights_that_were_given_and_are_none_stop_it_before_its_first_row(
    systems, catalogue, part, make_run, tmp_path
):
    gone = tmp_path / "gone.safetensors"
    with pytest.raises(BackboneError, match=r"gone\.safetensors: cannot read these weights"):
        make_table(systems, catalogue, part, out=tmp_path / "out", run=make_run(weights={"lite0": gone}))
    assert not (tmp_path / "out").exists()


def test_what_the_systems_say_of_themselves_stands_under_the_table(made, systems):
    remarks = " ".join(systems[0].remarks.split())
    assert remarks
    for file in ("table.md", "table.html"):
        text = (made[1] / file).read_text(encoding="utf-8")
        assert "What the systems are" in text
        assert remarks[:60] in text


def test_the_same_call_again_trains_nothing_and_gives_the_same_figures(
    made, systems, catalogue, part, make_run, monkeypatch
):
    table, out, _ = made

    def fail(*_, **__):
        raise TrainingError("trained again")

    monkeypatch.setattr("morelli.study.table.rows.train", fail)
    monkeypatch.setattr("morelli.model.model.embed_files", fail)
    before = (out / "table.csv").read_text(encoding="utf-8")
    again = make_table(systems[:2], catalogue, part, out=out, run=make_run(), resamples=60)
    assert [row.state for row in again.rows] == ["done", "done"]
    after = (out / "table.csv").read_text(encoding="utf-8")
    assert after == before.replace("xception,not run,,,,,,,,,,,,,\n", "")
    assert [row.model for row in again.rows] == [row.model for row in table.rows[:2]]


def test_another_untrained_cosine_than_before_is_said(made, systems, catalogue, part, make_run, monkeypatch, tmp_path):
    _, out, _ = made
    shutil.copytree(out, tmp_path / "out")
    file = tmp_path / "out" / "table.json"
    file.write_text(file.read_text(encoding="utf-8").replace('"of": "lite0', '"of": "another'), encoding="utf-8")
    table = make_table(systems[:2], catalogue, part, out=tmp_path / "out", run=make_run(), resamples=20)
    words = "The untrained cosine is of other features than in the table that stood here before: another"
    assert any(remark.startswith(words) for remark in table.remarks)
    assert words in (tmp_path / "out" / "table.md").read_text(encoding="utf-8")
    again = make_table(systems[:2], catalogue, part, out=tmp_path / "out", run=make_run(), resamples=20)
    assert not any(remark.startswith(words) for remark in again.remarks)


def test_another_seed_is_another_run_and_a_model_from_elsewhere_is_used_where_it_fits(
    made, systems, catalogue, part, make_run, tmp_path
):
    table, _, _ = made
    run = make_run(seed=1)
    theirs = [row.model for row in table.rows[:2]]
    one = make_table(systems[:1], catalogue, part, out=tmp_path / "one", run=run, models=theirs, resamples=0)
    assert f"{theirs[0]}: not used for demo-cnn: its seed is 0, not 1" in run.remark.__self__
    assert one.rows[0].model.is_relative_to(tmp_path / "one")
    assert one.rows[0].origin.startswith("rows/demo-cnn-")
    other = make_table(systems[:2], catalogue, part, out=tmp_path / "other", run=make_run(), models=theirs, resamples=0)
    assert [row.model for row in other.rows] == theirs
    assert other.rows[0].origin == f"given, {theirs[0]}"
    assert not (tmp_path / "other" / "rows").exists()


def test_a_row_that_fails_says_why_and_the_rest_goes_on(
    made, systems, catalogue, part, make_run, tmp_path, monkeypatch
):
    def fail(*_, **__):
        raise TrainingError("epoch 1, step 2: the loss is nan")

    monkeypatch.setattr("morelli.study.table.rows.train", fail)
    theirs = [made[0].rows[1].model]
    table = make_table(systems[:2], catalogue, part, out=tmp_path / "out", run=make_run(), models=theirs, resamples=0)
    assert [(row.name, row.state) for row in table.rows] == [("demo-cnn", "failed"), ("lite0", "done")]
    assert table.rows[0].why == "epoch 1, step 2: the loss is nan"
    assert table.answers[0].words[0] == "Open: no row of a CNN trained from nothing was run (demo-cnn: failed)."


def test_a_picture_that_one_row_cannot_use_is_judged_by_none(made, catalogue, part):
    from morelli.study.table.judged import Judge
    from morelli.study.table.reference import Reference

    table, _, _ = made
    one, other = (row.scored for row in table.judged.rows)
    lost = int(table.judged.pairs["unseen", "random"].first[0])
    place = other.place.copy()
    place[lost] = -1
    reference = Reference(
        "noise", np.random.default_rng(0).normal(size=(len(part), 4)).astype("f4"), np.arange(len(part))
    )
    judge = Judge(catalogue=catalogue, part=part, seed=0, resamples=0)
    assert any((pairs.first == lost).any() for pairs in judge.judge([one, other], reference).pairs.values())
    judged = judge.judge([one, replace(other, place=place)], reference)
    for key, pairs in judged.pairs.items():
        assert lost not in {*pairs.first.tolist(), *pairs.second.tolist()}
        for row in judged.rows:
            assert row.evaluation.of(*key).pairs is pairs
    assert {row.evaluation.facts["pictures that could not be used"] for row in judged.rows} == {"1"}


def test_data_that_do_not_suffice_are_said_before_anything_is_trained(systems, catalogue, part, make_run, tmp_path):
    few = part.copy()
    unseen = sorted(set(catalogue.artist[part == "test"].tolist()))
    few[np.isin(catalogue.artist, unseen[3:]) & (part == "test")] = "set-aside"
    with pytest.raises(PairsError, match=r"3 unseen artists with two paintings \(part 'test'\); 4 are the least"):
        make_table(systems[:1], catalogue, few, out=tmp_path / "out", run=make_run())
    assert not (tmp_path / "out").exists()
    with pytest.raises(MorelliError, match="two systems are called 'demo-cnn'"):
        make_table([systems[0]] * 2, catalogue, part, out=tmp_path / "out", run=make_run())
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(MorelliError, match=r"holds other files \(thesis.txt\)"):
        make_table(systems[:1], catalogue, part, out=tmp_path, run=make_run())


def test_one_style_gives_random_pairs_only_and_says_so(systems, catalogue, make_run, tmp_path):
    style = np.full(len(catalogue), "Realism", dtype=object)
    plain = replace(catalogue, columns={**catalogue.columns, "style": style})
    part = make_split(plain, shares=SHARES).assign(plain)
    run = make_run()
    table = make_table(systems[:1], plain, part, out=tmp_path / "out", run=run, resamples=0)
    assert {kind for _, kind in table.judged.pairs} == {"random"}
    assert any(text.startswith("no style-matched pairs, random ones only") for text in run.remark.__self__)
    assert "no style-matched pairs" in (tmp_path / "out" / "table.md").read_text(encoding="utf-8")


def test_a_full_disk_is_an_error_and_the_older_table_stays(
    made, systems, catalogue, part, make_run, tmp_path, monkeypatch
):
    _, out, _ = made
    mine = tmp_path / "out"
    shutil.copytree(out, mine)
    before = (mine / "table.html").read_bytes()
    whole = Path.write_bytes

    def write(path, data):
        if path.name.startswith(".table."):
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return whole(path, data)

    monkeypatch.setattr(Path, "write_bytes", write)
    with pytest.raises(MorelliError, match=r"table\.md: cannot be written \(No space left on device\); free space"):
        make_table(systems[:1], catalogue, part, out=mine, run=make_run(), resamples=0)
    assert (mine / "table.html").read_bytes() == before
    assert [p.name for p in mine.iterdir() if p.name.startswith(".")] == []


def test_a_given_model_that_is_none_or_of_no_row_is_told_at_once(made, systems, catalogue, part, make_run, tmp_path):
    with pytest.raises(ModelError, match="no such model folder"):
        make_table(systems[:1], catalogue, part, out=tmp_path / "out", run=make_run(), models=[tmp_path / "gone"])
    assert not (tmp_path / "out").exists()
    run = make_run()
    theirs = [row.model for row in made[0].rows[:2]]
    make_table(systems[:1], catalogue, part, out=tmp_path / "out", run=run, models=theirs, resamples=0)
    assert f"{theirs[1]}: not used: it is a model of lite0, of which the table has no row" in run.remark.__self__


KILLED = """
import os, signal, sys
from pathlib import Path
from morelli.cli.main import main
from morelli.training import loop
whole = loop._save_weights
def save(path, *given, **options):
    whole(path, *given, **options)
    (path.parent / "reached").touch()
    if os.environ.get("DIE") and path.parent.parent.name.startswith("second"):
        os.kill(os.getpid(), signal.SIGKILL)
loop._save_weights = save
main(sys.argv[1:])
"""


def test_a_killed_table_is_taken_up_where_it_was(studio_folder, catalogue, tmp_path):
    """Two CNNs; killed after the first epoch of the second one, before its checkpoint was written."""
    for name in ("first", "second"):
        (tmp_path / f"{name}.toml").write_text(
            f'extends = "demo-cnn"\nname = "{name}"\n[view]\nsize = 32\n[network]\nembedding = 8\n'
            "blocks = [{ convolutions = 1, channels = 4 }]\n[schedule]\nepochs = 2\nsteps = []\n"
            "[sampling]\nartists = 4\npaintings = 3\n"
        )
    split = tmp_path / "split.json"
    split.write_text(make_split(catalogue, shares=SHARES).to_json())
    systems = ",".join(str(tmp_path / f"{name}.toml") for name in ("first", "second"))

    def run(out, **more):
        words = ["table", str(studio_folder), "--split", str(split), "--out", str(out), "--systems", systems]
        environment = os.environ | {"MORELLI_CACHE": str(tmp_path / "cache")} | more
        return subprocess.run(
            [sys.executable, "-c", KILLED, *words, "--resamples", "20", "--device", "cpu"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )

    out = tmp_path / "out"
    assert run(out, DIE="1").returncode == -signal.SIGKILL
    (first,) = out.glob("rows/first-*/model/model.json")
    kept, began = first.stat().st_mtime_ns, time.time()
    halfway = json.loads((out / "table.json").read_text(encoding="utf-8"))
    assert [row["state"] for row in halfway["rows"]] == ["done", "not run"]
    done = run(out)
    assert done.returncode == 0, done.stderr
    assert first.stat().st_mtime_ns == kept
    assert next(out.glob("rows/second-*/model/model.json")).stat().st_mtime > began - 1
    whole = run(tmp_path / "whole")
    assert whole.returncode == 0, whole.stderr
    assert _without_times(out) == _without_times(tmp_path / "whole")


def _without_times(out):
    lines = (out / "table.csv").read_text(encoding="utf-8").splitlines()
    return [line.split(",")[:3] + line.split(",")[4:] for line in lines]
