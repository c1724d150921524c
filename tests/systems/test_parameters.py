import json

import pytest

from morelli.systems.networks import Tower
from morelli.systems.parameters import count_parameters
from morelli.systems.read import read_system, system_names


@pytest.mark.parametrize("name", ["triplet-cnn", "contrastive-cnn", "triplet-cnn-batch"])
def test_the_five_block_tower_has_the_published_number_of_parameters(name):
    assert count_parameters(read_system(name)) == {
        "convolutions": 1_962_608,
        "batch_norm": 2_944,
        "linear": 33_556_480,
        "layer_norm": 4_096,
        "total": 35_526_128,
    }


def test_the_command_shows_it(capsys):
    from morelli.cli.main import main

    with pytest.raises(SystemExit, match="0"):
        main(["systems", "triplet-cnn", "--json"])
    assert json.loads(capsys.readouterr().out)["parameters"]["total"] == 35_526_128


TOWERS = [name for name in system_names() if isinstance(read_system(name).network, Tower)]


@pytest.mark.parametrize("name", TOWERS)
def test_the_count_is_that_of_the_network(name):
    torch = pytest.importorskip("torch")
    from morelli.training.tower import TowerNetwork

    system = read_system(name)
    with torch.device("meta"):
        network = TowerNetwork(system.network, size=system.view.size)
    trainable = sum(p.numel() for p in network.parameters() if p.requires_grad)
    assert trainable == count_parameters(system)["total"]


def test_a_frozen_backbone_counts_for_nothing_and_its_projection_does():
    width = 2 * (16 + 24 + 40 + 80 + 112 + 192 + 320 + 1280)
    assert count_parameters(read_system("lite0-lda")) == {"projection": width * 128 + width, "total": width * 129}
