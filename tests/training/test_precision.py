"""Mixed precision and devices: a step in bfloat16 goes where one in float32 goes, and a GPU, where there is one, where the CPU goes."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.systems.networks import Block, Tower  # noqa: E402
from morelli.systems.objectives import Siamese  # noqa: E402
from morelli.systems.samplings import BatchSampling  # noqa: E402
from morelli.systems.system import Augmentation, Schedule, System, ViewTable  # noqa: E402
from morelli.training import trainer as module  # noqa: E402
from morelli.training.criteria import SiameseCriterion  # noqa: E402
from morelli.training.pixels import Pixels  # noqa: E402
from morelli.training.precision import mixed  # noqa: E402
from morelli.training.sampling import Sampler  # noqa: E402
from morelli.training.tower import TowerNetwork  # noqa: E402
from morelli.training.trainer import Trainer  # noqa: E402

DEVICES = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
SYSTEM = System(
    name="t",
    title="t",
    source="t",
    view=ViewTable(kind="whole", size=32),
    network=Tower(blocks=(Block(convolutions=2, channels=16), Block(convolutions=1, channels=32)), embedding=24),
    objective=Siamese(pair_triplet=True, margin=0.5),
    sampling=BatchSampling(artists=4, paintings=4),
    augmentation=Augmentation(shift=0.1, flip_horizontal=0.5),
    schedule=Schedule(optimiser="adam", learning_rate=0.001),
    similarity="negative-mean-squared-difference",
)


def make_trainer(device):
    """A trainer over 8 artists whose six pictures share a colour."""
    rng = np.random.default_rng(0)
    tones = rng.integers(40, 216, (8, 1, 1, 1, 1, 3))
    pictures = (tones + rng.normal(0, 25, (8, 6, 1, 32, 32, 3))).clip(0, 255).astype(np.uint8).reshape(48, 1, 32, 32, 3)
    paintings = list(np.arange(48).reshape(8, 6))
    torch.manual_seed(1)
    return Trainer(
        system=SYSTEM,
        network=TowerNetwork(SYSTEM.network, size=32),
        criterion=SiameseCriterion(SYSTEM.objective),
        sampler=Sampler(SYSTEM.sampling, paintings, True, 0),
        pixels=Pixels(pictures, np.arange(48), []),
        device=torch.device(device),
        seed=0,
    )


def first_step(device):
    """Return the loss of the first step and its gradient, one vector."""
    trainer = make_trainer(device)
    loss, _ = trainer.step(0, 0, rate=0.0)
    gradient = torch.cat([p.grad.float().flatten().cpu() for p in trainer.network.parameters()])
    return float(loss.value.detach()), gradient


@pytest.mark.parametrize("device", DEVICES)
def test_a_mixed_step_goes_where_a_whole_one_goes(device, monkeypatch):
    got, gradient = first_step(device)
    monkeypatch.setattr(module, "mixed", lambda where: torch.autocast(where.type, torch.bfloat16, enabled=False))
    wanted, whole = first_step("cpu")
    assert got == pytest.approx(wanted, rel=0.03)
    assert torch.nn.functional.cosine_similarity(gradient, whole, dim=0) > 0.98
    assert float(gradient.norm() / whole.norm()) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("device", DEVICES)
def test_mixed_training_learns(device):
    trainer = make_trainer(device)
    losses = [float(trainer.step(epoch, 0, rate=0.003)[0].value.detach()) for epoch in range(25)]
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:3])
    assert all(p.dtype == torch.float32 for p in trainer.network.parameters())


def test_products_are_in_bfloat16_where_the_processor_has_it():
    has_it = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    with mixed(torch.device("cpu")):
        product = torch.ones(8, 8) @ torch.ones(8, 8)
    assert product.dtype == (torch.bfloat16 if has_it else torch.float32)
