"""Model folders that were made to harm: each is a ModelError, in little time and memory, and leads to no other file.

They are opened in a process of its own, so that one that ends it is seen.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.conftest import reseal

from morelli.errors import ModelError
from morelli.model.encoder import load_openvino
from morelli.model.onnx_check import check_onnx

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

Folder = Callable[[Path], None]
SECONDS, BYTES = 5, 1_000_000_000
OPENING = """
import json, resource, sys, time
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
from morelli.errors import ModelError
from morelli.model.model import load
import numpy, openvino
for folder in sys.argv[1:]:
    peak = Path("/proc/self/clear_refs")
    if peak.exists():
        peak.write_text("5")
    began = time.process_time()
    try:
        model = load(folder, threads=1)
        model.decision, model.trained_on
        side = model.view.size
        model.encoder.encode(numpy.zeros((3, side, side, 3), numpy.uint8))
        said = "loaded"
    except ModelError as err:
        said = f"ModelError: {err}"
    except BaseException as err:
        said = f"{type(err).__name__}: {err}"
    status = Path("/proc/self/status")
    largest = int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024 if status.exists() else 0
    print(json.dumps([folder, said, time.process_time() - began, largest]), flush=True)
"""


# --- encoders ---


def graph(
    nodes: list[Any], tensors: list[Any], *, domains: tuple[str, ...] = ("",), output: list[Any] | None = None
) -> bytes:
    pictures = helper.make_tensor_value_info("pictures", TensorProto.UINT8, ["n", 32, 32, 3])
    embedding = helper.make_tensor_value_info("embedding", TensorProto.FLOAT, output or ["n", 8])
    made = helper.make_graph(nodes, "g", [pictures], [embedding], tensors)
    imports = [helper.make_opsetid(domain, 17 if not domain else 1) for domain in domains]
    return helper.make_model(made, opset_imports=imports, ir_version=8).SerializeToString()  # type: ignore[no-any-return]


def tensor(name: str, *shape: int) -> Any:
    return numpy_helper.from_array(np.ones(shape, np.float32), name)


def whole(name: str, *values: int) -> Any:
    return numpy_helper.from_array(np.array(values, np.int64), name)


HEAD = [
    helper.make_node("Cast", ["pictures"], ["f"], to=TensorProto.FLOAT),
    helper.make_node("ReduceMean", ["f"], ["r"], axes=[1, 2], keepdims=0),
    helper.make_node("MatMul", ["r", "w"], ["m"]),
]
W = tensor("w", 3, 8)


def ended_by(operation: str, *inputs: str, **attributes: Any) -> list[Any]:
    return [*HEAD, helper.make_node(operation, list(inputs), ["embedding"], **attributes)]


def plus_sum_of(name: str) -> list[Any]:
    return [
        helper.make_node("ReduceSum", [name], ["s"], keepdims=0),
        helper.make_node("Add", ["m", "s"], ["embedding"]),
    ]


def external(location: str) -> bytes:
    kept = TensorProto(name="b", data_type=TensorProto.FLOAT, dims=[8], data_location=TensorProto.EXTERNAL)
    entry = kept.external_data.add()
    entry.key, entry.value = "location", location
    return graph(ended_by("Add", "m", "b"), [W, kept])


def lying(**fields: Any) -> bytes:
    return graph(ended_by("Add", "m", "b"), [W, TensorProto(**{"name": "b", "data_type": 1, "dims": [8], **fields})])


def message(number: int, body: bytes) -> bytes:
    size, length = len(body), b""
    while size > 127:
        length, size = length + bytes([size & 127 | 128]), size >> 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + body


def nested(depth: int) -> bytes:
    inner = b""
    for _ in range(depth):
        inner = message(1, message(5, message(6, inner)))  # graph { node { attribute { graph } } }
    return b"\x08\x08" + message(7, inner)


def doubling() -> bytes:
    names = ["w", *(f"d{k}" for k in range(38))]
    doubled = [helper.make_node("Concat", [a, a], [b], axis=0) for a, b in pairwise(names)]
    return graph([*HEAD, *doubled, *plus_sum_of(names[-1])], [W])


def endless_loop() -> bytes:
    def value(name: str, kind: int, shape: list[int] | None) -> Any:
        return helper.make_tensor_value_info(name, kind, shape)

    again = [helper.make_node("Identity", ["c"], ["c2"]), helper.make_node("Add", ["x", "x"], ["x2"])]
    inputs = [value("i", TensorProto.INT64, []), value("c", TensorProto.BOOL, []), value("x", TensorProto.FLOAT, None)]
    outputs = [value("c2", TensorProto.BOOL, []), value("x2", TensorProto.FLOAT, None)]
    body = helper.make_graph(again, "body", inputs, outputs)
    trips = [numpy_helper.from_array(np.array(2**62, np.int64), "t"), numpy_helper.from_array(np.array(True), "go")]
    return graph(ended_by("Loop", "t", "go", "m", body=body), [W, *trips])


NO_NUMBERS = {
    "raw": numpy_helper.from_array(np.array([1, 1, 1, np.nan, 1, 1, 1, 1], np.float32), "b"),
    "infinite": numpy_helper.from_array(np.array([1, 1, 1, 1, 1, 1, 1, -np.inf], np.float32), "b"),
    "listed": helper.make_tensor("b", TensorProto.FLOAT, [8], [1.0] * 7 + [float("nan")]),
    "double": helper.make_tensor("b", TensorProto.DOUBLE, [8], [1.0] * 7 + [float("inf")]),
    "half": numpy_helper.from_array(np.array([np.nan] * 8, np.float16), "b"),
    "half, listed": helper.make_tensor("b", TensorProto.FLOAT16, [8], [1.0] * 7 + [float("nan")]),
    "bfloat16": helper.make_tensor("b", TensorProto.BFLOAT16, [8], [1.0] * 7 + [float("nan")]),
}
GOOD = graph(ended_by("Add", "m", "b"), [W, tensor("b", 8)])
ENCODERS: dict[str, bytes] = {
    "external data, absolute": external("/etc/passwd"),
    "external data, a parent": external("../canary.bin"),
    "external data, beside": external("canary.bin"),
    "operations of another domain": graph(
        [*HEAD, helper.make_node("Evil", ["m"], ["embedding"], domain="com.evil")], [W], domains=("", "com.evil")
    ),
    "an unknown operation": graph(ended_by("Evil", "m"), [W]),
    "terabytes of a constant": graph(
        [*HEAD, helper.make_node("ConstantOfShape", ["z"], ["c"]), *plus_sum_of("c")], [W, whole("z", 10**13)]
    ),
    "ten gigabytes of a constant": graph(
        [*HEAD, helper.make_node("ConstantOfShape", ["z"], ["c"]), *plus_sum_of("c")], [W, whole("z", 25 * 10**8)]
    ),
    "a constant doubled again and again": doubling(),
    "bytes widened by a row of scales": graph(
        [*HEAD, helper.make_node("Cast", ["x"], ["w8"], to=TensorProto.FLOAT), helper.make_node("Mul", ["w8", "y"], ["c"]),
         *plus_sum_of("c")],
        [W, numpy_helper.from_array(np.ones((200_000, 1), np.int8), "x"), tensor("y", 1, 200_000)],
    ),
    "a broadcast of constants": graph(
        [*HEAD, helper.make_node("Add", ["x", "y"], ["c"]), *plus_sum_of("c")], [W, tensor("x", 200_000, 1), tensor("y", 1, 200_000)]
    ),
    "a picture padded without end": graph(
        [HEAD[0], helper.make_node("Pad", ["f", "p"], ["q"]), helper.make_node("ReduceMean", ["q"], ["r"], axes=[1, 2], keepdims=0),
         HEAD[2], helper.make_node("Add", ["m", "b"], ["embedding"])],
        [W, tensor("b", 8), whole("p", 0, 0, 0, 0, 0, 100_000, 100_000, 0)],
    ),
    "pictures multiplied": graph(
        [*HEAD, *(helper.make_node("Concat", [f"m{k}" if k else "m"] * 2, [f"m{k + 1}"], axis=0) for k in range(33)),
         helper.make_node("Relu", ["m33"], ["embedding"])],
        [W],
    ),
    "an endless loop": endless_loop(),
    "a shape longer than its values": lying(dims=[10**12], raw_data=bytes(32)),
    "a shape that overflows": lying(dims=[2**32, 2**32], raw_data=bytes(32)),
    "a negative shape": lying(dims=[-8], raw_data=bytes(32)),
    "values shorter than their shape": lying(raw_data=bytes(4)),
    "no values": lying(),
    "values twice": lying(raw_data=bytes(32), float_data=[0.0] * 8),
    "a tensor of text": lying(data_type=TensorProto.STRING, string_data=[b"x"] * 8),
    "a type that is none": lying(data_type=99, raw_data=bytes(32)),
    "graphs within graphs": nested(5_000),
    "two graphs": GOOD + message(7, b""),
    "another output": graph([*HEAD, helper.make_node("Relu", ["m"], ["other"])], [W])[:-1] + b"\x11",
    "an output of three dimensions": graph(ended_by("Unsqueeze", "m", "a"), [W, whole("a", 1)], output=["n", 1, 8]),
    "two embeddings a picture": graph(ended_by("Reshape", "m", "z"), [tensor("w", 3, 16), whole("z", -1, 8)], output=["k", 8]),
    "another width": graph(HEAD + ended_by("Relu", "m")[-1:], [tensor("w", 3, 4)], output=["n", 4]),
    **{f"weights that are no numbers, {name}": graph(ended_by("Add", "m", "b"), [W, one]) for name, one in NO_NUMBERS.items()},
    "many operations": graph([*HEAD, *(helper.make_node("Relu", ["m"], [f"x{k}"]) for k in range(30_000))], [W]),
    "millions of parts": b"\x08\x08" * 3_000_000,
    "cut off": GOOD[: len(GOOD) // 2],
    "a number without end": b"\xff" * 100_000,
    "empty": b"",
    "random": np.random.default_rng(0).bytes(5_000),
    "a pickle": pickle.dumps({"weights": [1, 2, 3]}),
}  # fmt: skip


def with_encoder(data: bytes) -> Folder:
    """Put another encoder in and state its hash, as whoever made the folder would."""

    def change(folder: Path) -> None:
        (folder / "encoder.onnx").write_bytes(data)

        def stated(found: dict[str, Any]) -> None:
            found["files"]["encoder.onnx"] = sha256(data).hexdigest()
            found["view"]["size"], found["embedding"] = 32, 8  # so that no other check comes first

        describe(folder, stated)

    return change


def zipped(folder: Path) -> None:
    with zipfile.ZipFile(folder / "z.zip", "w") as archive:
        archive.writestr("data.pkl", pickle.dumps(1))
    with_encoder((folder / "z.zip").read_bytes())(folder)


# --- folders ---


def describe(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the description and seal it anew, as whoever made the folder would: the seal is not what is tested here."""

    def changed(found: dict[str, Any]) -> dict[str, Any]:
        change(found)
        return found

    reseal(folder, changed)


