"""The page of an explanation: colours where the values are, regions and lines where the matches are, words that are true."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.lines import Line2D
from PIL import Image

from morelli.looking.explanation_page import explanation_page, write_explanation
from morelli.looking.explanation_words import balance, foot_lines, head_lines, warning_lines
from morelli.looking.picture_file import PictureFileError
from morelli.report.drawing import drawing_style


def words_of(figure):
    return [text.get_text() for text in [*figure.texts, *(t for axes in figure.axes for t in axes.texts)]]


def test_the_words_stand_on_it_and_every_region_has_its_number(explanation):
    with drawing_style():
        words = words_of(explanation_page(explanation))
    assert set(head_lines(explanation.verdict)) | set(foot_lines(explanation)) | set(
        warning_lines(explanation.verdict)
    ) <= set(words)
    assert {balance(explanation.first), balance(explanation.second)} <= set(words)
    assert [word for word in words if word in ("1", "2")] == ["1", "2", "1", "2"]
    with drawing_style():
        words = words_of(explanation_page(replace(explanation, method="occlusion")))
    assert balance(explanation.first) not in words


def test_lines_lead_from_region_to_region(explanation):
    with drawing_style():
        figure = explanation_page(explanation)
        left, right = figure.axes[0], figure.axes[2]
        lines = [line for line in figure.get_children() if isinstance(line, Line2D)]
        ends = {tuple(np.round(line.get_xydata().ravel(), 6)) for line in lines}
    to_page = figure.transFigure.inverted()
    wanted = set()
    for number, match in enumerate(explanation.matches, 1):
        heights = [box[1] + number / 3 * (box[3] - box[1]) for box in (match.first, match.second)]
        start = to_page.transform(left.transData.transform((match.first[2], heights[0])))
        stop = to_page.transform(right.transData.transform((match.second[0], heights[1])))
        wanted.add(tuple(np.round([*start, *stop], 6)))
    assert ends == wanted


def test_swapping_the_pictures_mirrors_the_page(explanation):
    swapped = replace(
        explanation,
        first=explanation.second,
        second=explanation.first,
        matches=tuple(replace(m, first=m.second, second=m.first) for m in explanation.matches),
    )
    with drawing_style():
        one, other = explanation_page(explanation), explanation_page(swapped)
    for mine, theirs in ((0, 2), (1, 3), (2, 0), (3, 1)):  # painting and colours of each side
        np.testing.assert_array_equal(one.axes[mine].images[0].get_array(), other.axes[theirs].images[0].get_array())


@pytest.mark.parametrize("name", ["why.png", "why.jpg"])
def test_it_is_written_whole_at_a_good_size(explanation, tmp_path, name):
    write_explanation(explanation, tmp_path / "new" / name)
    assert Image.open(tmp_path / "new" / name).width > 1500
    with pytest.raises(PictureFileError, match=r"\.png or \.jpg"):
        write_explanation(explanation, tmp_path / "why.tiff")


def test_lines_of_regions_in_one_row_lie_apart(explanation):
    box = (0.0, 0.0, 0.25, 0.25)
    rows = replace(explanation, matches=tuple(replace(match, first=box, second=box) for match in explanation.matches))
    with drawing_style():
        figure = explanation_page(rows)
    heights = {round(float(line.get_ydata()[0]), 4) for line in figure.get_children() if isinstance(line, Line2D)}
    assert len(heights) == len(explanation.matches)


def test_the_number_of_a_region_of_a_strip_stands_outside_it(explanation, tmp_path):
    Image.new("RGB", (1200, 80), "grey").save(tmp_path / "strip.jpg")
    strip = replace(explanation, first=replace(explanation.first, path=str(tmp_path / "strip.jpg")))
    with drawing_style():
        figure = explanation_page(strip)
        labels = {(axes, text.get_va()) for axes in (figure.axes[0], figure.axes[2]) for text in axes.texts}
    assert labels == {(figure.axes[0], "bottom"), (figure.axes[2], "top")}
