"""`morelli table`: the words that it takes."""

import pytest

pytest.importorskip("torch")

import typer

from morelli.cli.main import main
from morelli.cli.table import _budgets, _files_of
from morelli.systems.published import PUBLISHED
from morelli.systems.read import read_system, system_names


def run(words, capsys):
    with pytest.raises(SystemExit) as end:
        main(words)
    return end.value.code, capsys.readouterr().err


def test_the_rows_unless_named_are_the_systems_with_published_figures():
    published = {name for name in system_names() if read_system(name).published}
    assert set(PUBLISHED) == published - {"triplet-cnn-batch"}  # the same network; its batches are ours
    assert len(set(PUBLISHED)) == len(PUBLISHED)


def test_a_folder_stands_for_the_system_files_in_it(tmp_path):
    for name in ("b.toml", "a.toml", "notes.md"):
        (tmp_path / name).write_text("")
    assert _files_of(str(tmp_path)) == [str(tmp_path / "a.toml"), str(tmp_path / "b.toml")]
    assert _files_of("xception") == ["xception"]


def test_the_row_that_all_are_compared_with_must_be_one(tmp_path, capsys):
    words = ["table", str(tmp_path), "--out", str(tmp_path / "out"), "--systems", "xception", "--against", "xceptoin"]
    code, said = run(words, capsys)
    assert (code, "did you mean 'xception'?" in " ".join(said.split())) == (2, True)


def test_a_budget_is_for_all_rows_or_for_one():
    assert _budgets(["1h", "xception=90s"], ["xception", "lite0"]) == (3600.0, {"xception": 90.0})
    assert _budgets([], ["xception"]) == (None, {})
    with pytest.raises(typer.BadParameter, match=r"the table has no row 'xceptoin'; did you mean 'xception'\?"):
        _budgets(["xceptoin=1h"], ["xception"])


def test_wrong_words_are_told_before_anything_is_read(tmp_path, capsys):
    start = ["table", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out")]
    code, said = run([*start, "--systems", "xceptoin"], capsys)
    assert (code, "did you mean 'xception'" in said) == (1, True)
    code, said = run([*start, "--systems", "xception", "--weights", "xcepton=x"], capsys)
    assert (code, "did you mean 'xception'?" in " ".join(said.split())) == (2, True)
    code, said = run([*start, "--systems", ","], capsys)
    assert code == 2
    code, said = run([*start, "--split", "x.json", "--parts", "kaggle"], capsys)
    assert (code, "--parts is for a split that is made" in " ".join(said.split())) == (2, True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("backbone", "given", "words"),
    [
        ("timm/resnet5o.a1_in1k", [], "timm has no backbone 'resnet5o.a1_in1k'"),
        ("lite0", ["--weights", "lite0=README.md"], "cannot read these weights"),
    ],
)
def test_a_backbone_that_there_is_not_and_weights_that_do_not_fit_stop_it_at_once(
    studio_folder, tmp_path, capsys, backbone, given, words
):
    (tmp_path / "own.toml").write_text(
        f'extends = "lite0"\nname = "own"\n[network]\nfeatures = [{{ backbone = "{backbone}" }}]\n'
    )
    start = ["table", str(studio_folder), "--out", str(tmp_path / "out"), "--systems", str(tmp_path / "own.toml")]
    code, said = run([*start, *given], capsys)
    assert (code, words in said) == (1, True)
    assert not (tmp_path / "out" / "table.md").exists()


def test_a_table_of_which_no_row_was_run_ends_with_one(studio_folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "none"))
    words = ["table", str(studio_folder), "--out", str(tmp_path / "out"), "--systems", "xception", "--resamples", "0"]
    code, said = run(words, capsys)
    assert (code, "xception: not run" in said) == (1, True)


def test_it_prints_the_table_and_its_place_and_ends_with_one_where_a_row_failed(
    studio_folder, tmp_path, capsys, monkeypatch
):
    from morelli.study.table import rows

    (tmp_path / "small.toml").write_text('extends = "demo-cnn"\nname = "small"\n[schedule]\nepochs = 1\nsteps = []\n')
    (tmp_path / "lost.toml").write_text('extends = "xception"\nname = "lost"\n')

    whole = rows.train

    def fail(system, *given, **options):
        if system.name == "small":
            raise rows.ModelError("no export")
        return whole(system, *given, **options)

    out = tmp_path / "out"
    systems = f"{tmp_path / 'small.toml'},{tmp_path / 'lost.toml'}"
    words = [
        "table",
        str(studio_folder),
        "--out",
        str(out),
        "--systems",
        systems,
        "--resamples",
        "0",
        "--device",
        "cpu",
    ]
    monkeypatch.setattr(rows, "train", fail)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "none"))
    code, said = run(words, capsys)
    assert code == 1
    assert "small: failed: no export" in said
    assert "lost: not run: no weights for 'xception': they cannot be fetched from timm's releases" in said
    assert f"table: {out / 'table.html'}" in said
    # The same words go on where it was, though it keeps the split that it drew beside the table.
    assert (out / "split.json").is_file()
    assert "small: failed: no export" in run(words, capsys)[1]
