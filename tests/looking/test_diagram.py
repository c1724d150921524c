"""A diagram can be read: every word is inside the page, and no word lies on another."""

import io
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest
from PIL import Image
from tests.looking.test_describe import KINDS

from morelli.looking.describe import describe_system
from morelli.looking.diagram import draw_diagram
from morelli.report.drawing import drawing_style, svg_text
from morelli.systems.read import read_system, system_names

ALL = [describe_system(system, artists=1584) for system in (*map(read_system, system_names()), *KINDS.values())]
NAMES = [*system_names(), *KINDS]


def words_of(figure):
    """Every word on a figure with its box in points."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(72)
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = [text for axes in figure.axes for text in axes.texts if text.get_text()]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


@pytest.mark.parametrize("diagram", ALL, ids=NAMES)
def test_every_word_is_on_the_page_and_on_no_other(diagram):
    with drawing_style():
        figure = draw_diagram(diagram)
        words = words_of(figure)
    width, height = figure.get_size_inches() * 72
    for text, box in words:
        assert box.x0 >= 4, text
        assert box.y0 >= 4, text
        assert box.x1 <= width - 4, text
        assert box.y1 <= height - 4, text
    for (one, a), (other, b) in combinations(words, 2):
        apart = a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 + 1.5 or b.y1 <= a.y0 + 1.5
        assert apart, (one, other)


@pytest.mark.parametrize("diagram", ALL, ids=NAMES)
def test_no_box_lies_on_another_and_every_word_of_a_box_is_in_it(diagram):
    with drawing_style():
        figure = draw_diagram(diagram)
        words = words_of(figure)
    [axes] = figure.axes
    boxes = [patch.get_window_extent() for patch in axes.patches if type(patch).__name__ != "FancyArrowPatch"]
    for a, b in combinations(boxes, 2):
        assert a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 or b.y1 <= a.y0
    said = {text for join in diagram.joins for text in (join.box.title, *join.box.does)}
    said |= {text for box in diagram.tail for text in (box.title, *box.does)}
    trunk = {text for box in diagram.trunk for text in (box.title, *box.does)}
    for text, box in words:
        if text in said - trunk:
            assert any(b.x0 < box.x0 and box.x1 < b.x1 and b.y0 < box.y0 and box.y1 < b.y1 for b in boxes), text


@pytest.mark.parametrize("diagram", ALL, ids=NAMES)
def test_it_says_all_that_the_boxes_say(diagram):
    with drawing_style():
        svg = svg_text(draw_diagram(diagram))
    said = {"".join(one.itertext()).strip() for one in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}
    boxes = [*diagram.trunk, *(join.box for join in diagram.joins), *diagram.tail]
    for box in boxes:
        assert box.title in said
        assert set(box.does) <= said
        assert box.parameters is None or f"{box.parameters:,}" in said
    assert {" × ".join(f"{n:,}" for n in box.gives) for box in diagram.trunk if box.gives} <= said
    assert {diagram.title, *diagram.branches, *diagram.notes} <= said
    assert any(text.startswith(f"{diagram.parameters:,} trained parameters") for text in said)


def test_it_is_wide_enough_for_a_page_and_the_same_every_time():
    diagram = describe_system(read_system("triplet-cnn"))
    pictures = []
    for _ in range(2):
        with drawing_style():
            buffer = io.BytesIO()
            figure = draw_diagram(diagram)
            figure.savefig(buffer, format="png", dpi=72, metadata={"Software": None})
        pictures.append(buffer.getvalue())
    assert pictures[0] == pictures[1]
    assert 700 <= Image.open(io.BytesIO(pictures[0])).width <= 1100  # 8 points and more stay 8 px and more
