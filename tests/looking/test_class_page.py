"""Against the plain class-activation map, w_k . f(x, y), on a network of random weights and, slowly, on the real ones."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.looking.backbone_map import choose_backbones  # noqa: E402
from morelli.looking.class_page import Looker, Wanted, class_map, class_page  # noqa: E402
from morelli.looking.linear import LinearClasses  # noqa: E402
from morelli.report.drawing import drawing_style  # noqa: E402


def looker_of(name, file, rng, *, names=("anna", "bela", "cora")):
    [backbone] = choose_backbones([name], [file], values="own")
    weight = rng.normal(size=(len(names), backbone.channels)).astype(np.float32)
    return Looker(
        backbone, LinearClasses(weight, np.zeros(len(names), np.float32), names), "about it", {"anna": "Anna A."}
    )


def plain(looker, pixels, name):
    """The class-activation map by a loop over channels, and the probability by hand."""
    maps = looker.backbone.maps(pixels)[0].numpy().astype(np.float64)
    weight = looker.classes.weight.astype(np.float64)
    row = looker.classes.names.index(name)
    total = np.zeros(maps.shape[1:])
    for channel, values in enumerate(maps):
        total += weight[row, channel] * values
    logits = weight @ maps.mean(axis=(1, 2)) + looker.classes.bias
    return total / total.size, float(1 / np.exp(logits - logits[row]).sum())


def test_it_is_the_class_activation_map(lite0_file, studio_folder, rng):
    looker = looker_of("lite0", lite0_file, rng)
    pixels = looker.backbone.view.open(min(studio_folder.rglob("*.jpg"))).pixels
    for name in looker.classes.names:
        found = class_map(looker, pixels, name=name)
        values, chance = plain(looker, pixels, name)
        np.testing.assert_allclose(found.values, values, atol=1e-5 * np.abs(values).max())
        assert (found.name, found.chance) == (name, pytest.approx(chance, abs=1e-6))
    top = class_map(looker, pixels, name=None)
    assert (top.name, top.chance) == (top.top_name, top.top_chance)
    highest = max(plain(looker, pixels, name)[1] for name in looker.classes.names)
    assert top.chance == pytest.approx(highest, abs=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "file"), [("xception", "xception"), ("inception-v3-6c", "inception-v3"), ("lite0", "efficientnet-lite0")]
)
def test_it_is_so_on_real_weights_and_paintings(weights_folder, paintings_full_size, rng, name, file):
    looker = looker_of(name, weights_folder / f"{file}.safetensors", rng)
    for painting in sorted(paintings_full_size.glob("*/*.jpg"))[::12]:
        pixels = looker.backbone.view.open(painting).pixels
        found = class_map(looker, pixels, name="bela")
        values, chance = plain(looker, pixels, "bela")
        np.testing.assert_allclose(found.values, values, atol=1e-5 * np.abs(values).max())
        assert found.chance == pytest.approx(chance, abs=1e-5)


def test_the_page_says_what_it_shows(lite0_file, studio_folder, rng):
    lookers = [looker_of("lite0", lite0_file, rng), looker_of("lite0:stage4", lite0_file, rng)]
    files = sorted(studio_folder.rglob("*.jpg"))[:2]
    with drawing_style():
        page = class_page(files, lookers, [Wanted("anna", "its artist", "held back"), Wanted(None, "top class")])
        words = [text.get_text() for text in page.texts]
    assert words.count("lite0, head") == words.count("lite0, stage4") == 2
    assert "held back" in words
    assert sum(word.startswith("Anna A.: its artist, ") for word in words) == 2
    assert sum("top class, probability" in word for word in words) >= 2  # the second row
    assert words.count("about it") == 2
    assert len(page.axes) == 2 * 3 + 1  # a picture and two maps a row, and the bar


def test_pictures_of_a_row_are_the_same_size_on_one_line(lite0_file, studio_folder, rng):
    lookers = [looker_of("lite0:stage4", lite0_file, rng)] * 2
    with drawing_style():
        page = class_page([min(studio_folder.rglob("*.jpg"))], lookers, [Wanted(None, "top class")])
    boxes = [axes.get_position() for axes in page.axes[:3]]
    assert len({(round(b.y0, 6), round(b.height, 6), round(b.width, 6)) for b in boxes}) == 1
