"""The page of an explanation: colours where the values are, regions and lines where the matches are, words that are true."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.lines import Line2D
from PIL import Image

from morelli.looking.explanation_page import explanation_page, shared_heat, smooth, write_explanation
from morelli.looking.picture_file import PictureFileError
from morelli.protocol.calibration import LogisticCalibration
from morelli.protocol.operating_point import OperatingPoint
from morelli.report.drawing import drawing_style
from morelli.verdict.compare import HYPOTHESES, read_similarity
from morelli.verdict.explanation import Explanation, Match, Side

WHOLE = (0.0, 0.0, 1.0, 1.0)


def verdict(similarity):
    return read_similarity(
        similarity,
        calibration=LogisticCalibration(slope=8.0, intercept=-1.0, bound=np.log(51), n_pairs=800, n_artists=50),
        artists=None,
        point=OperatingPoint(upper=0.3, lower=0.0, achieved={}, artist_pairs=99, artists=0, remark=""),
        name="balanced",
        negatives="style-matched",
        hypotheses=HYPOTHESES["style-matched"],
        prior=0.5,
        warnings=["b.jpg has a frame or border (top 5 % of its height); crop it to the painting"],
        model="a model 0123",
    )


@pytest.fixture
def found(tmp_path, rng):
    paths = []
    for name, shape in (("a.jpg", (90, 120, 3)), ("b.jpg", (150, 100, 3))):
        Image.fromarray(rng.integers(60, 200, shape, dtype=np.uint8)).save(tmp_path / name)
        paths.append(str(tmp_path / name))
    first, second = rng.normal(size=(4, 4)), rng.normal(size=(4, 4))
    return Explanation(
        method="exact",
        verdict=verdict(0.5),
        first=Side(path=paths[0], seen=WHOLE, values=first, held=0.5 - first.sum()),
        second=Side(path=paths[1], seen=WHOLE, values=second, held=0.5 - second.sum()),
        cohort=True,
        matches=(
            Match(first=(0.0, 0.0, 0.25, 0.25), second=(0.5, 0.5, 0.75, 0.75), value=0.2),
            Match(first=(0.5, 0.5, 0.75, 0.75), second=(0.0, 0.0, 0.25, 0.25), value=0.1),
        ),
    )


def words_of(figure):
    return [text.get_text() for text in [*figure.texts, *(t for axes in figure.axes for t in axes.texts)]]


def test_enlarging_keeps_the_range_the_mass_and_the_place(rng):
    values = rng.normal(size=(4, 6))
    big = smooth(values, height=200, width=360)
    assert values.min() <= big.min() <= big.max() <= values.max()
    np.testing.assert_allclose(smooth(np.full((3, 3), 2.5), height=31, width=17), 2.5)
    spot = np.zeros((4, 6))
    spot[1, 4] = 1
    at = np.unravel_index(smooth(spot, height=200, width=360).argmax(), (200, 360))
    assert (at[0] // 50, at[1] // 60) == (1, 4)
    assert smooth(spot, height=200, width=360).mean() == pytest.approx(spot.mean(), rel=1e-3)
    np.testing.assert_allclose(smooth(values.T, height=360, width=200), big.T, atol=1e-12)


def test_both_paintings_share_one_measure_and_what_is_not_read_stays_grey(found):
    side = replace(found.second, seen=(0.0, 0.25, 1.0, 0.75), values=-np.ones((4, 4)))
    strong = replace(found.first, values=np.full((4, 4), 2.0))
    one, other = shared_heat([strong, side], [(90, 120), (150, 100)])
    assert one.shape == (90, 120)
    np.testing.assert_allclose(one, 0.9)
    np.testing.assert_allclose(other[38:112], -0.45)
    np.testing.assert_array_equal(other[:36], 0)
    nothing = replace(found.first, values=np.zeros((4, 4)))
    assert not any(heat.any() for heat in shared_heat([nothing, nothing], [(9, 12), (15, 10)]))


def test_the_words_say_what_was_found(found):
    with drawing_style():
        words = words_of(explanation_page(found))
    text = " ".join(words).replace("−", "-")
    assert words[0] == "The same artist"
    support = found.verdict.support
    assert f"{support[0].upper()}{support[1:]}. Likelihood ratio" in text
    assert f"probability of one artist {found.verdict.probability:.0%}, if it was 50% before looking" in text
    assert f"add up to {found.first.values.sum():+.3f}, of the right one to {found.second.values.sum():+.3f}" in text
    assert "(1: 0.200, 2: 0.100)" in text
    assert "the similarity, 0.500" in text
    assert "Warning: b.jpg has a frame" in text
    assert "no test of authenticity" in text
    speaks = found.first.values.clip(0).sum()
    assert f"for one hand {speaks:.3f}, against {speaks - found.first.values.sum():.3f}" in text
    assert [word for word in words if word in ("1", "2")] == ["1", "2", "1", "2"]


def test_words_of_occlusion_claim_no_sum(found):
    tried = replace(found, method="occlusion", cohort=False, matches=(), verdict=verdict(-0.5))
    with drawing_style():
        words = words_of(explanation_page(tried))
    assert words[0] == "Different artists"
    text = "\n".join(words)
    assert "By trial" in text
    assert "do not add up" in text
    assert "for one hand 0." not in text
    assert "No two regions are much alike" in text


def test_lines_lead_from_region_to_region(found):
    with drawing_style():
        figure = explanation_page(found)
        left, right = figure.axes[0], figure.axes[2]
        lines = [line for line in figure.get_children() if isinstance(line, Line2D)]
        ends = {tuple(np.round(line.get_xydata().ravel(), 6)) for line in lines}
    to_page = figure.transFigure.inverted()
    wanted = set()
    for match in found.matches:
        start = to_page.transform(left.transData.transform((match.first[2], (match.first[1] + match.first[3]) / 2)))
        stop = to_page.transform(right.transData.transform((match.second[0], (match.second[1] + match.second[3]) / 2)))
        wanted.add(tuple(np.round([*start, *stop], 6)))
    assert ends == wanted


def test_swapping_the_pictures_mirrors_the_page(found):
    swapped = replace(
        found,
        first=found.second,
        second=found.first,
        matches=tuple(replace(m, first=m.second, second=m.first) for m in found.matches),
    )
    with drawing_style():
        one, other = explanation_page(found), explanation_page(swapped)
    for mine, theirs in ((0, 2), (1, 3), (2, 0), (3, 1)):  # painting and colours of each side
        np.testing.assert_array_equal(one.axes[mine].images[0].get_array(), other.axes[theirs].images[0].get_array())


@pytest.mark.parametrize("name", ["why.png", "why.jpg"])
def test_it_is_written_whole_at_a_good_size(found, tmp_path, name):
    write_explanation(found, tmp_path / "new" / name)
    assert Image.open(tmp_path / "new" / name).width > 1500
    with pytest.raises(PictureFileError, match=r"\.png or \.jpg"):
        write_explanation(found, tmp_path / "why.tiff")
