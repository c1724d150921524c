"""`morelli compare --explain`, as a user types it."""

import json

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")


def test_the_verdict_is_the_same_with_and_without(run, mapped_model, pictures, tmp_path):
    words = ["compare", *pictures[:2], "--model", mapped_model]
    code, plain, _ = run(*words)
    assert code == 0
    code, explained, _ = run(*words, "--explain", tmp_path / "why.png")
    assert code == 0
    line = f"  explained     in {tmp_path / 'why.png'}: what each place adds to the similarity, exactly\n"
    assert explained.replace(line, "") == plain
    page = np.asarray(Image.open(tmp_path / "why.png").convert("RGB"))
    assert page.std() > 10


def test_a_frame_is_cut_off_with_and_without_an_explanation(run, tiny_model, pictures, tmp_path):
    framed = np.pad(np.asarray(Image.open(pictures[0])), ((12, 12), (9, 9), (0, 0)), constant_values=250)
    Image.fromarray(framed).save(tmp_path / "framed.png")
    words = ["compare", tmp_path / "framed.png", pictures[1], "--model", tiny_model, "--crop"]
    for more in ([], ["--explain", tmp_path / "why.png"]):
        code, text, _ = run(*words, *more)
        assert code == 0
        assert "framed.png was cropped to what is inside its frame or border" in " ".join(text.split())
    code, text, _ = run("compare", tmp_path / "framed.png", "--with", pictures[1], "--model", tiny_model, "--crop")
    assert code == 0
    assert "framed.png was cropped" in " ".join(text.split())


def test_json_names_the_picture_and_the_way(run, tiny_model, pictures, tmp_path):
    out = tmp_path / "why.jpg"
    code, text, _ = run("compare", *pictures[:2], "--model", tiny_model, "--explain", out, "--json")
    assert code == 0
    assert json.loads(text)["explanation"] == {"picture": str(out), "method": "occlusion"}
    assert out.is_file()


@pytest.mark.parametrize(
    ("second", "options", "code", "message"),
    [
        (True, ["--explain", "why.gif"], 1, "written as .png or .jpg"),
        (True, ["--explain", "{a}"], 2, "is one of the two pictures"),
        (False, ["--with", "{a}", "--explain", "why.png"], 2, "--explain draws two pictures"),
    ],
)
def test_words_that_are_off_are_told_before_the_work(
    run, tiny_model, pictures, tmp_path, monkeypatch, second, options, code, message
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")
    before = pictures[0].read_bytes()
    words = [str(option).replace("{a}", str(pictures[0])) for option in options]
    found, _, err = run("compare", pictures[0], *pictures[1 : 1 + second], "--model", tiny_model, *words)
    assert (found, message in " ".join(err.split())) == (code, True), err
    assert list(tmp_path.iterdir()) == []
    assert pictures[0].read_bytes() == before


def test_a_bad_picture_leaves_no_page(run, tiny_model, pictures, tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    code, _, err = run(
        "compare", pictures[0], tmp_path / "bad.jpg", "--model", tiny_model, "--explain", tmp_path / "why.png"
    )
    assert code == 1
    assert "bad.jpg" in err
    assert not (tmp_path / "why.png").exists()
