"""What every encoder promises, whatever runs it and in whatever precision: one suite for all of them.

The oracle is the network itself, run by torch in float64 on one picture at a time.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from morelli.errors import ModelError  # noqa: E402
from morelli.model.encoder import Encoder, load_openvino  # noqa: E402
from morelli.model.network import Precision  # noqa: E402
from morelli.systems.networks import Block, Tower  # noqa: E402
from morelli.training.backbones.efficientnet_lite import EfficientNetLite, load_lite_weights  # noqa: E402
from morelli.training.backbones.pooled import PooledBackbone  # noqa: E402
from morelli.training.backbones.weights import read_weights  # noqa: E402
from morelli.training.export import export_encoder  # noqa: E402
from morelli.training.frozen import OverViews  # noqa: E402
from morelli.training.torch_encoder import TorchEncoder  # noqa: E402
from morelli.training.tower import TowerNetwork  # noqa: E402

# Root mean square of the difference, as a share of the embeddings' own. bfloat16 rounds to 8 bits, by 2**-8 = 0.004 at most, and these
# networks are so shallow that it stays about that (0.003 to 0.006 seen, by either runtime): 0.02 is five roundings. Deeper networks gather
# more of it, 0.05 the whole of a trained Lite0 and 0.1 one of random weights; what that does to verdicts is no unit test's to say.
TOLERANCE: dict[Precision, float] = {"float32": 1e-5, "bfloat16": 0.02}
# The same between two batches of one encoder: kernels may add in another order (up to 4e-7 seen in float32, nothing in bfloat16).
BETWEEN_BATCHES: dict[Precision, float] = {"float32": 5e-6, "bfloat16": 0.01}
N = 11


class Subject:
    """A network, its export, and what it must answer to some pictures."""

    def __init__(self, network, *, size: int, views: int, width: int) -> None:
        self.network, self.size, self.views, self.width = network.eval(), size, views, width
        self.onnx = export_encoder(network, size=size, views=views)
        coarse = np.random.default_rng(size).integers(0, 256, size=(N * views, 4, 4, 3), dtype=np.uint8)
        pictures = coarse.repeat(size // 4, axis=1).repeat(size // 4, axis=2)
        self.pictures = pictures if views == 1 else pictures.reshape(N, views, size, size, 3)
        self.wanted = self.exact()
        self.made: dict[tuple[str, Precision, int], Encoder] = {}

    def exact(self) -> np.ndarray:
        double = self.network.double()
        with torch.inference_mode():
            rows = [double(torch.from_numpy(p[None]).movedim(-1, -3).double() / 255)[0].numpy() for p in self.pictures]
        self.network.float()
        return np.stack(rows)

    def encoder(self, runtime: str, precision: Precision, batch: int = 32) -> Encoder:
        key = (runtime, precision, batch)
        if key not in self.made:
            make = self._torch if runtime == "torch" else self._openvino
            self.made[key] = make(precision, batch)
        return self.made[key]

    def _torch(self, precision: Precision, batch: int) -> Encoder:
        return TorchEncoder(
            self.network, size=self.size, embedding=self.width, views=self.views, precision=precision, batch=batch
        )

    def _openvino(self, precision: Precision, batch: int) -> Encoder:
        return load_openvino(self.onnx, name="the export", precision=precision, batch=batch, threads=2)


def tower() -> Subject:
    torch.manual_seed(3)
    made = TowerNetwork(
        Tower(blocks=(Block(convolutions=2, channels=8), Block(convolutions=1, channels=16)), embedding=24), size=32
    )
    return Subject(settled(made, 32), size=32, views=1, width=24)


def corners() -> Subject:
    torch.manual_seed(4)
    made = OverViews(
        TowerNetwork(Tower(blocks=(Block(convolutions=1, channels=8),), embedding=12), size=32), of_views="concatenate"
    )
    return Subject(settled(made, 32, views=5), size=32, views=5, width=60)


def lite0(file) -> Subject:
    """Lite0 up to its second stage, where every kind of its layers has come: the whole of it takes long to export."""
    torch.manual_seed(5)
    network = EfficientNetLite()
    load_lite_weights(network, read_weights(file, backbone="lite0")[0])
    del network.network.blocks[2:]
    network.network.conv_head, network.network.bn2 = torch.nn.Identity(), torch.nn.Identity()
    pooled = PooledBackbone(network, name="lite0", layers=["stage0", "stage1"], statistics=["mean", "deviation"])
    return Subject(settled(pooled, 64), size=64, views=1, width=pooled.width)


def settled(network, size: int, views: int = 1):
    """Give batch norms the statistics of some pictures, so that values keep their size through the network."""
    network.train()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None  # the plain mean of what it sees
            module.reset_running_stats()
    shape = (16, 3, size, size) if views == 1 else (16, views, 3, size, size)
    with torch.no_grad():
        for _ in range(3):
            network(torch.rand(shape))
    return network.eval()


@pytest.fixture(scope="module", params=["tower", "corners", "lite0"])
def subject(request: pytest.FixtureRequest) -> Subject:
    if request.param == "lite0":
        return lite0(request.getfixturevalue("lite0_file"))
    return {"tower": tower, "corners": corners}[request.param]()


@pytest.fixture(params=["openvino", "torch"])
def runtime(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["float32", "bfloat16"])
def precision(request: pytest.FixtureRequest) -> Precision:
    return request.param


def apart(got: np.ndarray, wanted: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(got - wanted))) / np.sqrt(np.mean(np.square(wanted))))


def test_embeddings_are_the_networks(subject: Subject, runtime: str, precision: Precision) -> None:
    found = subject.encoder(runtime, precision).encode(subject.pictures)
    assert found.shape == (N, subject.width)
    assert found.dtype == np.float32
    assert apart(found, subject.wanted) < TOLERANCE[precision]
    assert np.sqrt(np.mean(np.square(subject.wanted - subject.wanted.mean(axis=0)))) > 0.01  # pictures do differ


def test_they_do_not_depend_on_the_batch(subject: Subject, runtime: str, precision: Precision) -> None:
    together = subject.encoder(runtime, precision).encode(subject.pictures)
    for batch in (1, 4):
        found = subject.encoder(runtime, precision, batch=batch).encode(subject.pictures)
        assert apart(found, together) < BETWEEN_BATCHES[precision]
    one = subject.encoder(runtime, precision)
    alone = np.concatenate([one.encode(subject.pictures[k : k + 1]) for k in range(N)])
    assert apart(alone, together) < BETWEEN_BATCHES[precision]


def test_they_keep_their_order(subject: Subject, runtime: str, precision: Precision) -> None:
    one = subject.encoder(runtime, precision, batch=4)
    order = np.random.default_rng(1).permutation(N)
    straight, mixed = one.encode(subject.pictures), one.encode(subject.pictures[order])
    distance = np.square(mixed[:, None] - straight[None]).sum(axis=2)
    assert distance.argmin(axis=1).tolist() == order.tolist()
    assert apart(mixed, straight[order]) < BETWEEN_BATCHES[precision]


def test_many_threads_may_use_one_encoder(subject: Subject, runtime: str, precision: Precision) -> None:
    one = subject.encoder(runtime, precision, batch=4)
    jobs = [np.random.default_rng(k).integers(0, N, size=1 + k % 6) for k in range(48)]
    wanted = one.encode(subject.pictures)
    start = threading.Barrier(16)

    def work(place: int) -> list[np.ndarray]:
        start.wait()
        return [one.encode(subject.pictures[job]) for job in jobs[place::16]]

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(work, range(16)))
    for place, answers in enumerate(found):
        for job, answer in zip(jobs[place::16], answers, strict=True):
            assert apart(answer, wanted[job]) < BETWEEN_BATCHES[precision]


def test_no_pictures_give_no_embeddings(subject: Subject, runtime: str, precision: Precision) -> None:
    assert subject.encoder(runtime, precision).encode(subject.pictures[:0]).shape == (0, subject.width)


def test_what_is_given_is_left_as_it_was(subject: Subject, runtime: str, precision: Precision) -> None:
    given = subject.pictures[::-1].copy()
    given.flags.writeable = False
    found = subject.encoder(runtime, precision).encode(given)
    kept = found.copy()
    subject.encoder(runtime, precision).encode(subject.pictures)
    np.testing.assert_array_equal(found, kept)  # and an answer is nobody's buffer


def test_pictures_that_it_does_not_read_are_refused(subject: Subject, runtime: str, precision: Precision) -> None:
    encode = subject.encoder(runtime, precision).encode
    for bad in (subject.pictures[:, ..., :2], subject.pictures.astype(np.float32), subject.pictures[0]):
        with pytest.raises(ModelError, match="the encoder reads uint8 pictures"):
            encode(bad)


def test_an_output_that_is_no_number_is_an_error(runtime: str) -> None:
    class Broken(torch.nn.Module):
        def forward(self, pictures: torch.Tensor) -> torch.Tensor:
            return pictures.mean(dim=(2, 3)).log()

    broken = Subject.__new__(Subject)
    broken.network, broken.size, broken.views, broken.width = Broken().eval(), 16, 1, 3
    broken.onnx, broken.made = export_encoder(broken.network, size=16), {}
    with pytest.raises(ModelError, match="not finite"):
        broken.encoder(runtime, "float32").encode(np.zeros((2, 16, 16, 3), np.uint8))
