"""From the competition's folder and a real model to a submission, against a slow loop."""

import csv
import json
import shutil

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from morelli.catalogue.names import normalise_artist
from morelli.cli.main import main
from morelli.errors import KaggleError, ModelError
from morelli.kaggle.submit import neutral_score, submit
from morelli.kaggle.text import submitted_json, submitted_text
from morelli.model.model import load
from morelli.protocol.threshold import best_threshold

from .conftest import BROKEN

UNUSABLE = {BROKEN["truncated"], BROKEN["empty"], BROKEN["bomb"]}


@pytest.fixture(scope="module")
def model(tiny_model):
    return load(tiny_model, threads=1)


@pytest.fixture(scope="module")
def done(model, competition, tmp_path_factory):
    folder = tmp_path_factory.mktemp("submission")
    return submit(model, competition, out=folder / "submission.csv", cache=folder / "cache", resamples=50)


def rows(file):
    with file.open(encoding="utf-8") as table:
        return list(csv.DictReader(table))


@pytest.fixture(scope="module")
def slow(model, competition):
    """Scores by a loop over the rows, one pair at a time: (pairs, scores)."""
    embedded = {}
    for file in (competition / "test").iterdir():
        if file.name not in UNUSABLE:
            copy = competition / "replacements_for_corrupted_files/test" / file.name
            embedded[file.name] = model.encode([copy if copy.exists() else file])
    neutral = neutral_score(model.decision.threshold)
    pairs = [(row["image1"], row["image2"]) for row in rows(competition / "submission_info.csv")]
    scores = [neutral if {a, b} & UNUSABLE else float(model.similarity(embedded[a], embedded[b])[0]) for a, b in pairs]
    return pairs, np.array(scores)


def test_the_submission_is_that_of_a_slow_loop(done, slow):
    pairs, wanted = slow
    written = rows(done.out)
    assert list(written[0]) == ["index", "sameArtist"]
    assert [int(row["index"]) for row in written] == list(range(len(pairs)))
    scores = np.array([float(row["sameArtist"]) for row in written])
    np.testing.assert_allclose(scores, wanted, atol=1e-5 * max(1.0, np.abs(wanted).max()))
    assert wanted.std() > 1e-3


def test_figures_are_those_of_the_written_file(done, slow, competition, model):
    pairs, _ = slow
    about = {row["new_filename"]: row for row in rows(competition / "all_data_info.csv")}
    scores = np.array([float(row["sameArtist"]) for row in rows(done.out)], dtype=np.float32)
    same = np.array([about[a]["artist"] == about[b]["artist"] for a, b in pairs])
    seen = np.array([[about[name]["artist_group"] == "train_and_test" for name in pair] for pair in pairs])
    for name, rows_ in (("all", ...), ("both seen", seen.all(axis=1)), ("both unseen", ~seen.any(axis=1))):
        found = done.figures[name].estimate
        assert found.value == pytest.approx(roc_auc_score(same[rows_], scores[rows_]), abs=1e-12)
        assert found.n_pairs == len(same[rows_])
        assert found.low < found.value < found.high
    cross = seen[:, 0] != seen[:, 1]
    accepted = scores[cross].astype(float) >= model.decision.threshold
    assert done.figures["cross"].estimate.value == pytest.approx(accepted.mean())
    assert list(done.figures) == ["all", "both seen", "both unseen", "cross"]


def test_what_cannot_be_used_is_counted_and_said(done, slow):
    pairs, _ = slow
    assert {str(error).split("/")[-1].split(":")[0] for error in done.skipped} == UNUSABLE
    assert done.neutral_pairs == sum(bool({a, b} & UNUSABLE) for a, b in pairs)
    assert (done.pairs, done.pictures, done.replaced) == (len(pairs), 127, 1)
    text = submitted_text(done)
    assert f"3 pictures cannot be used: their {done.neutral_pairs} pairs have the score" in text
    assert "| both unseen |" in text
    assert "0.82509" in text
    assert "false-accept rate" in text
    assert "the competition's own file has 21,916,047" in text


def test_a_model_that_was_split_otherwise_is_told_on(done, competition, model):
    """The tiny model was trained with a split of its own: its unseen artists are not the competition's."""
    seen = {row["artist"]: False for row in rows(competition / "all_data_info.csv") if row["in_train"] == "False"}
    seen |= dict.fromkeys(
        seen.keys() & {r["artist"] for r in rows(competition / "all_data_info.csv") if r["in_train"] == "True"}, True
    )
    role = {name: model.trained_on.role_of_artist(normalise_artist(name)) for name in seen}
    leaked = sum(role[name] is not None for name in seen if not seen[name])
    strange = sum(role[name] != "train" for name in seen if seen[name])
    assert leaked > 0
    assert strange > 0
    told = " ".join(done.remarks)
    assert f"the model has seen works of {leaked} artists that count as unseen" in told
    assert f"the model was not trained on {strange} of 10 artists that count as seen" in told
    assert "very test pictures: its figures are too good" in told


def test_json_says_the_same(done):
    found = json.loads(submitted_json(done))
    assert found["pairs"] == done.pairs
    assert found["figures"]["both seen"]["value"] == done.figures["both seen"].estimate.value
    assert found["figures"]["both seen"]["published"] == 0.94218
    assert len(found["skipped"]) == 3


