"""Every system of the report, made tiny: it trains, is exported, and the model is judged, scores and compares."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.catalogue.catalogue import Catalogue  # noqa: E402
from morelli.looking.classifier_map import artist_maps  # noqa: E402
from morelli.model.evaluate import evaluate  # noqa: E402
from morelli.model.model import load  # noqa: E402
from morelli.protocol.split import make_split  # noqa: E402
from morelli.systems.read import read_system  # noqa: E402
from morelli.training.run import Run  # noqa: E402
from morelli.training.train import train  # noqa: E402
from morelli.verdict.compare import compare  # noqa: E402

TOWER = (
    "view.size=32",
    "network.embedding=8",
    "network.blocks=[{convolutions=1,channels=4},{convolutions=1,channels=8}]",
    "schedule.epochs=2",
)
PAIRS = ("objective.branch=[16,8]", "sampling.draws=20", "sampling.batch=64", "schedule.epochs=3")
XCEPTION = (*PAIRS, "view.size=71")
SLOW = pytest.mark.slow
SYSTEMS = [
    pytest.param("baseline-cnn-13m", TOWER, (), 8),
    pytest.param("baseline-cnn", TOWER, (), 8, marks=SLOW),
    pytest.param("softmax-dot", (*TOWER, "objective.networks=2"), (), 9),
    pytest.param("lite0", (*PAIRS, "view.size=32"), ("lite0",), 8, marks=SLOW),  # the table's tests train it too
    pytest.param("xception", XCEPTION, ("xception",), 8, marks=SLOW),
    pytest.param("inception-v3", (*PAIRS, "view.size=75"), ("inception-v3",), 8, marks=SLOW),
    pytest.param("inception-v3-6c", (*PAIRS, "view.size=75"), ("inception-v3-6c",), 8, marks=SLOW),
    pytest.param("xception-corners", (*PAIRS, "view.size=48"), ("xception",), 8, marks=SLOW),
    pytest.param(
        "xception-corners-pca", (*PAIRS, "view.size=71", "network.components=20"), ("xception",), 8, marks=SLOW
    ),
    pytest.param(
        "xception-finetuned",
        (*XCEPTION, "network.stages=[{epochs=2},{layers=['block14'],epochs=1,batch=16}]"),
        ("xception",),
        8,
        marks=SLOW,
    ),
]


@pytest.mark.parametrize(("name", "changes", "backbones", "width"), SYSTEMS)
def test_a_system_trains_and_its_model_judges_scores_and_compares(
    studio_folder, made_weights, tmp_path, name, changes, backbones, width
):
    catalogue = Catalogue.read(studio_folder)
    part = make_split(catalogue, shares=(0.4, 0.2, 0.2, 0.2)).assign(catalogue)
    run = Run(
        folder=tmp_path / "run",
        cache=tmp_path / "cache",
        device="cpu",
        weights={one: made_weights(one) for one in backbones},
        values="own",
    )
    system = read_system(name, changes=changes)
    model = load(train(system, catalogue, part, out=tmp_path / "model", run=run).path)
    description = model.folder.description
    assert (model.name, model.width) == (name, width)
    assert [origin.backbone for origin in description.origins] == list(backbones)
    card = (tmp_path / "model" / "card.md").read_text(encoding="utf-8")
    for origin in description.origins:
        assert "own" in origin.extent
        assert f"Pretrained weights of `{origin.backbone}`" in card
        assert origin.sha256 in card
    embeddings = model.encode([catalogue.file(row) for row in range(12)])
    assert np.isfinite(embeddings).all()
    assert embeddings.std(axis=0).max() > 0
    evaluation = evaluate(model, catalogue, part, resamples=10)
    assert {one.group for one in evaluation.pairs} == {"seen", "unseen", "mix"}
    assert evaluation.published == system.published
    assert [row["epoch"] for row in evaluation.history] == list(range(1, len(evaluation.history) + 1))
    first, second = catalogue.file(0), catalogue.file(20)
    verdict = compare(first, second, model=model)
    assert verdict.similarity == pytest.approx(float(model.score([(second, first)])[0]), rel=0.02, abs=0.02)
    if name == "xception-finetuned":  # its outputs stand on the mean of its last map
        pixels = model.view.open(first).pixels
        whole = load(tmp_path / "model", precision="float32")
        assert artist_maps(whole, pixels, outputs=[None]).is_grad_cam
    quarters = "corners" in name and system.view.size >= 64  # the studio's pictures have 64 px
    assert ("took the corners' place" in evaluation.facts.get("corners", "")) is quarters
    assert ("took the corners' place" in card) is quarters
    assert any("quarters" in warning for warning in verdict.warnings) is quarters


def test_the_softmax_of_several_networks_is_a_distribution_over_training_artists(studio_folder, tmp_path):
    catalogue = Catalogue.read(studio_folder)
    part = make_split(catalogue, shares=(0.4, 0.2, 0.2, 0.2)).assign(catalogue)
    system = read_system("softmax-dot", changes=[*TOWER, "objective.networks=2"])
    run = Run(folder=tmp_path / "run", cache=tmp_path / "cache", device="cpu")
    model = load(train(system, catalogue, part, out=tmp_path / "model", run=run).path)
    likely = model.encode([catalogue.file(row) for row in range(8)])
    assert likely.shape == (8, len(set(catalogue.artist[part == "train"])))
    assert likely.min() >= 0
    assert likely.sum(axis=1) == pytest.approx(np.ones(8), abs=1e-4)
    assert model.similarity(likely[:4], likely[4:]) == pytest.approx((likely[:4] * likely[4:]).sum(axis=1), abs=1e-5)
    history = evaluate(model, catalogue, part, resamples=2).history
    assert [row["network"] for row in history] == [1, 1, 2, 2]
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == ["network-1", "network-2"]
