import pytest

pytest.importorskip("torch")

from morelli.looking.pair_page import pair_page
from morelli.model.model import load
from morelli.report.drawing import drawing_style


def test_the_page_names_both_pictures_the_model_and_the_similarity(tiny_model, studio_folder):
    model = load(tiny_model)
    files = sorted(studio_folder.rglob("*.jpg"))[:20:10]
    with drawing_style():
        page = pair_page(*files, model)
        words = " | ".join(text.get_text() for text in page.texts)
    for file in files:
        assert f"{file.parent.name}/{file.name}" in words
    assert words.count("demo-cnn") == 2
    assert "times the last map (8 × 8)" in words
    assert f"{model.score([tuple(files)])[0]:.4g}"[:5] in words
    assert "less alike" in words
    assert "more alike" in words
    assert len(page.axes) == 5
