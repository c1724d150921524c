import json

import pytest

from morelli.systems.networks import Tower
from morelli.systems.parameters import count_parameters, what_is_not_counted
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
    from morelli.training.end_to_end import build_network

    system = read_system(name)
    with torch.device("meta"):
        network = build_network(system, artists=1584)
    trainable = sum(p.numel() for p in network.parameters() if p.requires_grad)
    assert trainable == count_parameters(system, artists=1584)["total"]


def test_the_report_s_baseline_has_the_published_number_of_parameters():
    counts = count_parameters(read_system("baseline-cnn-13m"))
    assert counts["total"] == 13_351_872
    assert counts["convolutions"] == 487_280
    assert counts["batch_norm"] == 1_408
    assert counts["slopes"] == 704 + 512
    assert counts["linear"] == 12_845_056 + 512
    assert counts["pair_net"] == 16_400


def test_a_classifier_s_outputs_count_once_their_number_is_known():
    system = read_system("softmax-dot")
    assert count_parameters(system)["outputs"] == 0
    assert "--artists" in what_is_not_counted(system)
    three = read_system("softmax-dot", changes=["objective.networks=3"])
    counts = count_parameters(system, artists=1584)
    assert counts["outputs"] == 2048 * 1584 + 1584 + 2 * 1584
    assert count_parameters(three, artists=1584)["total"] == 3 * counts["total"]
    assert what_is_not_counted(system, artists=1584) == ""


def test_a_frozen_backbone_counts_for_nothing_and_its_projection_does():
    width = 2 * (16 + 24 + 40 + 80 + 112 + 192 + 320 + 1280)
    assert count_parameters(read_system("lite0-lda")) == {"projection": width * 128 + width, "total": width * 129}


def test_the_heads_of_the_house_model_are_counted_layer_by_layer():
    torch = pytest.importorskip("torch")
    from morelli.training.heads import make_head

    system = read_system("house")
    heads = system.objective.heads
    read = sum(min(heads.components, 2 * width) for width in (16, 24, 40, 80, 112, 192, 320, 1280))
    with torch.device("meta"):
        one = make_head(heads, read)
    assert count_parameters(system)["heads"] == heads.count * sum(p.numel() for p in one.parameters())
    assert "all of which is tuned" in what_is_not_counted(system)
    assert what_is_not_counted(read_system("lite0-lda")) == ""
