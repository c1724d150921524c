"""Against the networks themselves: sizes of their maps, numbers of their parameters."""

import pytest

from morelli.looking import describe as module
from morelli.looking.boxes import DiagramError
from morelli.looking.describe import describe_system
from morelli.systems.parameters import count_parameters
from morelli.systems.read import check_system, read_system, system_names

TOWER = {
    "kind": "tower",
    "embedding": 512,
    "activation": "prelu",
    "head_norm": "none",
    "blocks": [{"convolutions": c, "channels": w} for c, w in ((2, 16), (3, 32), (3, 64), (3, 128))],
}
FROZEN = {"kind": "frozen", "features": [{"backbone": "xception"}]}
FINE_TUNED = {
    "kind": "fine-tuned",
    "backbone": "xception",
    "stages": [{"epochs": 5}, {"layers": ["block14"], "epochs": 5}],
}
PAIRS = {"kind": "pair-net", "merge": ["concatenate"], "hidden": [16], "bias": False}


def system_of(network, objective, sampling, similarity, view=None, **more):
    table = {
        "name": "one",
        "title": "One",
        "source": "a test",
        "view": view or {"kind": "whole", "size": 224},
        "network": network,
        "objective": objective,
        "similarity": similarity,
        **more,
    }
    return check_system(table | ({"sampling": sampling} if sampling else {}), place="test")


# The report's systems and the winner's, as their figures are known.
KINDS = {
    "baseline-cnn-13m": system_of(TOWER, PAIRS, {"kind": "all-pairs"}, "pair-net"),
    "frozen": system_of(
        FROZEN,
        {
            "kind": "pair-net",
            "branch": [512, 128],
            "merge": ["product", "absolute-difference", "squared-difference"],
            "hidden": [64],
        },
        {"kind": "triples"},
        "pair-net",
    ),
    "corners": system_of(
        FROZEN | {"components": 256}, PAIRS, {"kind": "triples"}, "pair-net", {"kind": "corners", "size": 299}
    ),
    "several": system_of(
        {
            "kind": "frozen",
            "features": [
                {"backbone": "lite0", "layers": ["stage4", "head"]},
                {"backbone": "timm/vit_small_patch16_224"},
            ],
        },
        PAIRS,
        {"kind": "triples"},
        "pair-net",
    ),
    "fine-tuned": system_of(FINE_TUNED, PAIRS | {"branch": [256]}, {"kind": "triples"}, "pair-net"),
    "softmax": system_of(
        TOWER | {"head_norm": "batch", "dropout": 0.5}, {"kind": "softmax", "networks": 3}, {"kind": "pictures"}, "dot"
    ),
    "discriminant": system_of(
        FROZEN, {"kind": "discriminant", "components": 400, "dimensions": 128}, None, "cosine", cohort={"weight": 0.5}
    ),
}


@pytest.mark.parametrize("system", [*(read_system(name) for name in system_names()), *KINDS.values()], ids=str)
@pytest.mark.parametrize("artists", [None, 1584])
def test_the_boxes_hold_all_parameters_of_a_system(system, artists):
    diagram = describe_system(system, artists=artists)
    assert diagram.parameters == count_parameters(system, artists=artists)["total"]
    assert diagram.title == f"{system.name}: {system.title}"


def test_known_numbers():
    assert describe_system(KINDS["baseline-cnn-13m"]).parameters == 13_351_872
    tuned = describe_system(KINDS["fine-tuned"], artists=1584).trunk
    assert [box.parameters for box in tuned[1:3]] == [4_748_800, 3_245_616]
    assert describe_system(read_system("triplet-cnn")).parameters == 35_526_128
    corners = describe_system(KINDS["corners"]).trunk
    assert [box.gives for box in corners] == [(3, 299, 299), (2048,), (10_240,), (256,)]


@pytest.mark.parametrize("name", ["triplet-cnn", "demo-cnn"])
def test_boxes_are_the_networks_blocks(name):
    torch = pytest.importorskip("torch")
    from morelli.training.tower import TowerNetwork

    system = read_system(name)
    network = TowerNetwork(system.network, size=system.view.size).eval()
    picture, *blocks, embedding = describe_system(system).trunk
    assert picture.gives == (3, system.view.size, system.view.size)
    sizes, counts, x = [], [0], torch.zeros(1, *picture.gives)
    with torch.no_grad():
        for layer in network.features:
            x = layer(x)
            counts[-1] += sum(p.numel() for p in layer.parameters())
            if isinstance(layer, torch.nn.MaxPool2d):
                sizes.append(tuple(x.shape[1:]))
                counts.append(0)
    assert [block.gives for block in blocks] == sizes
    assert [block.parameters for block in blocks] == counts[:-1]
    assert embedding.parameters == sum(p.numel() for p in network.head.parameters())
    assert embedding.gives == tuple(network.head(x).shape[1:])


def test_one_switch_turns_three_branches_into_two():
    triplet, contrastive = (describe_system(read_system(name)) for name in ("triplet-cnn", "contrastive-cnn"))
    assert [join.branches for join in triplet.joins] == [(0, 1), (0, 2)]
    assert [join.branches for join in contrastive.joins] == [(0, 1)]
    assert (len(triplet.branches), len(contrastive.branches)) == (3, 2)
    other = describe_system(read_system("triplet-cnn", changes=["objective.margin=2"]))
    assert "+ 2)" in other.tail[0].does[-1]
    assert "8 artists × 2 paintings" in describe_system(read_system("triplet-cnn-batch")).notes[-1]


def test_merges_and_what_is_not_known_are_said():
    frozen = describe_system(KINDS["frozen"])
    assert [join.box.title for join in frozen.joins] == ["a × b", "|a − b|", "(a − b)²"]
    assert frozen.tail[0].does[0].startswith("384 → 64")
    assert "one for each training artist" in describe_system(KINDS["softmax"]).notes[-1]
    assert "backbone of timm" in describe_system(KINDS["several"]).notes[-1]
    assert describe_system(KINDS["softmax"], artists=9).networks == 3


def test_a_kind_without_a_function_is_named(monkeypatch):
    monkeypatch.setattr(module, "TRUNKS", {})
    with pytest.raises(DiagramError, match="triplet-cnn: a diagram of Tower is not known"):
        describe_system(read_system("triplet-cnn"))
