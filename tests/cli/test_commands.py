"""Every command as a user types it: what it prints, where, and how it ends."""

import csv
import json
import shutil

import numpy as np
import pytest

from morelli.catalogue.catalogue import Catalogue
from morelli.cli.main import COMMANDS, GROUPS
from morelli.protocol.split import make_split


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(run, name):
    code, out, _ = run(*name.split(), "--help")
    assert code == 0
    assert f"Example: morelli {name}" in " ".join(out.split())


def test_the_top_lists_every_command_and_its_version(run):
    code, out, _ = run("--help")
    assert code == 0
    assert all(name.split()[0] in out for name in COMMANDS)
    assert "__all__" not in out  # what is written for programmers
    for group in GROUPS:
        code, out, _ = run(group, "--help")
        assert code == 0
        assert all(name.split()[1] in out for name in COMMANDS if name.startswith(f"{group} "))
    assert run("--version")[1].startswith("morelli 0.")


@pytest.mark.parametrize("words", [["compre"], ["compare"], ["compare", "a", "b", "--nothing"], ["data", "stat"]])
def test_words_that_are_off_end_with_2(run, words):
    code, out, err = run(*words)
    assert code == 2
    assert out == ""
    assert err


def test_compare_says_and_prints_json(run, tiny_model, pictures):
    code, out, err = run("compare", pictures[0], pictures[1], "--model", tiny_model)
    assert (code, err) == (0, "")
    assert "(operating point: balanced, against style-matched negatives)" in out.splitlines()[0]
    code, out, _ = run("compare", pictures[0], pictures[1], "--model", tiny_model, "--json", "--prior", "0.2")
    found = json.loads(out)
    assert found["prior"] == 0.2
    assert found["decision"] in ("same", "different", "undecided")


def test_compare_takes_an_operating_point_and_negatives(run, tiny_model, pictures):
    words = ["compare", pictures[0], pictures[1], "--model", tiny_model]
    code, out, _ = run(*words, "--json", "--operating-point", "Balanced", "--negatives", "random")
    found = json.loads(out)
    assert (code, found["operating_point"], found["negatives"]) == (0, "balanced", "random")
    assert found["rates"]["undecided"]["n_artists"] == found["calibration_artists"]
    code, _, err = run(*words, "--operating-point", "strict")
    assert (code, "no operating point is called 'strict'" in " ".join(err.split())) == (2, True)
    code, _, err = run(*words, "--operating-point", "fpr=0.5%")
    assert (code, "'fpr=0.5%' is not stored" in err) == (1, True)
    code, _, err = run(*words, "--operating-point", "fpr=0.1%")
    assert (code, "is not offered against style-matched negatives" in err) == (1, True)
    assert run(*words, "--negatives", "all")[0] == 2


