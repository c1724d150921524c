from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from morelli.looking.verdict_scale import draw_scale


@pytest.mark.parametrize(("log10_lr", "limits"), [(0.5, (-1.7, 1.7)), (-1.2, (-1.2, 2.4)), (0.0, (0.0, 0.0))])
def test_the_mark_stands_at_the_ratio_between_the_limits(verdict_of, log10_lr, limits):
    figure = Figure()
    found = replace(verdict_of(0.5), log10_lr=log10_lr, log10_lr_limits=limits, log10_lr_decided=(None, None))
    draw_scale(figure, found, left=20, bottom=20, width=400, page=(440, 100))
    (axes,) = figure.axes
    low, high = axes.get_xlim()
    assert (low, high) == (min(limits[0], -0.1), max(limits[1], 0.1))
    assert {float(line.get_xdata()[0]) for line in axes.lines} == {log10_lr}
    assert all(low <= tick <= high for tick in axes.get_xticks())
    assert 0.0 in axes.get_xticks()


@pytest.mark.parametrize("decided", [(None, None), (-0.3, 0.4), (None, 1.1), (-1.0, None)])
def test_a_line_stands_where_either_decision_begins(verdict_of, decided):
    figure = Figure()
    found = replace(verdict_of(0.5), log10_lr=0.2, log10_lr_limits=(-1.7, 1.7), log10_lr_decided=decided)
    draw_scale(figure, found, left=20, bottom=20, width=400, page=(440, 100))
    lines = [line.get_xdata() for line in figure.axes[0].lines if len(line.get_xdata()) == 2]
    assert [float(x[0]) for x in lines] == [place for place in decided if place is not None]
    assert all(x[0] == x[1] for x in lines)
