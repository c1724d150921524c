"""Against the networks themselves: sizes of their maps, numbers of their parameters."""

import pytest

from morelli.looking import boxes as module
from morelli.looking.boxes import Box, Diagram, DiagramError, Join, describe_system
from morelli.systems.parameters import count_parameters
from morelli.systems.read import read_system, system_names


@pytest.mark.parametrize("name", system_names())
def test_every_systems_boxes_hold_all_its_parameters(name):
    system = read_system(name)
    diagram = describe_system(system)
    assert diagram.parameters == count_parameters(system)["total"]
    assert diagram.title.startswith(name)


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
    assert "16 artists × 4 paintings" in describe_system(read_system("triplet-cnn-batch")).notes[-1]


def test_what_does_not_fit_together_is_refused(monkeypatch):
    box = Box(title="x")
    with pytest.raises(DiagramError, match="'x' joins branches that are not there"):
        Diagram(title="t", branches=("a",), trunk=(box,), joins=(Join(box=box, branches=(0, 1)),))
    with pytest.raises(DiagramError, match="needs a branch and a box"):
        Diagram(title="t", branches=("a",), trunk=())
    monkeypatch.setattr(module, "_TRUNKS", {})
    with pytest.raises(DiagramError, match="triplet-cnn: a diagram of Tower is not known"):
        describe_system(read_system("triplet-cnn"))