def twice(folder: Path) -> None:
    """Name the files a second time at the end of the description, and seal that."""
    found = json.loads((folder / "model.json").read_text()) | {"digest": "0" * 64}
    text = json.dumps(found).removesuffix("}") + ', "files": {"../../etc/passwd": "x"}}'
    (folder / "model.json").write_text(text.replace("0" * 64, sha256(text.encode()).hexdigest(), 1))


def raw(text: str) -> Folder:
    return lambda folder: folder.joinpath("model.json").write_text(text) and None


def named(name: str) -> Folder:
    return lambda folder: describe(folder, lambda found: found["files"].update({name: "0" * 64}))


def linked(name: str) -> Folder:
    def change(folder: Path) -> None:
        (folder / name).rename(folder.parent / f"kept-{folder.name}")
        (folder / name).symlink_to(folder.parent / f"kept-{folder.name}")

    return change


def piped(name: str) -> Folder:
    def change(folder: Path) -> None:
        (folder / name).unlink()
        os.mkfifo(folder / name)

    return change


def to_device(name: str) -> Folder:
    def change(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).symlink_to("/dev/zero")

    return change


def huge(name: str) -> Folder:
    def change(folder: Path) -> None:
        with (folder / name).open("r+b") as file:
            file.truncate(20 << 30)  # sparse: it takes no space

    return change


