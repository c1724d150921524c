from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import numpy as np
import pytest

from morelli.protocol.estimate import Estimate
from morelli.report.curves import Reliability, roc, tippett
from morelli.report.figures import (
    Line,
    Mark,
    RocLine,
    estimates_panel,
    histogram_panel,
    lines_panel,
    reliability_panel,
    roc_panel,
    tippett_panel,
)
from morelli.report.palette import COLOURS, INK, SEEN, SERIES, UNSEEN

NAN = float("nan")


def draw_estimates() -> str:
    estimate = Estimate(value=0.7, low=0.65, high=0.75, n_pairs=10, n_artists=5)
    marks = [
        Mark(label="seen, $random$ <b>", estimate=estimate, colour=SEEN),
        Mark(label="none", estimate=Estimate(value=NAN, low=NAN, high=NAN, n_pairs=0, n_artists=0), colour=UNSEEN),
    ]
    return estimates_panel(marks, name="a", title="Accuracy <&>", chance=0.5)


def draw_roc() -> str:
    curve = roc(np.array([0.9, 0.4, 0.4, 0.1]), np.array([True, True, False, False]))
    return roc_panel([RocLine(label="seen", curve=curve, colour=SEEN)], name="b", title="ROC")


def draw_histogram() -> str:
    rng = np.random.default_rng(0)
    similarity, same = rng.normal(size=100), np.arange(100) % 2 == 0
    edges = np.linspace(-3, 3, 21)
    return histogram_panel(similarity, same, edges=edges, threshold=-0.25, colour=SEEN, name="c", title="Scores")


def draw_reliability() -> str:
    one = np.array([0.3, 0.8])
    bins = Reliability(
        probability=one, observed=one, low=one - 0.1, high=np.array([0.4, NAN]), n_pairs=np.array([12, 40_000])
    )
    return reliability_panel(bins, colour=UNSEEN, name="d", title="Reliability")


def draw_tippett() -> str:
    rng = np.random.default_rng(0)
    same = np.arange(60) % 2 == 0
    return tippett_panel(tippett(rng.normal(np.where(same, 1.0, -1.0)), same), colour=SEEN, name="f", title="Tippett")


def draw_lines() -> str:
    x = np.arange(1.0, 6.0)
    lines = [
        Line(label="train", x=x, y=1 / x, colour=INK),
        Line(label="validation", x=x, y=np.array([1, NAN, 0.5, 0.4, NAN]), colour=UNSEEN),
    ]
    return lines_panel(lines, name="e", title="Loss", x_label="epoch", y_label="loss", scale="log", rings=[(4.0, 0.4)])


ALL = (draw_estimates, draw_roc, draw_histogram, draw_reliability, draw_lines, draw_tippett)


@pytest.mark.parametrize("draw", ALL)
def test_a_panel_is_one_sound_svg_element_with_nothing_from_outside(draw: Callable[[], str]) -> None:
    text = draw()
    root = ET.fromstring(text)
    assert root.tag == "svg"
    assert "://" not in text
    assert "xlink" not in text
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert all(one.startswith(f"{ids[0][0]}-") for one in ids)
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', text)) <= set(ids)


@pytest.mark.parametrize("draw", ALL)
def test_a_panel_is_the_same_every_time(draw: Callable[[], str]) -> None:
    assert draw() == draw()


@pytest.mark.parametrize("draw", ALL)
def test_a_panel_takes_every_colour_from_the_page(draw: Callable[[], str]) -> None:
    text = draw()
    variables = {f"--{one.name}" for one in (*COLOURS, *SERIES)}
    assert set(re.findall(r"var\((--[^)]+)\)", text)) <= variables
    assert not re.findall(r"(?:fill|stroke): #[0-9a-f]{6}", text)
    assert "font-family" not in text


def test_a_panel_says_what_it_shows_to_those_who_cannot_see_it() -> None:
    root = ET.fromstring(draw_estimates())
    title, description = root.find("title"), root.find("desc")
    assert title is not None
    assert title.text == "Accuracy <&>"
    assert description is not None
    assert "0.700 [0.650, 0.750]" in str(description.text)
    assert root.get("role") == "img"


def test_a_tippett_plot_says_how_much_evidence_misleads() -> None:
    llr = np.log(np.array([10.0, 0.5, 2.0, 4.0, 0.1, 0.2, 3.0, 1.0]))
    same = np.array([True, True, True, True, False, False, False, False])
    text = tippett_panel(tippett(llr, same), colour=SEEN, name="g", title="Tippett")
    description = ET.fromstring(text).find("desc")
    assert description is not None
    # One same-artist pair below 1; of the different-artist pairs one above it, and one at 1 says nothing.
    assert description.text == (
        "misleading: 0.250 of the same-artist pairs have a ratio below 1, 0.250 of the different-artist pairs above 1"
    )
    for all_low in (np.full(8, -1.0), np.where(same, -1.0, -2.0)):
        assert "1.000 of the same-artist pairs have a ratio below 1, 0.000" in tippett_panel(
            tippett(all_low, same), colour=SEEN, name="g", title="Tippett"
        )


def test_labels_are_words_and_never_formulas() -> None:
    words = {"".join(one.itertext()) for one in ET.fromstring(draw_estimates()).iter("text")}
    assert "seen, $random$ <b>" in words
    assert {"12", "40k"} <= {"".join(one.itertext()) for one in ET.fromstring(draw_reliability()).iter("text")}
    assert {"0.2", "0.5", "1"} <= {"".join(one.itertext()) for one in ET.fromstring(draw_lines()).iter("text")}


def test_settings_of_the_caller_are_left_alone() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    draw_lines()
    assert dict(mpl.rcParams) == before


def test_a_curve_of_a_single_epoch_and_no_curve_at_all() -> None:
    one = Line(label="train", x=np.array([1.0]), y=np.array([0.5]), colour=INK)
    assert "<svg" in lines_panel([one], name="f", title="Loss", x_label="epoch", y_label="loss")
    nothing = Line(label="train", x=np.array([1.0]), y=np.array([NAN]), colour=INK)
    assert "no values" in lines_panel([nothing], name="f", title="Loss", x_label="epoch", y_label="loss")
