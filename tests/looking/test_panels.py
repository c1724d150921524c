import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from morelli.looking.panels import WIDTH, Foot, Panel, draw_panels
from morelli.report.drawing import drawing_style

LONG = (
    "Weights that were fine-tuned elsewhere from a layer on, and about which more is to be said than a line can hold. "
    * 2
)


def page_of(rows, foot):
    with drawing_style():
        figure = draw_panels(rows, foot=foot)
        figure.set_dpi(72)
        renderer = FigureCanvasAgg(figure).get_renderer()
        words = [(text.get_text(), text.get_window_extent(renderer)) for text in figure.texts]
        figure.canvas.draw()
    return figure, words


def panel_of(height, width, **more):
    return Panel(pixels=np.full((height, width, 3), 128, np.uint8), **more)


@pytest.mark.parametrize("columns", [1, 2, 4])
def test_every_word_is_on_the_page_under_its_own_picture(columns):
    rows = [
        [panel_of(80, 100, title=f"picture {n}", words=[LONG, "short"]) for n in range(columns)],
        [panel_of(300, 100, title="W" * 80, words=["W" * 90]) for _ in range(columns)],
    ]
    bar = np.zeros((1, 9, 3), np.uint8)
    figure, words = page_of(rows, Foot(bar=bar, low="none", high="highest", lines=[LONG, LONG]))
    width, height = figure.get_size_inches() * 72
    for text, box in words:
        if "W" not in text:  # the widest letter of all, eighty times: cut short, perhaps not short enough
            assert box.x0 >= 8, text
            assert box.x1 <= width - 8, text
        assert box.y0 >= 4, text
        assert box.y1 <= height - 4, text
    captions = [box for text, box in words if text.startswith("Weights that were")]
    assert all(box.width <= WIDTH for box in captions[: -2 if columns > 1 else None])
    said = " ".join(text for text, _ in words)
    assert said.count("about which more") >= columns + 2


def test_pictures_keep_their_proportions_and_stand_on_one_line():
    row = [panel_of(100, 200, title="wide"), panel_of(900, 300, title="tall"), panel_of(50, 50, title="square")]
    figure, _ = page_of([row], Foot())
    width, height = figure.get_size_inches()
    boxes = [axes.get_position() for axes in figure.axes]
    assert len(boxes) == 3  # no bar was asked for
    for box, panel in zip(boxes, row, strict=True):
        tall, wide = panel.pixels.shape[:2]
        assert box.width * width / (box.height * height) == pytest.approx(wide / tall)
        assert box.width * width * 72 <= WIDTH + 1e-6
        assert box.y0 == pytest.approx(boxes[0].y0)


def test_an_outline_and_a_frame_lie_where_they_are_said_to():
    heat = np.zeros((40, 60))
    heat[:20, 30:] = 1  # upper right
    row = [panel_of(40, 60, title="x", outline=(heat, 0.5), square=(0.25, 0, 0.75, 1))]
    figure, _ = page_of([row], Foot())
    [axes] = figure.axes
    lines = np.concatenate([path.vertices for one in axes.collections for path in one.get_paths()])
    assert lines[:, 0].min() == pytest.approx(0.5, abs=0.02)
    assert lines[:, 1].max() == pytest.approx(0.5, abs=0.02)
    frame = axes.lines[-1].get_xydata()
    assert (frame.min(axis=0).tolist(), frame.max(axis=0).tolist()) == ([0.25, 0], [0.75, 1])
    assert axes.get_ylim() == (1, 0)  # y grows downwards, as in the picture