def test_a_second_run_embeds_nothing_and_writes_the_same(done, model, competition, monkeypatch):
    def never(*_, **__):
        raise AssertionError("embedded again")

    before = done.out.read_bytes()
    monkeypatch.setattr(type(model.encoder), "encode", never)
    again = submit(model, competition, out=done.out, cache=done.out.parent / "cache", resamples=50)
    assert done.out.read_bytes() == before
    assert again.figures == done.figures


def test_without_the_truth_there_are_no_figures(model, done, own_competition, tmp_path):
    (own_competition / "all_data_info.csv").unlink()
    found = submit(model, own_competition, out=tmp_path / "s.csv", cache=done.out.parent / "cache")
    assert found.figures == {}
    assert (tmp_path / "s.csv").read_bytes() == done.out.read_bytes()
    assert "AUC" not in submitted_text(found)


@pytest.mark.parametrize("what", ["pairs", "solution", "target", "folder"])
def test_what_is_wrong_is_found_before_anything_is_embedded(model, own_competition, tmp_path, what):
    out, solution = tmp_path / "out" / "s.csv", None
    if what == "pairs":
        with (own_competition / "submission_info.csv").open("a") as file:
            file.write("99999,1126.jpg,nobody.jpg\n")
    elif what == "solution":
        solution = tmp_path / "solution.csv"
        solution.write_text("index,sameArtist\n0,1\n")
    elif what == "target":
        out = tmp_path / "out" / "s.txt"
    else:
        shutil.rmtree(own_competition / "test")
    with pytest.raises(KaggleError):
        submit(model, own_competition, out=out, cache=tmp_path / "cache", solution=solution)
    assert not (tmp_path / "cache").exists()
    assert not out.exists()


@pytest.mark.parametrize("name", ["submission_info.csv", "all_data_info.csv", "solution.csv"])
def test_what_it_reads_is_never_written_over(model, own_competition, tmp_path, name):
    out = (tmp_path if name == "solution.csv" else own_competition) / name
    if name == "solution.csv":
        out.write_text("index,sameArtist\n0,1\n")
    before = out.read_bytes()
    with pytest.raises(KaggleError, match="which is read; choose another name"):
        submit(
            model, own_competition, out=out, cache=tmp_path / "cache", solution=out if name == "solution.csv" else None
        )
    assert out.read_bytes() == before


def test_a_model_without_calibration_is_refused_first(model, own_competition, tmp_path, monkeypatch):
    description = model.folder.description
    files = {name: digest for name, digest in description.files.items() if name != "calibration.json"}
    import dataclasses

    import msgspec

    folder = dataclasses.replace(model.folder, description=msgspec.structs.replace(description, files=files))
    with pytest.raises(ModelError, match="not calibrated"):
        submit(dataclasses.replace(model, folder=folder), own_competition, out=tmp_path / "s.csv", cache=tmp_path / "c")
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("threshold", [0.5, 0.1, -0.0740233, 0.0, 1e-30, -3e5])
def test_a_neutral_score_is_the_nearest_below(threshold):
    found = np.float32(neutral_score(threshold))
    assert float(found) == neutral_score(threshold)
    assert float(found) < threshold <= float(np.nextafter(found, np.float32(np.inf)))


def test_a_neutral_score_costs_the_auc_least(rng):
    """A fifth of the pairs get a constant: none of nine others is better than the threshold of balanced pairs."""
    same = rng.random(50_000) < 0.04
    score = rng.normal(size=len(same)) * np.where(same, 1.5, 1.0) + 2 * same
    balanced = np.concatenate([np.flatnonzero(same), np.flatnonzero(~same)[: same.sum()]])
    unknown = rng.random(len(same)) < 0.2

    def auc_with(constant):
        return roc_auc_score(same, np.where(unknown, constant, score))

    best = auc_with(neutral_score(best_threshold(score[balanced], same[balanced])))
    others = np.quantile(score, np.linspace(0.1, 0.9, 9))
    assert best > max(auc_with(one) for one in others) - 1e-3
    assert best > auc_with(np.median(score)) + 0.005


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run words; return (exit status, standard output, standard error)."""
    monkeypatch.setenv("MORELLI_CACHE", str(tmp_path / "cache"))

    def run(*words):
        with pytest.raises(SystemExit) as end:
            main(["kaggle", "submit", *map(str, words)])
        found = capsys.readouterr()
        return end.value.code or 0, found.out, found.err

    return run


def test_the_command_prints_what_it_wrote(run, tiny_model, competition, tmp_path, done):
    words = [tiny_model, "--data", competition, "--out", tmp_path / "s.csv", "--resamples", "50"]
    code, out, err = run(*words)
    assert code == 0
    assert (
        out.replace(str(tmp_path), str(done.out.parent)).replace("s.csv", "submission.csv")
        == submitted_text(done) + "\n"
    )
    assert err.count("skipped ") == 3
    assert (tmp_path / "s.csv").read_bytes() == done.out.read_bytes()
    code, out, _ = run(*words, "--json")
    assert json.loads(out)["figures"] == json.loads(submitted_json(done))["figures"]


def test_the_command_names_what_is_missing(run, tiny_model, tmp_path):
    code, out, err = run(tiny_model, "--data", tmp_path, "--out", tmp_path / "s.csv")
    assert (code, out) == (1, "")
    assert "download it from the competition's page" in err
    assert run(tiny_model, "--data", tmp_path)[0] == 2
