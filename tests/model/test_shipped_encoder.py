"""What the encoder that comes with the package promises, in each precision: the suite of `tests/training/test_encoder_conformance.py`,
for this file. The oracle is the file itself, run by torch on one picture at a time.
"""

from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.looking.onnx_network import read_onnx  # noqa: E402
from morelli.model.encoder import load_openvino  # noqa: E402
from morelli.studio.studio import Studio  # noqa: E402

FILE = Path(str(resources.files("morelli.models"))) / "default" / "encoder.onnx"
# Root mean square of the difference as a share of the embeddings' own. What bfloat16 does to the AUC: docs/benchmarks.md.
TOLERANCE = {"float32": 1e-4, "bfloat16": 0.1}
BETWEEN_BATCHES = {"float32": 1e-5, "bfloat16": 0.02}
N = 6


@pytest.fixture(scope="module")
def pictures():
    """Paintings of six made-up painters, (6, 224, 224, 3)."""
    studio = Studio(seed=11, painters=N)
    return np.stack([studio.paint(painter, 0, size=224) for painter in range(N)])


@pytest.fixture(scope="module")
def wanted(pictures):
    network = read_onnx(FILE.read_bytes(), name="the shipped encoder")
    with torch.inference_mode():
        rows = [network.run({"pictures": torch.from_numpy(one[None])}, ["embedding"])[0][0].numpy() for one in pictures]
    return np.stack(rows)


@pytest.fixture(scope="module", params=["float32", "bfloat16"])
def precision(request):
    return request.param


@pytest.fixture(scope="module")
def make(precision):
    made = {}

    def encoder(batch=32):
        if batch not in made:
            made[batch] = load_openvino(FILE.read_bytes(), name="x", precision=precision, batch=batch, threads=2)
        return made[batch]

    return encoder


def apart(got, wanted):
    return float(np.sqrt(np.mean(np.square(got - wanted))) / np.sqrt(np.mean(np.square(wanted))))


def test_embeddings_are_those_of_torch(make, precision, pictures, wanted):
    found = make().encode(pictures)
    assert found.shape == wanted.shape
    assert apart(found, wanted) < TOLERANCE[precision]
    assert apart(np.roll(wanted, 1, axis=0), wanted) > 0.5  # pictures do differ


def test_they_depend_neither_on_the_batch_nor_on_the_order(make, precision, pictures):
    together = make().encode(pictures)
    assert apart(make(4).encode(pictures), together) < BETWEEN_BATCHES[precision]
    alone = np.concatenate([make().encode(pictures[k : k + 1]) for k in range(N)])
    assert apart(alone, together) < BETWEEN_BATCHES[precision]
    order = np.random.default_rng(1).permutation(N)
    assert apart(make(4).encode(pictures[order]), together[order]) < BETWEEN_BATCHES[precision]


def test_many_threads_may_use_it(make, precision, pictures):
    wanted = make().encode(pictures)
    jobs = [np.random.default_rng(k).integers(0, N, size=1 + k % 4) for k in range(24)]
    with ThreadPoolExecutor(8) as pool:
        for job, answer in zip(jobs, pool.map(lambda job: make(4).encode(pictures[job]), jobs), strict=True):
            assert apart(answer, wanted[job]) < BETWEEN_BATCHES[precision]
