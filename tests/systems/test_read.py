import math
import os
import subprocess
import sys
from typing import get_args

import pytest

from morelli.errors import SystemFileError
from morelli.systems.backbones import feature_width
from morelli.systems.objectives import Merge
from morelli.systems.parameters import frozen_width
from morelli.systems.read import read_system, system_names
from morelli.systems.samplings import AllPairs, BatchSampling, Pictures, PublishedSampling, Triples


@pytest.mark.parametrize("name", system_names())
def test_every_shipped_system_reads_and_bears_its_files_name(name):
    assert read_system(name).name == name


def test_the_published_systems_say_what_their_source_says():
    triplet, contrastive = read_system("triplet-cnn"), read_system("contrastive-cnn")
    for system in (triplet, contrastive):
        assert (system.view.kind, system.view.size) == ("centre", 256)
        assert [(b.convolutions, b.channels) for b in system.network.blocks] == [
            (2, 16),
            (3, 32),
            (3, 64),
            (3, 128),
            (3, 256),
        ]
        assert system.network.embedding == 2048
        assert system.sampling == PublishedSampling(batch=4)
        schedule = system.schedule
        assert (schedule.optimiser, schedule.learning_rate, schedule.epochs) == ("adam", 0.001, 60)
        assert (schedule.steps, schedule.factor) == ((11, 25, 40), 0.1)
        changes = system.augmentation
        assert (changes.shift, changes.zoom, changes.rotation) == (0.2, 1.2, (0, 180))
        assert (changes.flip_horizontal, changes.flip_vertical) == (0.5, 0.5)
    assert triplet.objective.pair_triplet
    assert triplet.objective.margin == 1
    assert not contrastive.objective.pair_triplet
    assert contrastive.objective.margin == 2
    assert triplet.published == {"triplet_accuracy_of_four": 0.8928}
    assert contrastive.published == {}


def test_the_report_s_systems_say_what_their_source_says():
    published = {
        "baseline-cnn-13m": (0.64, 0.56, 0.59),
        "inception-v3": (0.821, 0.608, 0.612),
        "xception": (0.888, 0.647, 0.672),
        "xception-finetuned": (0.73, 0.53, 0.56),
        "xception-corners": (0.512, 0.501, 0.502),
    }
    epochs = {"baseline-cnn-13m": 10, "xception-corners": 2}
    for name, figures in published.items():
        system = read_system(name)
        assert system.published == dict(zip(("accuracy_seen", "accuracy_unseen", "accuracy_mix"), figures, strict=True))
        assert system.schedule.epochs == epochs.get(name, 35)
    for name in ("baseline-cnn", "inception-v3-6c", "lite0", "xception-corners-pca"):
        assert read_system(name).published == {}
    baseline = read_system("baseline-cnn-13m")
    assert (baseline.view.kind, baseline.view.size) == ("whole", 224)
    assert baseline.sampling == AllPairs(batch=64)
    for name in ("xception", "inception-v3"):
        system = read_system(name)
        assert (system.view.kind, system.view.size) == ("whole", 299)
        assert system.objective.branch == (512, 128)
        assert set(system.objective.merge) == set(get_args(Merge))
        assert feature_width(system.network.features[0]) == 2048
        assert isinstance(system.sampling, Triples)
    corners = read_system("xception-corners")
    assert (corners.view.kind, corners.view.size) == ("corners", 224)
    assert frozen_width(corners.network, corners.view) == 10_240
    first, second = read_system("xception-finetuned").network.stages
    assert (first.layers, second.layers) == ((), ("block14",))
    for stage in (first, second):
        assert (stage.learning_rate, stage.batch) == (0.001, 128)
    assert read_system("xception-finetuned").network.hold_out == 0.1


