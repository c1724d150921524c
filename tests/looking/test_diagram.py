"""A diagram can be read: every word is inside the page, and no word lies on another."""

import io
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest
from PIL import Image

from morelli.looking.boxes import Box, Diagram, Join, describe_system
from morelli.looking.diagram import draw_diagram
from morelli.report.drawing import drawing_style, svg_text
from morelli.systems.read import read_system, system_names

PICTURE = Box(title="picture", does=("whole view",), gives=(3, 299, 299), look="picture")
FROZEN = Diagram(
    title="frozen: a backbone and a fully connected siamese net",
    branches=("a painting", "another painting"),
    trunk=(
        PICTURE,
        Box(title="xception", does=("frozen", "block14"), gives=(2048, 10, 10), look="maps"),
        Box(title="pooled", does=("mean of the map",), gives=(2048,)),
        Box(title="dense", does=("linear, ReLU",), gives=(512,), parameters=1_049_088),
    ),
    joins=(
        Join(box=Box(title="product", look="join"), branches=(0, 1)),
        Join(box=Box(title="|a − b|", look="join"), branches=(0, 1)),
        Join(box=Box(title="(a − b)²", look="join"), branches=(0, 1)),
    ),
    tail=(
        Box(title="dense", does=("1,536 → 128, ReLU",), parameters=196_736),
        Box(title="same artist?", does=("128 → 1, sigmoid", "cross-entropy"), parameters=129, look="loss"),
    ),
)
CLASSIFIER = Diagram(
    title="softmax-dot",
    branches=("a painting", "another painting"),
    trunk=(
        PICTURE,
        Box(
            title="block 1",
            does=("2 × conv 3×3", "BatchNorm, PReLU"),
            gives=(16, 128, 128),
            parameters=3_024,
            look="maps",
        ),
        Box(title="artists", does=("linear, softmax",), gives=(1_584,), parameters=3_245_616),
    ),
    joins=(Join(box=Box(title="dot", does=("of the two", "softmax vectors"), look="join"), branches=(0, 1)),),
)
ALL = [*(describe_system(read_system(name)) for name in system_names()), FROZEN, CLASSIFIER]


def words_of(figure):
    """Every word on a figure with its box in points."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.set_dpi(72)
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = [text for axes in figure.axes for text in axes.texts if text.get_text()]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


@pytest.mark.parametrize("diagram", ALL, ids=lambda diagram: diagram.title.split(":")[0])
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


@pytest.mark.parametrize("diagram", ALL, ids=lambda diagram: diagram.title.split(":")[0])
def test_it_says_all_that_the_boxes_say(diagram):
    with drawing_style():
        svg = svg_text(draw_diagram(diagram))
    said = {"".join(one.itertext()).strip() for one in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}
    boxes = [*diagram.trunk, *(join.box for join in diagram.joins), *diagram.tail]
    for box in boxes:
        assert box.title in said
        assert set(box.does) <= said
        assert box.parameters is None or f"{box.parameters:,}" in said
    assert {" × ".join(f"{n:,}" for n in box.gives) for box in diagram.trunk} <= said
    assert {diagram.title, *diagram.branches, *diagram.notes, f"{diagram.parameters:,} trained parameters"} <= said


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