def nest(opening: str, closing: str) -> str:
    return '{"schema": 1, "system": ' + opening * 600_000 + closing * 600_000 + "}"


FOLDERS: dict[str, Folder] = {
    "a parent's file": named("../../etc/passwd"),
    "an absolute path": named("/etc/passwd"),
    "a name of nothing": named(""),
    "a NUL": named("card.md\0"),
    "a file that no model has": named("weights.pkl"),
    "the description itself": named("model.json"),
    **{f"a link for {name}": linked(name) for name in ("model.json", "encoder.onnx", "card.md")},
    **{f"a pipe for {name}": piped(name) for name in ("model.json", "encoder.onnx")},
    **{f"a device for {name}": to_device(name) for name in ("model.json", "calibration.json")},
    **{f"twenty gigabytes for {name}": huge(name) for name in ("model.json", "encoder.onnx", "history.csv")},
    "lists nested": raw(nest("[", "]")),
    "objects nested": raw(nest('{"a":', "}")[:-1]),
    "no object": raw("[1, 2]"),
    "a number": raw("1e999"),
    "not a number": raw('{"schema": NaN}'),
    "a whole number without end": raw('{"schema": ' + "9" * 4_000_000 + "}"),
    "a float without end": raw('{"schema": 1.' + "9" * 4_000_000 + "}"),
    "no text": lambda folder: folder.joinpath("model.json").write_bytes(b"\xff\xfe" * 1000) and None,
    "a side without end": lambda folder: describe(folder, lambda found: found["view"].update(size=10**18)),
    "a negative width": lambda folder: describe(folder, lambda found: found.update(embedding=-1)),
    "another width": lambda folder: describe(folder, lambda found: found.update(embedding=10**15)),
    "parameters without end": lambda folder: describe(folder, lambda found: found.update(parameters="x" * 1000)),
    "a range of no length": lambda folder: describe(
        folder, lambda found: found.update(known_range={"length": -1.0, "pictures": 1000})
    ),
    "a range of no pictures": lambda folder: describe(
        folder, lambda found: found.update(known_range={"length": 1.0, "pictures": -5})
    ),
    "a hash that is none": lambda folder: describe(folder, lambda found: found["files"].update({"card.md": "x"})),
    "files named twice": twice,
    "a zip": zipped,
    **{f"encoder: {name}": with_encoder(data) for name, data in ENCODERS.items()},
}  # fmt: skip