def test_compare_with_a_folder_of_references(run, tiny_model, pictures, tmp_path):
    folder = pictures[0].parent
    code, out, err = run("compare", pictures[0], "--with", folder, "--model", tiny_model, "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert len(found["references"]) + len(found["left_out"]) == len(list(folder.glob("*.jpg")))
    assert found["left_out"][0] == {"path": str(pictures[0]), "reason": "shows the same work as the picture itself"}
    code, out, _ = run("compare", pictures[0], "--with", pictures[1], "--with", pictures[2], "--model", tiny_model)
    assert (code, "references    2 paintings" in out) == (0, True)
    for words in ([pictures[0]], [pictures[0], pictures[1], "--with", folder]):
        code, _, err = run("compare", *words, "--model", tiny_model)
        assert (code, "give another picture B, or references" in " ".join(err.split())) == (2, True)
    code, _, err = run("compare", pictures[0], "--with", tmp_path, "--model", tiny_model)
    assert (code, "no pictures in this folder" in err) == (1, True)
    code, _, err = run("compare", pictures[0], "--with", tmp_path / "gone.jpg", "--model", tiny_model)
    assert (code, "no such file" in err) == (1, True)


def test_a_bad_picture_is_named_before_a_missing_model(run, pictures, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"")
    code, _, err = run("compare", pictures[0], bad, "--model", tmp_path / "no-model")
    assert code == 1
    assert "bad.jpg" in err
    assert "no-model" not in err
    code, _, err = run("compare", pictures[0], pictures[1], "--model", tmp_path / "no-model")
    assert (code, "no such model folder" in err) == (1, True)


@pytest.mark.parametrize("prior", ["0", "1", "-0.1", "nan"])
def test_a_prior_out_of_range_is_off(run, tiny_model, pictures, prior):
    code, _, err = run("compare", pictures[0], pictures[1], "--model", tiny_model, f"--prior={prior}")
    assert code == 2
    assert "between 0 and 1" in " ".join(err.split())


def test_evaluate_writes_a_report_and_prints_the_table(run, tiny_model, studio_folder, split_file, tmp_path):
    out_folder = tmp_path / "report"
    words = ["evaluate", tiny_model, studio_folder, "--split", split_file, "--out", out_folder, "--resamples", "30"]
    code, out, _ = run(*words)
    assert code == 0
    assert "unseen, style-matched" in out
    assert sorted(p.name for p in out_folder.iterdir()) == ["figures.csv", "report.html", "report.json", "report.md"]
    code, out, _ = run(*words, "--json", "--scores")
    assert code == 0
    assert json.loads(out)["system"] == "demo-cnn"
    assert (out_folder / "scores.csv").exists()


def test_evaluate_writes_what_a_model_reaches_into_its_card(run, tiny_model, studio_folder, split_file, tmp_path):
    model = tmp_path / "model"
    shutil.copytree(tiny_model, model)
    words = ["evaluate", model, studio_folder, "--split", split_file, "--resamples", "30", "--card"]
    code, out, err = run(*words, "--out", tmp_path / "report")
    assert code == 0
    assert "the model is " in err
    card = (model / "card.md").read_text(encoding="utf-8")
    reached = card.split("## What it reaches")[1].split("## Where it may fail")[0]
    assert out.splitlines()[0].split() == reached.strip().splitlines()[0].split()
    assert "; catalogue: paintings; score: alone; " in reached
    assert "- measured on: split: split.json; " in reached
    assert json.loads((tmp_path / "report" / "report.json").read_text())["model_id"] in err
    assert "trained: " not in reached
    # Once more, with the card's figures in it: the same figures.
    assert run(*words, "--out", tmp_path / "again")[1] == out


@pytest.mark.slow
def test_the_card_has_every_score_and_what_is_known_of_where_it_fails(run, mapped_model, studio_folder, tmp_path):
    model, split = tmp_path / "model", tmp_path / "split.json"
    shutil.copytree(mapped_model, model)
    split.write_text(make_split(Catalogue.read(studio_folder), shares=(0.5, 0.1, 0.2, 0.2)).to_json())
    words = ["evaluate", model, studio_folder, "--split", split, "--resamples", "20"]
    note = "A frame costs much."
    code, with_cohort, _ = run(*words, "--out", tmp_path / "one", "--card", "--note", note)
    assert code == 0
    _, alone, _ = run(*words, "--out", tmp_path / "other", "--score", "alone")
    assert alone != with_cohort
    card = (model / "card.md").read_text(encoding="utf-8")
    first, _, second = card.split("## What it reaches")[1].partition("### Two pictures alone")
    assert first.lstrip().startswith("### Two pictures with the cohort")
    for printed, there in ((with_cohort, first), (alone, second)):
        assert printed.splitlines()[2].strip() in there
        assert printed.splitlines()[4].strip() in there
    assert card.endswith(f"- {note}\n")
    code, _, err = run(*words, "--out", tmp_path / "third", "--score", "aloen")
    assert code == 1
    assert "alone" in err
    assert run(*words, "--out", tmp_path / "third", "--note", note)[0] == 2


def test_evaluate_leaves_the_shipped_model_s_card_alone(run, studio_folder, split_file, tmp_path):
    words = ["evaluate", "default", studio_folder, "--split", split_file, "--out", tmp_path / "report", "--card"]
    code, _, err = run(*words)
    assert code == 1
    assert "came with the package" in err
    assert not (tmp_path / "report").exists()


def test_evaluate_refuses_a_folder_with_other_things_before_it_works(
    run, tiny_model, studio_folder, split_file, tmp_path
):
    (tmp_path / "thesis.txt").write_text("years of work")
    code, _, err = run("evaluate", tiny_model, studio_folder, "--split", split_file, "--out", tmp_path)
    assert code == 1
    assert str(tmp_path.name) in err
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_score_and_embed_write_tables(run, tiny_model, studio_folder, pictures, tmp_path):
    names = [str(p.relative_to(studio_folder)) for p in pictures]
    table = tmp_path / "pairs.csv"
    table.write_text(f"image1,image2,who\n{names[0]},{names[1]},x\n{names[2]},{names[0]},y\n")
    code, out, _ = run("score", tiny_model, table, "--root", studio_folder, "--out", tmp_path / "scores.csv")
    assert code == 0
    assert "2 pairs of 3 pictures" in out
    with (tmp_path / "scores.csv").open() as file:
        assert [row["who"] for row in csv.DictReader(file)] == ["x", "y"]
    chances = {}
    for kind in ("random", "style-matched"):
        run("score", tiny_model, table, "--root", studio_folder, "--out", tmp_path / "n.csv", "--negatives", kind)
        with (tmp_path / "n.csv").open() as file:
            chances[kind] = [row["probability"] for row in csv.DictReader(file)]
    with (tmp_path / "scores.csv").open() as file:
        assert [row["probability"] for row in csv.DictReader(file)] == chances["style-matched"] != chances["random"]
    code, out, _ = run("embed", tiny_model, studio_folder, "--out", tmp_path / "e.parquet")
    assert code == 0
    assert "216 embeddings of 8 values" in out


def test_embed_writes_nothing_where_no_picture_can_be_used(run, tiny_model, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "empty.jpg").write_bytes(b"")
    (tmp_path / "a" / "round.jpg").symlink_to("round.jpg")
    code, out, err = run("embed", tiny_model, tmp_path / "a", "--out", tmp_path / "e.csv")
    assert (code, out) == (1, "")
    assert "skipped" in err
    assert "its symbolic links lead in a circle" in err
    assert "nothing was written: none of 2 pictures can be used" in err
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_similarity_that_is_no_number_is_an_error(run, tiny_model, pictures, monkeypatch):
    from morelli.model.encoder import OpenVinoEncoder

    monkeypatch.setattr(
        OpenVinoEncoder, "encode", lambda self, pictures: np.full((len(pictures), 8), np.nan, np.float32)
    )
    code, out, err = run("compare", pictures[0], pictures[1], "--model", tiny_model)
    assert (code, out) == (1, "")
    assert "no number" in err


def test_card_prints_what_the_model_says(run, tiny_model):
    code, out, _ = run("card", tiny_model)
    assert code == 0
    assert "## What it was trained on" in out
    assert "Two pictures alone, against style-matched negatives: operating points" in out
    assert "- `fpr=0.1%`: not offered: " in out
    assert json.loads(run("card", tiny_model, "--json")[1])["embedding"] == 8


def test_train_from_the_command_line(run, studio_folder, split_file, tmp_path, monkeypatch):
    from tests.conftest import TINY

    monkeypatch.setenv("MORELLI_CACHE", str(tmp_path / "cache"))
    words = ["train", "demo-cnn", studio_folder, "--split", split_file, "--out", tmp_path / "m"]
    for change in TINY:
        words += ["--set", change]
    code, _, err = run(*words)
    assert code == 0
    assert "epoch 2 of 2" in err
    assert sorted(p.name for p in (tmp_path / "m").iterdir()) == [
        "calibration.json",
        "card.md",
        "encoder.onnx",
        "history.csv",
        "model.json",
        "trained-on.json",
    ]
    code, _, err = run(*words)
    assert (code, "is taken" in err) == (1, True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["triplet-cn"], "did you mean 'triplet-cnn'"),
        (["triplet-cnn", "--set", "objective.margn=2"], "did you mean 'margin'"),
    ],
)
def test_train_names_what_is_wrong_with_its_words(run, studio_folder, tmp_path, words, message):
    code, _, err = run("train", words[0], studio_folder, "--out", tmp_path / "m", *words[1:])
    assert code == 1
    assert message in err
    assert list(tmp_path.iterdir()) == []


def test_train_refuses_a_bad_time_and_too_few_artists(run, studio_folder, tmp_path):
    code, _, err = run("train", "demo-cnn", studio_folder, "--out", tmp_path / "m", "--budget", "soon")
    assert code == 2
    assert "write a time from 1s to 365d" in " ".join(err.split())
    few = tmp_path / "few"
    for artist in sorted(studio_folder.iterdir())[:3]:
        shutil.copytree(artist, few / artist.name) if artist.is_dir() else None
    code, _, err = run("train", "demo-cnn", few, "--out", tmp_path / "m")
    assert code == 1
    assert "artists" in err
    assert not (tmp_path / "m").exists()
