from dataclasses import replace

import numpy as np
import pytest

from morelli.model.known_range import KnownRange
from morelli.pictures.border import Border
from morelli.pictures.observe import observe
from morelli.pictures.open import Decoded
from morelli.pictures.view import View
from morelli.studio.studio import Studio
from morelli.verdict.warnings import pair_warnings, picture_warnings, range_warnings, warnings_of

VIEW = View("whole", 224)


@pytest.fixture(scope="module")
def observations():
    studio = Studio(seed=3, painters=12)
    paintings = [studio.paint(painter, 0, size=256) for painter in (1, 2)]
    return [observe(Decoded(pixels=p, original_size=(256, 256))) for p in paintings]


def test_nothing_is_said_of_two_good_pictures(observations):
    assert warnings_of("a", observations[0], "b", observations[1], view=VIEW) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"size": (200, 900)}, "a.jpg has 200 x 900 px; the model looks at 224 px a side"),
        ({"quality": 12}, "a.jpg was heavily compressed (JPEG, quality 12)"),
        ({"blockiness": 6.0, "quality": 95}, "a.jpg was heavily compressed (its blocks show)"),
        (
            {"border": Border(kind="plain", widths=(0.1, 0, 0.052, 0))},
            "a.jpg has a frame or border (top 0.10, bottom 0.05 of its height); crop it",
        ),
        (
            {"cut": (0.1, 0, 0.052, 0)},
            "a.jpg was cropped to what is inside its frame or border (top 0.10, bottom 0.05 of its height), as asked",
        ),
        (
            {"border": Border(kind="moulded", widths=(0.05, 0.1, 0.05, 0.1))},
            "(top 0.05, bottom 0.05 of its height; left 0.10, right 0.10 of its width)",
        ),
        (
            {"border": Border(kind="plain", widths=(0.2, 0.2, 0.2, 0.2))},
            "a.jpg has a wall or a wide margin around the painting, which fills about 0.36 of it",
        ),
    ],
)
def test_each_thing_is_said_in_its_words(observations, changes, words):
    (found,) = picture_warnings("a.jpg", replace(observations[0], **changes), view=VIEW)
    assert words in found
    assert "%" not in found  # nothing but a probability is a percentage


def test_a_narrow_border_is_not_worth_a_word(observations):
    seen = replace(observations[0], border=Border(kind="plain", widths=(0.016, 0, 0, 0.016)))
    assert picture_warnings("a.jpg", seen, view=VIEW) == []


def test_grey_beside_colour_and_one_painting_twice(observations):
    one, other = observations
    (found,) = pair_warnings("a.jpg", one, "b.jpg", replace(other, colourless=True))
    assert found.startswith("b.jpg is greyscale or of one tint and a.jpg is in colour")
    assert pair_warnings("a.jpg", replace(one, colourless=True), "b.jpg", replace(other, colourless=True)) == []
    (found,) = pair_warnings("a.jpg", one, "b.jpg", one)
    assert found.startswith("the two are the same picture")


def test_of_a_flat_picture_only_that_is_said():
    flat = observe(Decoded(pixels=np.full((256, 256, 3), 90, np.uint8), original_size=(256, 256)))
    (found,) = picture_warnings("a.jpg", flat, view=VIEW)
    assert found.startswith("a.jpg is of one flat colour")


def test_what_is_beyond_the_known_range_is_said():
    known = KnownRange(length=0.2, pictures=4000)
    names, words = (
        ["a.jpg", "b.jpg"],
        "is outside the range of the training data: less like it than all but 1 in 200 of 4,000",
    )
    assert range_warnings(names, np.array([False, False]), known) == []
    assert range_warnings(names, np.array([True, True]), None) == []
    assert range_warnings(names, np.array([False, True]), known) == [f"b.jpg {words} pictures by other artists"]
    assert len(range_warnings(["a.jpg", "a.jpg"], np.array([True, True]), known)) == 1  # one picture, twice