# What is said of each, so that no other check comes first.
WORDS: dict[str, str] = {
    **dict.fromkeys(
        ("a parent's file", "an absolute path", "a name of nothing", "a NUL", "a file that no model has", "the description itself",
         "files named twice"),
        "names a file that no model has",
    ),
    "a link": "a link; a model's files are its own",
    "a pipe for model.json": "it has no model.json",
    "a pipe for encoder.onnx": "not a regular file",
    "a device for model.json": "it has no model.json",
    "a device for calibration.json": "a link; a model's files are its own",
    "twenty gigabytes": "bytes, more than any model's",
    "lists nested": "maximum recursion depth",
    "objects nested": "maximum recursion depth",
    "no object": "Expected `object`",
    "a number": "Number out of range",
    "not a number": "invalid character",
    "a whole number without end": "out of range",
    "a float without end": "Expected `int`",
    "no text": "invalid character",
    "a side without end": "Expected `int` <= 2048",
    "a negative width": "says 1 x 32 px and -1",
    "another width": "says 1 x 32 px and 1000000000000000",
    "parameters without end": "at `$.parameters`",
    "a range": "no range is of length",
    "a hash that is none": "card.md: is not the file that was written",
    "a zip": "of another format",
    "encoder: external data": "its tensors are in another file",
    "encoder: operations of another domain": "operations of 'com.evil'",
    "encoder: an unknown operation": "the operation 'Evil'",
    "encoder: terabytes": "'ConstantOfShape', which no encoder needs",
    "encoder: ten gigabytes": "'ConstantOfShape', which no encoder needs",
    "encoder: a constant doubled": "its Concat makes a tensor of constants that could be of any size",
    "encoder: bytes widened": "its Mul makes a tensor of constants that could be of any size",
    "encoder: a broadcast": "its Add makes a tensor of constants that could be of any size",
    "encoder: a picture padded": "values for one picture, more than any encoder needs",
    "encoder: pictures multiplied": "values for one picture, more than any encoder needs",
    "encoder: an endless loop": "an operation holds a graph",
    "encoder: a shape longer": "not as long as its shape says",
    "encoder: a shape that overflows": "not as long as its shape says",
    "encoder: a negative shape": "a tensor's shape cannot be",
    "encoder: values shorter": "not as long as its shape says",
    "encoder: no values": "shorter than its shape says",
    "encoder: values twice": "not as long as its shape says",
    "encoder: a tensor of text": "a tensor holds text",
    "encoder: a type that is none": "a tensor of type 99",
    "encoder: graphs within graphs": "an operation holds a graph",
    "encoder: two graphs": "it holds 2 graphs",
    "encoder: another output": "OpenVINO cannot load this network",
    "encoder: an output of three dimensions": "an output 'embedding' (n, d)",
    "encoder: two embeddings a picture": "made (6, 8) of 3 pictures, not one embedding each",
    "encoder: another width": "gives 4 values, but the model's description says 1 x 32 px and 8",
    "encoder: weights that are no numbers": "a tensor, 'b', holds what is no number",
    "encoder: many operations": "more than 20,000 operations",
    "encoder: millions of parts": "more than a million parts",
    "encoder: cut off": "cut off or damaged",
    "encoder: a number without end": "cut off or damaged",
    "encoder: empty": "it is no ONNX file",
    "encoder: random": "of another format",
    "encoder: a pickle": "of another format",
}  # fmt: skip


