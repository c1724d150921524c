"""Where results go, for every command: what cannot be written is said before any picture is opened, and nothing is left."""

import shutil
from pathlib import Path

import pytest

from morelli.pictures.view import View

NOT_EVEN_ROOT = Path("/proc/nothing")


@pytest.fixture
def commands(tiny_model, studio_folder, split_file, pictures, tmp_path):
    """command -> its words without the place; what the place is; what its name must end in."""
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(f"image1,image2\n{pictures[0].name},{pictures[1].name}\n")
    return {
        "train": (["train", "demo-cnn", studio_folder, "--split", split_file, "--out"], "new folder", ""),
        "evaluate": (["evaluate", tiny_model, studio_folder, "--split", split_file, "--out"], "report", ""),
        "calibrate": (["calibrate", tiny_model, studio_folder, "--out"], "new folder", ""),
        "score": (["score", tiny_model, pairs, "--root", pictures[0].parent, "--out"], "file", ".csv"),
        "embed": (["embed", tiny_model, studio_folder, "--out"], "file", ".parquet"),
        "data audit": (["data", "audit", studio_folder, "--out"], "folder", ""),
        "data split": (["data", "split", studio_folder, "--out"], "file", ".json"),
        "data stats": (["data", "stats", studio_folder, "--out"], "folder", ""),
        "data studio": (["data", "studio"], "new folder", ""),
        "data studio sheet": (["data", "studio", tmp_path / "s", "--painters", "1", "--sheet"], "file", ".png"),
        "demo": (["demo", "--train", "--out"], "new folder", ""),
        "table": (
            ["table", studio_folder, "--split", split_file, "--systems", "demo-cnn", "--budget", "1s", "--out"],
            "report",
            "",
        ),
    }


NAMES = (
    "train", "evaluate", "calibrate", "score", "embed", "data audit", "data split", "data stats", "data studio",
    "data studio sheet", "demo", "table",
)  # fmt: skip


@pytest.fixture
def refused(run, commands, tmp_path, monkeypatch):
    """Run a command on a bad place; return what it says. No picture may be opened or painted."""
    for name in ("open", "open_bytes"):
        monkeypatch.setattr(View, name, lambda *_, **__: pytest.fail("a picture was opened"))
    monkeypatch.setattr("morelli.studio.studio.Studio.paint", lambda *_, **__: pytest.fail("a picture was painted"))
    monkeypatch.setattr("morelli.catalogue.audit.audit", lambda *_, **__: pytest.fail("pictures were looked at"))

    def refused(name, place):
        before = sorted(tmp_path.rglob("*"))
        code, out, err = run(*commands[name][0], place)
        assert code == 1, err
        assert out == ""
        assert place.name[:50] in err
        assert "Traceback" not in err
        assert sorted(tmp_path.rglob("*")) == before
        return err

    return refused


@pytest.mark.parametrize("name", NAMES)
def test_inside_a_file(refused, commands, tmp_path, name):
    (tmp_path / "file").write_text("x")
    assert "cannot be written" in refused(name, tmp_path / "file" / f"out{commands[name][2]}")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_or_a_folder_where_the_other_belongs(refused, commands, tmp_path, name):
    _, kind, suffix = commands[name]
    place = tmp_path / f"taken{suffix}"
    if kind == "file":
        place.mkdir()
        assert "is a folder; name a file in it" in refused(name, place)
    else:
        place.write_text("years of work")
        said = refused(name, place)
        assert "is taken" in said if kind == "new folder" else "is a file, not a folder" in said
        assert place.read_text() == "years of work"


@pytest.mark.parametrize(
    "name", [name for name in NAMES if name in ("train", "calibrate", "data studio", "demo", "evaluate")]
)
def test_a_folder_that_holds_something_else(refused, tmp_path, name):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    said = refused(name, tmp_path / "mine")
    assert "is taken" in said or "holds other files (thesis.txt)" in said


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc, where not even root can make files")
@pytest.mark.parametrize("name", NAMES)
def test_a_place_that_takes_no_files(refused, commands, name):
    said = refused(name, NOT_EVEN_ROOT / f"out{commands[name][2]}")
    assert "cannot be written (" in said
    assert "/proc" in said


@pytest.mark.parametrize("name", NAMES)
def test_links_in_a_circle_and_names_without_end(refused, commands, tmp_path, name):
    suffix = commands[name][2]
    link = tmp_path / f"round{suffix}"
    link.symlink_to(link.name)
    assert "cannot be written" in refused(name, link)
    assert "cannot be written" in refused(name, tmp_path / ("x" * 300 + suffix))


@pytest.mark.parametrize(
    ("name", "inside"), [("data audit", "audit.md"), ("data audit", "cleaned.csv"), ("data stats", "stats.md")]
)
def test_a_folder_in_the_place_of_one_of_its_files(refused, tmp_path, name, inside):
    (tmp_path / "out" / inside).mkdir(parents=True)
    place = tmp_path / "out"
    assert f"{inside}: is a folder" in refused(name, place)


def test_the_table_is_not_written_over(run, commands, tmp_path):
    words, _, _ = commands["score"]
    before = (tmp_path / "pairs.csv").read_bytes()
    code, _, err = run(*words, tmp_path / "pairs.csv")
    assert (code, "which is read" in err) == (1, True)
    assert (tmp_path / "pairs.csv").read_bytes() == before


def test_nothing_that_is_read_is_written_over(run, pictures, tmp_path, studio_folder):
    """A painting by a page about it, a split and a catalogue by another split."""
    painting = tmp_path / "a.jpg"
    painting.write_bytes(Path(pictures[0]).read_bytes())
    catalogue = tmp_path / "paintings"
    shutil.copytree(studio_folder, catalogue)
    table = catalogue / "paintings.csv"
    for words, file in (
        (["show", "corners", painting, "--out", painting], painting),
        (["show", "heatmap", painting, pictures[1], "--model", "default", "--out", painting], painting),
        (["data", "split", catalogue, "--duplicates", "keep", "--out", table], table),
        (["data", "split", table, "--duplicates", "keep", "--out", table], table),
    ):
        before = file.read_bytes()
        code, _, err = run(*words)
        assert (code, "which is read" in err) == (1, True), words
        assert file.read_bytes() == before