def test_the_winner_s_method_says_what_its_source_says():
    system = read_system("softmax-dot")
    assert (system.view.kind, system.view.size) == ("centre", 256)
    tower = system.network
    assert [(b.convolutions, b.channels) for b in tower.blocks] == [(2, 16), (3, 32), (3, 64), (3, 128), (3, 256)]
    assert (tower.embedding, tower.activation, tower.head_norm, tower.dropout) == (2048, "prelu", "batch", 0.5)
    assert tower.standardise
    assert (system.objective.batch_norm, system.objective.hold_out, system.similarity) == (True, 0.1, "dot")
    assert system.sampling == Pictures(batch=96)
    schedule, changes = system.schedule, system.augmentation
    assert (schedule.optimiser, schedule.learning_rate, schedule.epochs) == ("adam", 0.000074, 300)
    assert schedule.weight_decay == 2 * 0.003  # the gradient of 0.003 times the squares
    assert (changes.rotation, changes.zoom, changes.shift) == ((-180, 180), 1.2, 0.2)
    assert changes.shear == pytest.approx(math.degrees(0.3), abs=0.05)
    assert (changes.flip_horizontal, changes.flip_vertical, changes.border) == (0.5, 0.5, "reflection")
    assert system.published == {"auc_seen": 0.94218, "auc_unseen": 0.82509}
    assert tower.blocks == read_system("baseline-cnn").network.blocks


def test_a_tower_takes_no_view_of_several_pictures():
    with pytest.raises(SystemFileError, match="a tower looks at one view of a picture"):
        read_system("triplet-cnn", changes=["view.kind=corners"])


def test_both_margins_and_both_samplings_can_be_chosen():
    assert read_system("triplet-cnn", changes=["objective.margin=2"]).objective.margin == 2
    chosen = read_system("triplet-cnn", changes=["sampling.kind=batch", "sampling.artists=8"])
    assert chosen.sampling == BatchSampling(artists=8, paintings=4)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("objective.margn=2", "unknown key 'margn' in [objective]; did you mean 'margin'?"),
        ("shedule.epochs=3", "unknown key 'shedule' at the top; did you mean 'schedule'?"),
        ("network.blocks=[{convolutions=1,chanels=2}]", "'chanels' in [network.blocks[0]]; did you mean 'channels'?"),
        ("view.kind=hole", "view.kind = 'hole': did you mean 'whole'?"),
        ("sampling.kind=btch", "sampling.kind = 'btch': did you mean 'batch'?"),
        ("sampling.batch=0", "triplet-cnn: sampling.batch = 0: give a whole number from 1 to 4,096"),
        ("sampling.batch=true", "sampling.batch = true: give a whole number"),
        ("objective", "a change is written key.key=value"),
    ],
)
def test_what_is_wrong_with_a_system_is_said_with_its_place(change, words):
    with pytest.raises(SystemFileError) as error:
        read_system("triplet-cnn", changes=[change])
    assert words in str(error.value)


def test_an_unknown_system_names_the_nearest():
    with pytest.raises(SystemFileError, match=r"no system is called 'tripletcnn'; did you mean 'triplet-cnn'"):
        read_system("tripletcnn")
    with pytest.raises(SystemFileError, match=r"known: .*triplet-cnn-batch, .*\. A file of your own ends in \.toml"):
        read_system("zzz")


def test_a_circle_through_folders_is_found(tmp_path):
    for here, there in (("a", "b"), ("b", "a")):
        (tmp_path / here).mkdir()
        (tmp_path / here / "x.toml").write_text(f'extends = "../{there}/x.toml"\n')
    with pytest.raises(SystemFileError, match="extends itself"):
        read_system(str(tmp_path / "a" / "x.toml"))


def test_a_file_extends_one_that_lies_beside_it(tmp_path, monkeypatch):
    (tmp_path / "base.toml").write_text('extends = "contrastive-cnn"\nname = "base"\n[schedule]\nepochs = 3\n')
    (tmp_path / "mine.toml").write_text('extends = "base.toml"\nname = "mine"\n[view]\nsize = 128\n')
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    found = read_system(str(tmp_path / "mine.toml"))
    assert (found.name, found.schedule.epochs, found.view.size) == ("mine", 3, 128)
    assert read_system("../mine.toml") == found