@pytest.fixture(scope="module")
def opened(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, float, int]]:
    """What was said of every folder, the seconds of processor time and the most bytes that it took."""
    root = tmp_path_factory.mktemp("hostile")
    (root / "canary.bin").write_bytes(np.full(8, 7, np.float32).tobytes())
    (root / "here").mkdir()
    (root / "here" / "canary.bin").write_bytes(np.full(8, 7, np.float32).tobytes())
    names = {}
    for number, (name, change) in enumerate(
        [("good", lambda folder: None), ("good encoder", with_encoder(GOOD)), *FOLDERS.items()]
    ):
        folder = root / "here" / f"m{number}"
        folder.mkdir()
        for file in tiny_model.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        change(folder)
        names[str(folder)] = name
    done = subprocess.run(
        [sys.executable, "-c", OPENING, *names],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=root / "here",
        check=False,
    )
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, (
        f"ended after {len(found)} folders, at {list(names.values())[len(found)]}: {done.stderr}"
    )
    return {names[folder]: (said, seconds, largest) for folder, said, seconds, largest in found}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_hostile_folder_is_an_error_in_little_time_and_memory(
    name: str, opened: dict[str, tuple[str, float, int]]
) -> None:
    said, seconds, largest = opened[name]
    expected = WORDS[max((known for known in WORDS if name.startswith(known)), key=len)]
    assert said.startswith("ModelError: "), said
    assert expected in said
    assert len(said) < 1000
    assert seconds < SECONDS
    assert largest < BYTES


def test_the_folder_that_they_were_made_from_loads(opened: dict[str, tuple[str, float, int]]) -> None:
    assert opened["good"][0] == opened["good encoder"][0] == "loaded"


def test_a_model_that_passes_the_check_may_still_not_fit(tmp_path: Path) -> None:
    wrong = graph(ended_by("MatMul", "m", "w"), [W])
    check_onnx(wrong, name="x.onnx")
    with pytest.raises(ModelError, match=r"x\.onnx: OpenVINO cannot load this network: \w") as found:
        load_openvino(wrong, name="x.onnx")
    assert "Exception from" not in str(found.value)


@pytest.mark.parametrize("place", ["canary.bin", "../canary.bin", "/etc/hostname"])
def test_tensors_outside_the_file_are_refused_before_openvino_sees_them(place: str) -> None:
    with pytest.raises(ModelError, match="its tensors are in another file"):
        check_onnx(external(place), name="x.onnx")


def test_whole_encoders_pass() -> None:
    check_onnx(GOOD, name="x.onnx")
    pictures = np.full((3, 32, 32, 3), 5, np.uint8)
    np.testing.assert_allclose(load_openvino(GOOD, name="x.onnx").encode(pictures), 3 * 5 + 1)
