import shutil

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.errors import ModelError  # noqa: E402
from morelli.looking import rebuild as module  # noqa: E402
from morelli.looking.rebuild import check_rebuilt, onnx_weights, rebuild, rebuild_tower  # noqa: E402
from morelli.model.folder import ENCODER  # noqa: E402
from morelli.model.model import load  # noqa: E402
from morelli.systems.read import check_system, read_system  # noqa: E402
from morelli.training.export import export_encoder  # noqa: E402
from morelli.training.tower import TowerNetwork  # noqa: E402


@pytest.fixture(scope="module")
def model(tiny_model):
    return load(tiny_model)


@pytest.fixture
def pictures(model, studio_folder):
    return np.concatenate([model.view.open(file).pixels for file in sorted(studio_folder.rglob("*.jpg"))[:4]])


def test_it_embeds_as_the_folder_does(model, pictures):
    rebuilt = rebuild(model, pictures)
    got = rebuilt.head(rebuilt.maps(pictures)).numpy()
    wanted = model.encoder.encode(pictures)
    np.testing.assert_allclose(got, wanted, atol=1e-4 * wanted.std())
    assert rebuilt.maps(pictures).shape == (4, 8, 8, 8)
    assert rebuilt.layer == "block 2"


@pytest.mark.parametrize("folded", [True, False])
def test_it_is_the_trained_network_with_its_norms_folded_or_not(rng, folded):
    system = read_system("demo-cnn", changes=["view.size=32", "network.embedding=6"])
    torch.manual_seed(0)
    network = TowerNetwork(system.network, size=32).eval()
    for norm in network.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(norm.weight, 0.5, 2)
            torch.nn.init.normal_(norm.bias)
            torch.nn.init.normal_(norm.running_mean)
            torch.nn.init.uniform_(norm.running_var, 0.5, 2)
    if folded:
        weights = onnx_weights(export_encoder(network, size=32), name="x")
        assert not any(name.endswith("running_mean") for name in weights)
    else:
        weights = {name: value.numpy() for name, value in network.state_dict().items()}
    rebuilt = rebuild_tower(system, weights)
    pictures = rng.integers(0, 256, (3, 32, 32, 3), dtype=np.uint8)
    with torch.inference_mode():
        wanted = network(torch.from_numpy(pictures).permute(0, 3, 1, 2) / 255)
    torch.testing.assert_close(rebuilt.head(rebuilt.maps(pictures)), wanted, atol=1e-4, rtol=1e-4)


def test_a_network_that_differs_is_not_shown(model, pictures, monkeypatch):
    def altered(data, *, name):
        weights = onnx_weights(data, name=name)
        return weights | {"features.0.bias": weights["features.0.bias"] + 0.5}

    monkeypatch.setattr(module, "onnx_weights", altered)
    with pytest.raises(ModelError, match=r"rebuilt, it differs from its encoder by 0?\.?\d.* not shown"):
        rebuild(model, pictures)


def test_a_similarity_that_differs_is_not_shown(model, pictures):
    rebuilt = rebuild(model, pictures)
    twice = module.Rebuilt(rebuilt.body, rebuilt.head, lambda a, b: 2 * rebuilt.similarity(a, b), "x")
    with pytest.raises(ModelError, match="differs from its encoder by 1 of its size"):
        check_rebuilt(twice, model, pictures)
    assert check_rebuilt(rebuilt, model, pictures) < 1e-4


def test_weights_of_another_shape_are_named(model, pictures, monkeypatch):
    def altered(data, *, name):
        return {n: v for n, v in onnx_weights(data, name=name).items() if n != "features.4.bias"}

    monkeypatch.setattr(module, "onnx_weights", altered)
    with pytest.raises(ModelError, match=r"encoder\.onnx: its weights do not make .*features\.4\.bias"):
        rebuild(model, pictures)


def test_an_embedding_of_another_length_is_refused(model, pictures):
    rebuilt = rebuild(model, pictures)
    shorter = module.Rebuilt(rebuilt.body, torch.nn.Flatten(), rebuilt.similarity, "x")
    with pytest.raises(ModelError, match="rebuilt, it gives 512 values, not 8"):
        check_rebuilt(shorter, model, pictures)


def test_a_kind_of_network_that_is_not_known_is_named(model, pictures, monkeypatch):
    monkeypatch.setattr(module, "_KINDS", {})
    with pytest.raises(ModelError, match="a network of kind Tower cannot be looked into"):
        rebuild(model, pictures)


def test_what_is_no_onnx_file_is_named():
    with pytest.raises(ModelError, match="x: not an ONNX file"):
        onnx_weights(b"\xff\xffnothing", name="x")


def test_the_cells_are_the_towers(model, pictures):
    assert rebuild(model, pictures).cells(size=32).rows.centres(8) == pytest.approx(
        [(2 * n + 1) / 16 for n in range(8)]
    )


def test_a_system_that_this_version_does_not_know_is_an_error(tiny_model, pictures, tmp_path):
    import json

    folder = shutil.copytree(tiny_model, tmp_path / "other")
    text = json.loads((folder / "model.json").read_text())
    text["system"]["network"]["kind"] = "transformer"
    (folder / "model.json").write_text(json.dumps(text))
    with pytest.raises(ModelError, match="its system: network"):
        rebuild(load(folder), pictures)
    assert check_system(load(tiny_model).folder.description.system, place="x").name == "demo-cnn"
    assert ENCODER in load(tiny_model).folder.description.files