def test_a_file_of_ones_own_extends_a_shipped_one(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('extends = "contrastive-cnn"\nname = "mine"\n[schedule]\nepochs = 3\n')
    mine = read_system(str(file))
    assert (mine.name, mine.schedule.epochs, mine.schedule.learning_rate) == ("mine", 3, 0.001)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ", "not TOML"),
        ('extends = "nothing"', "no system is called 'nothing'"),
        ("extends = 3", "extends must be the name of a system"),
        ("name = 'x'", "missing required field"),
    ],
)
def test_a_bad_file_is_named(tmp_path, text, words):
    file = tmp_path / "mine.toml"
    file.write_text(text)
    with pytest.raises(SystemFileError) as error:
        read_system(str(file))
    assert words in str(error.value)
    assert "mine.toml" in str(error.value) or "nothing" in str(error.value)


def test_a_missing_file_and_a_circle_are_named(tmp_path):
    with pytest.raises(SystemFileError, match=r"gone\.toml: cannot read"):
        read_system(str(tmp_path / "gone.toml"))
    circle = tmp_path / "circle.toml"
    circle.write_text(f'extends = "{circle}"')
    with pytest.raises(SystemFileError, match="extends itself"):
        read_system(str(circle))


HOSTILE = {
    "lists nested": "a = " + "[" * 90_000,
    "tables nested": "a = " + "{b=" * 30_000 + "1" + "}" * 30_000,
    "a key of many parts": "a" + ".a" * 45_000 + " = 1",
    "a table of many parts": "[" + "a." * 45_000 + "a]",
    "a number without end": "a = " + "9" * 90_000,
    "too long": "# " + "x" * 200_000,
    "a NUL": 'a = "\0"',
    "a number that is none": "[schedule]\nepochs = nan",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_an_error_in_little_time_and_memory(name, tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(HOSTILE[name])
    code = (
        "import resource, sys\nresource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))\n"
        "resource.setrlimit(resource.RLIMIT_CPU, (10, 10))\n"
        "from morelli.errors import SystemFileError\nfrom morelli.systems.read import read_system\n"
        "try:\n    read_system(sys.argv[1])\nexcept SystemFileError as err:\n    print(err)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    assert "mine.toml" in done.stdout
    assert len(done.stdout) < 1000


def test_a_folder_and_a_pipe_are_no_system_files(tmp_path):
    (tmp_path / "folder.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    for name in ("folder.toml", "pipe.toml"):
        with pytest.raises(SystemFileError, match=rf"{name}: not a regular file"):
            read_system(str(tmp_path / name))


def test_what_was_published_is_not_said_of_a_changed_system(tmp_path):
    whole = read_system("triplet-cnn")
    same = read_system("triplet-cnn", changes=["objective.margin=1"])
    assert same == whole
    changed = read_system("triplet-cnn", changes=["objective.pair_triplet=false", "view.size=128"])
    assert changed.title == "Siamese CNN, triplet loss; changed: objective.pair_triplet=false, view.size=128"
    assert (whole.published, changed.published) == ({"triplet_accuracy_of_four": 0.8928}, {})
    assert read_system("triplet-cnn", changes=["title=Mine", "view.size=128"]).title == "Mine"
    file = tmp_path / "mine.toml"
    file.write_text('extends = "triplet-cnn"\nname = "mine"\n[view]\nsize = 128\n')
    assert read_system(str(file)).published == {}
    assert read_system("triplet-cnn-batch").published == {}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            'objective.merge=["product","foo"]',
            "objective.merge[1] = 'foo': known: absolute-difference, concatenate, product",
        ),
        (
            'network.features=[{backbone="xception",statistics=["max"]}]',
            "statistics[0] = 'max': known: deviation, mean",
        ),
    ],
)
def test_of_a_list_what_each_value_may_be_is_said(change, words):
    with pytest.raises(SystemFileError) as error:
        read_system("xception", changes=[change])
    assert words in str(error.value)
