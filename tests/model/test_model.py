"""A model folder in use, on the pictures of the made-up studio."""

import json
import shutil
from hashlib import sha256

import numpy as np
import pytest
from tests.conftest import reseal

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import ModelError, PictureError
from morelli.model.embedding_table import list_pictures
from morelli.model.model import load


@pytest.fixture(scope="module")
def model(tiny_model):
    return load(tiny_model)


@pytest.fixture(scope="module")
def pictures(studio_folder):
    return list_pictures([studio_folder])[:12]


def test_the_export_is_the_network(tiny_model, model, pictures):
    """Torch with the best weights and OpenVINO with the exported file say the same."""
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file

    from morelli.systems.read import check_system
    from morelli.training.tower import TowerNetwork

    system = check_system(model.folder.description.system, place="model")
    network = TowerNetwork(system.network, size=system.view.size)
    network.load_state_dict(load_file(tiny_model.parent / "training" / "best.safetensors"))
    pixels = np.concatenate([model.view.open(p).pixels for p in pictures])
    with torch.inference_mode():
        wanted = network.eval()(torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255).numpy()
    np.testing.assert_allclose(model.encode(pictures), wanted, atol=1e-4)
    assert wanted.std() > 0


@pytest.mark.parametrize("text", ["[]", '"x"', "[" * 100_000, '{"schema": ' + "9" * 5000 + "}", ""])
def test_a_hand_altered_calibration_is_refused(model, tmp_path, text):
    folder = tmp_path / "m"
    shutil.copytree(model.folder.path, folder)
    (folder / "calibration.json").write_text(text)
    reseal(folder, lambda d: d | {"files": d["files"] | {"calibration.json": sha256(text.encode()).hexdigest()}})
    with pytest.raises(ModelError, match=r"calibration\.json"):
        _ = load(folder, threads=1).decision


def test_embeddings_keep_their_order_whatever_the_batch(model, pictures):
    together = model.encode(pictures)
    alone = np.concatenate([model.encode([p]) for p in pictures])
    np.testing.assert_allclose(together, alone, atol=1e-5)
    np.testing.assert_allclose(model.encode(pictures[::-1]), together[::-1], atol=1e-5)
    assert model.encode([]).shape == (0, model.width)


def test_the_encoder_refuses_what_it_does_not_read(model):
    for bad in (
        np.zeros((1, 16, 16, 3), np.uint8),
        np.zeros((1, 32, 32, 3), np.float32),
        np.zeros((32, 32, 3), np.uint8),
    ):
        with pytest.raises(ModelError, match="the encoder reads uint8 pictures"):
            model.encoder.encode(bad)


def test_a_bad_picture_is_named_and_a_stream_goes_on(model, pictures, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"")
    with pytest.raises(PictureError, match=r"bad\.jpg"):
        model.encode([pictures[0], bad])
    embedded = model.embed([pictures[0], bad, pictures[1]])
    assert embedded.usable.tolist() == [True, False, True]
    assert np.isnan(embedded.embeddings[1]).all()
    np.testing.assert_allclose(embedded.embeddings[[0, 2]], model.encode(pictures[:2]), atol=1e-5)


def test_scores_are_a_loop_over_pairs(model, pictures):
    pairs = [(pictures[i], pictures[j]) for i, j in ((0, 1), (3, 3), (5, 2))]
    wanted = [float(model.similarity(model.encode([a]), model.encode([b]))[0]) for a, b in pairs]
    assert model.score(pairs) == pytest.approx(wanted, abs=1e-5)
    assert model.score([(b, a) for a, b in pairs]) == pytest.approx(wanted, abs=1e-5)


@pytest.mark.parametrize("file", ["encoder.onnx", "calibration.json", "trained-on.json", "history.csv", "card.md"])
def test_one_changed_byte_stops_the_load(tiny_model, tmp_path, file):
    copy = shutil.copytree(tiny_model, tmp_path / "copy")
    data = bytearray((copy / file).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / file).write_bytes(data)
    with pytest.raises(ModelError, match=f"{file}: is not the file that was written"):
        load(copy)


def test_the_model_knows_whom_it_saw_and_as_what(model, studio_folder):
    from morelli.model.calibrate import artist_names
    from morelli.model.seen import digest_file
    from morelli.protocol.split import make_split

    catalogue = Catalogue.read(studio_folder)
    part = make_split(catalogue, shares=(0.4, 0.2, 0.2, 0.2)).assign(catalogue)
    seen = model.trained_on
    roles = {"train": "train", "test-seen": "train", "validation": "validation", "calibration": "calibration"}
    for name, where in zip(artist_names(catalogue), part, strict=True):
        assert seen.role_of_artist(name) == roles.get(where)
    for row, where in enumerate(part):
        wanted = where if where in ("train", "validation", "calibration") else None
        assert seen.role_of_picture(digest_file(catalogue.file(row))) == wanted


def test_the_calibration_file_is_plain(tiny_model):
    found = json.loads((tiny_model / "calibration.json").read_text())
    assert set(found) == {"alone"}
    assert set(found["alone"]["calibrations"]) == {"random", "style-matched"}
