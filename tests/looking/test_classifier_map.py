"""Maps of trained classifiers against autograd by hand, and their page from the command line."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.catalogue.catalogue import Catalogue  # noqa: E402
from morelli.catalogue.names import normalise_artist  # noqa: E402
from morelli.errors import ModelError  # noqa: E402
from morelli.looking.classifier_map import artist_logits, artist_maps  # noqa: E402
from morelli.looking.classifier_page import output_names  # noqa: E402
from morelli.looking.onnx_network import read_onnx  # noqa: E402
from morelli.looking.rebuild import find_maps  # noqa: E402
from morelli.model.folder import ENCODER  # noqa: E402
from morelli.model.model import load  # noqa: E402


@pytest.fixture(scope="module")
def model(classifier_model):
    return load(classifier_model[0], precision="float32")


@pytest.fixture(scope="module")
def paintings(model, studio_folder):
    files = sorted(studio_folder.rglob("*.jpg"))[:3]
    return np.concatenate([model.view.open(file).pixels for file in files])


def test_the_maps_are_those_of_autograd_by_hand(model, paintings):
    found = artist_maps(model, paintings, outputs=[2, None, 5])
    network = read_onnx(model.folder.read(ENCODER), name="n")
    names = artist_logits(network, paintings[:1])
    assert len(names) == 2
    wanted, chances = [], []
    for name in names:
        (plane,) = find_maps(network, paintings[:1], wanted=name)
        with torch.no_grad():
            (values,) = network.run({"pictures": torch.from_numpy(paintings)}, [plane])
        values = values.clone().requires_grad_()
        (logits,) = network.run({"pictures": torch.from_numpy(paintings), plane: values}, [name])
        logits[torch.arange(3), torch.from_numpy(found.shown)].sum().backward()
        wanted.append((values.grad * values).sum(dim=1).detach().numpy())
        chances.append(logits.softmax(dim=1).detach().numpy())
    np.testing.assert_allclose(found.values, np.mean(wanted, axis=0), rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(found.chances, np.mean(chances, axis=0), rtol=1e-4, atol=1e-7)
    np.testing.assert_allclose(found.chances, model.encoder.encode(paintings), atol=1e-4)
    np.testing.assert_array_equal(found.top, found.chances.argmax(axis=1))
    assert found.shown.tolist() == [2, found.top[1], 5]
    assert not found.is_grad_cam  # the tower flattens its last map


def test_an_output_has_the_artist_who_raises_it(classifier_model, model, studio_folder):
    """By the catalogue of the training, whose artists a model knows by hashes alone; another catalogue is refused."""
    _, artists = classifier_model
    catalogue = Catalogue.read(studio_folder)
    assert output_names(model, catalogue, outputs=len(artists)) == artists
    others = catalogue.select(np.array([normalise_artist(name) != artists[0] for name in catalogue.artist]))
    with pytest.raises(ModelError, match=rf"has {len(artists) - 1} of the {len(artists)} artists"):
        output_names(model, others, outputs=len(artists))


def test_a_model_without_outputs_of_artists_says_so(tiny_model, studio_folder):
    siamese = load(tiny_model, precision="float32")
    pixels = siamese.view.open(next(studio_folder.rglob("*.jpg"))).pixels
    with pytest.raises(ModelError, match="has no outputs of artists"):
        artist_maps(siamese, pixels, outputs=[None])
