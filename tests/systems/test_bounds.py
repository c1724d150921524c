"""Numbers of a system: what is refused names its key and its range, and what is at the edge is taken."""

import msgspec
import pytest

from morelli.errors import SystemFileError
from morelli.systems.bounds import MOST_PARAMETERS
from morelli.systems.read import check_system, read_system, system_names


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("view.size=0", "view.size = 0: give a whole number from 16 to 2,048"),
        ("view.size=99999999999999999999", "view.size = 99999999999999999999: give a whole number from 16 to 2,048"),
        ("view.size=-256", "view.size = -256: give a whole number from 16 to 2,048"),
        ("objective.margin=-1", "objective.margin = -1: give a number from 0 to 100,000"),
        ("objective.margin=nan", "objective.margin = nan: give a number from 0 to 100,000"),
        ("objective.margin=inf", "objective.margin = inf: give a number from 0"),
        ("schedule.epochs=1000000000000", "schedule.epochs = 1000000000000: give a whole number from 1 to 100,000"),
        ("schedule.epochs=0", "schedule.epochs = 0: give a whole number from 1"),
        ("schedule.patience=0", "schedule.patience = 0: give a whole number from 1"),
        ("schedule.learning_rate=0", "schedule.learning_rate = 0: give a number above 0, up to 100"),
        ("schedule.learning_rate=-0.1", "schedule.learning_rate = -0.1: give a number above 0, up to 100"),
        ("schedule.learning_rate=nan", "schedule.learning_rate = nan: give a number above 0, up to 100"),
        ("schedule.learning_rate=1e999", "schedule.learning_rate = inf: give a number above 0, up to 100"),
        ("schedule.weight_decay=-inf", "schedule.weight_decay = -inf: give a number from 0"),
        ("schedule.steps=[11, nan]", "schedule.steps[1] = nan: give a number from 0"),
        ("schedule.steps=[-3]", "schedule.steps[0] = -3: give a number from 0"),
        ("schedule.factor=2", "schedule.factor = 2: give a number above 0, up to 1"),
        ("network.mean=[0.5, nan, 0.5]", "network.mean[1] = nan: give a number from -10 to 10"),
        ("network.deviation=[0.5, 0.5, 0]", "network.deviation[2] = 0: give a number from 0.001 to 10"),
        ("network.embedding=0", "network.embedding = 0: give a whole number from 1 to 100,000"),
        ("network.blocks=[{convolutions=1,channels=0}]", "network.blocks[0].channels = 0: give a whole number from 1"),
        ("sampling.batch=5000", "sampling.batch = 5000: give a whole number from 1 to 4,096"),
        ("augmentation.rotation=[0, nan]", "augmentation.rotation[1] = nan: give a number from -360 to 360"),
        ("augmentation.rotation=[90, 10]", "augmentation.rotation = [90, 10]: give the smaller angle first"),
        ("augmentation.shear=90", "augmentation.shear = 90: give a number from 0 to 85"),
        ("augmentation.zoom=0.5", "augmentation.zoom = 0.5: give a number from 1 to 100"),
        ("augmentation.shift=1.5", "augmentation.shift = 1.5: give a number from 0 to 1"),
        ("published.accuracy=nan", "published.accuracy = nan: give a number"),
        ("network.embedding=3.5", "network.embedding = 3.5: give a whole number"),
        ("view.size=true", "view.size = true: give a whole number"),
        ('view.size="256"', "view.size = '256': give a whole number"),
        ("network.blocks=3", "network.blocks = 3: give a list"),
        ("sampling=4", "sampling = 4: give a table, as {key = value} or nothing"),
    ],
)
def test_a_number_out_of_range_is_refused_with_its_key_and_its_range(change, words):
    with pytest.raises(SystemFileError) as error:
        read_system("triplet-cnn", changes=[change])
    assert words in str(error.value)
    assert str(error.value).startswith("triplet-cnn: ")


def test_numbers_of_the_kind_that_is_chosen_are_the_ones_that_are_looked_at():
    with pytest.raises(SystemFileError, match=r"sampling\.paintings = 1: give a whole number from 2 to 1,024"):
        read_system("triplet-cnn-batch", changes=["sampling.paintings=1"])


@pytest.mark.parametrize(("size", "blocks"), [(16, 4), (31, 4), (32, 5), (2048, 11)])
def test_blocks_may_halve_a_picture_to_one_pixel_and_no_further(size, blocks):
    def read(count):
        listed = ",".join(["{convolutions=1,channels=1}"] * count)
        return read_system("demo-cnn", changes=[f"view.size={size}", f"network.blocks=[{listed}]"])

    assert len(read(blocks).network.blocks) == blocks
    with pytest.raises(
        SystemFileError, match=rf"halve view\.size = {size} px to nothing; give 1 to {blocks} blocks|<= 11"
    ):
        read(blocks + 1)


def test_a_network_that_no_memory_holds_is_refused():
    with pytest.raises(SystemFileError, match=r"network: [\d,]+ parameters; at most 2,000,000,000"):
        read_system("triplet-cnn", changes=["view.size=2048", "network.embedding=50000"])
    assert MOST_PARAMETERS > 50 * 35_526_128


@pytest.mark.parametrize("name", system_names())
def test_a_system_that_was_read_can_be_read_again(name):
    system = read_system(name)
    assert check_system(msgspec.to_builtins(system), place=name) == system


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"losses": '["soft-triple","triplet"]'}, r"losses: 'triplet' .* give objective\.heads\.paintings, 2 or more"),
        ({"losses": '["sub-centre","soft-triple"]', "count": "1"}, "2 losses for 1 heads; give count = 2 or more"),
        ({"same_style": "0.5"}, r"objective\.heads\.same_style .* give objective\.heads\.paintings"),
        ({"paintings": "300"}, "a batch of 512 holds no two artists"),
        (
            {"memory": "9", "paintings": "2"},
            r"objective\.heads\.memory is for losses over pairs .*, not 'margin-softmax'",
        ),
    ],
)
def test_a_loss_of_heads_is_given_the_batches_that_it_needs(changes, words):
    plain = {"losses": '["margin-softmax"]', "paintings": "0"}
    with pytest.raises(SystemFileError, match=words):
        read_system("house", changes=[f"objective.heads.{key}={value}" for key, value in (plain | changes).items()])
