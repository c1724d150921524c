import json

import pytest

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


@pytest.mark.parametrize("name", system_names())
def test_the_count_is_that_of_the_network(name):
    torch = pytest.importorskip("torch")
    from morelli.training.tower import TowerNetwork

    system = read_system(name)
    with torch.device("meta"):
        network = TowerNetwork(system.network, size=system.view.size)
    trainable = sum(p.numel() for p in network.parameters() if p.requires_grad)
    assert trainable == count_parameters(system)["total"]
