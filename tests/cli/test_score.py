"""`morelli score` as it is typed: what it prints and writes, and which words are off."""

import csv

import pytest

from morelli.model.model import load


@pytest.fixture
def table(pictures, tmp_path):
    file = tmp_path / "pairs é.csv"
    file.write_text(
        f'n,image1,image2\n"007",{pictures[0].name},{pictures[1].name}\n"008",{pictures[2].name},gone.jpg\n'
    )
    return file


def test_it_says_what_was_left_out_and_writes_the_rest(run, tiny_model, pictures, table, tmp_path):
    out = tmp_path / "new folder" / "scores.csv"
    code, said, err = run("score", tiny_model, table, "--root", pictures[0].parent, "--out", out, "--prior", "0.1")
    assert code == 0
    assert said == f"{out}: 2 pairs of 3 pictures; 1 pictures skipped, 1 pairs without a score\n"
    assert err.startswith("skipped ")
    assert "gone.jpg: no such file" in err
    with out.open(newline="") as file:
        first, second = list(csv.DictReader(file))
    model = load(tiny_model)
    assert float(first["similarity"]) == pytest.approx(float(model.score([tuple(pictures[:2])])[0]), abs=1e-6)
    assert second["similarity"] == second["probability"] == ""
    assert [first["n"], second["n"]] == ["007", "008"]


def test_warnings_are_a_column_and_pictures_out_of_range_are_counted(
    run, tiny_model, pictures, table, tmp_path, monkeypatch
):
    from morelli.model.known_range import KnownRange
    from morelli.model.model import Model

    out = tmp_path / "scores.csv"
    words = ["score", tiny_model, table, "--root", pictures[0].parent, "--out", out]
    assert run(*words, "--warnings")[0] == 0
    header, _, second = out.read_text().splitlines()
    assert header.endswith(",probability,warnings")
    assert second.endswith(",,,")
    monkeypatch.setattr(Model, "known_range", property(lambda _: KnownRange(length=1e-9, pictures=1234)))
    code, _, err = run(*words, "--warnings")
    assert code == 0
    line = next(line for line in err.splitlines() if "outside the range" in line)
    assert line.startswith(
        "3 of 3 pictures are outside the range of the training data: less like it than all but 1 in 200 of 1,234"
    )
    assert all(picture.name in line for picture in pictures[:3])
    assert f"{pictures[0].name} is outside the range" in out.read_text()


def test_the_other_explanation_can_be_chosen(run, tiny_model, pictures, table, tmp_path):
    from morelli.protocol.calibration import probability

    model = load(tiny_model)
    similarity = model.score([tuple(pictures[:2])]).astype(float)
    for kind in ("random", "style-matched"):
        out = tmp_path / f"{kind}.csv"
        words = ["score", tiny_model, table, "--root", pictures[0].parent, "--out", out, "--negatives", kind]
        assert run(*words)[0] == 0
        with out.open(newline="") as file:
            found = float(next(csv.DictReader(file))["probability"])
        wanted = probability(model.decision.calibration(kind).llr(similarity))[0]
        assert found == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["--prior", "nan"], "--prior"),
        (["--prior", "1"], "--prior"),
        (["--prior", "often"], "--prior"),
        (["--workers", "0"], "--workers"),
        (["--negatives", "all"], "--negatives"),
    ],
)
def test_words_that_are_off_name_their_option(run, tiny_model, table, tmp_path, words, option):
    code, out, err = run("score", tiny_model, table, "--out", tmp_path / "s.csv", *words)
    assert (code, out) == (2, "")
    assert option in err
    assert not (tmp_path / "s.csv").exists()


def test_a_table_is_wrong_before_a_model_s_pictures_are_opened(run, tiny_model, tmp_path):
    (tmp_path / "p.csv").write_text("image1;image2\na;b\n")
    code, out, err = run("score", tiny_model, tmp_path / "p.csv", "--out", tmp_path / "s.csv")
    assert (code, out) == (1, "")
    assert err == (
        f"morelli: {tmp_path}/p.csv, line 1: its columns are parted by semicolons; save the table with commas\n"
    )
