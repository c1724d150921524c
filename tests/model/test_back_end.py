from __future__ import annotations

import json
import struct
import time

import numpy as np
import pytest

from morelli.errors import ModelError
from morelli.model.back_end import read_cohort, write_cohort


def file(header: object, body: bytes = bytes(8), *, length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


def cohort(**changes: object) -> dict[str, object]:
    return {"cohort": {"dtype": "F16", "shape": [2, 2], "data_offsets": [0, 8]} | changes}


BYTES = {"cohort": {"dtype": "I8", "shape": [4, 2], "data_offsets": [0, 8]}}
SCALES = {"scale": {"dtype": "F32", "shape": [4], "data_offsets": [8, 24]}}
HOSTILE = {
    "empty": b"",
    "cut off": write_cohort(np.ones((4, 2), np.float32))[:-3],
    "a header of exabytes": file(cohort(), length=2**63),
    "a header longer than the file": file(cohort(), length=90_000_000),
    "lists nested": file(b'{"cohort": ' + b"[" * 1_000_000),
    "a shape that overflows": file(cohort(shape=[2**40, 2**40])),
    "a shape that wraps to the right size": file(cohort(shape=[2**62, 2])),
    "a shape without end": file(cohort(shape=[10**15, 2], data_offsets=[0, 4 * 10**15])),
    "offsets outside": file(cohort(data_offsets=[0, 1 << 40])),
    "offsets turned round": file(cohort(data_offsets=[8, 0])),
    "negative offsets": file(cohort(data_offsets=[-8, 0])),
    "an unknown type": file(cohort(dtype="PICKLE")),
    "another type": file({"cohort": {"dtype": "F32", "shape": [1, 2], "data_offsets": [0, 8]}}),
    "another width": write_cohort(np.ones((4, 3), np.float32)),
    "another rank": file(cohort(shape=[4])),
    "another name": file({"weights": cohort()["cohort"]}),
    "a hundred thousand arrays": file({f"a{k}": {"dtype": "F16", "shape": [0], "data_offsets": [0, 0]} for k in range(100_000)}, b""),
    "no number": write_cohort(np.full((4, 2), np.nan, np.float32)),
    "infinite": write_cohort(np.full((4, 2), np.inf, np.float32)),
    "bytes without scales": file(BYTES),
    "halves with scales": file(cohort() | {"scale": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}}, bytes(16)),
    "too few scales": file(BYTES | {"scale": {"dtype": "F32", "shape": [1], "data_offsets": [8, 12]}}, bytes(12)),
    "a scale that is no number": file(BYTES | SCALES, b"\x01" * 8 + struct.pack("<4f", 1, 1, float("nan"), 1)),
    "a pickle": b"\x80\x04\x95" + bytes(50),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_an_error_that_names_it(name: str) -> None:
    began = time.process_time()
    with pytest.raises(ModelError, match=r"^back_end\.safetensors: "):
        read_cohort(HOSTILE[name], name="back_end.safetensors", width=2)
    assert time.process_time() - began < 5


def test_what_was_written_is_read(rng: np.random.Generator) -> None:
    values = rng.normal(size=(50, 6)).astype(np.float32)
    read = read_cohort(write_cohort(np.asfortranarray(values)), name="x", width=6)
    assert read.dtype == np.float32
    np.testing.assert_allclose(read, values, atol=2e-3)


def test_bytes_are_read_with_their_scales(rng: np.random.Generator) -> None:
    values = (rng.normal(size=(50, 6)) * np.exp(rng.normal(0, 2, (50, 1)))).astype(np.float32)
    values[3] = 0
    data = write_cohort(values, in_bytes=True)
    read = read_cohort(data, name="x", width=6)
    assert read.dtype == np.float32
    assert (np.abs(read - values) <= np.abs(values).max(axis=1, keepdims=True) / 250).all()
    assert len(data) < 50 * 6 + 50 * 4 + 200
