"""Against ONNX's own reference evaluator, operator by operator."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from onnx import TensorProto, helper, numpy_helper  # noqa: E402
from onnx.reference import ReferenceEvaluator  # noqa: E402

from morelli.errors import ModelError  # noqa: E402
from morelli.looking.onnx_network import read_onnx  # noqa: E402
from morelli.looking.onnx_operations import OPERATIONS  # noqa: E402

X, V = (2, 4, 6, 7), (2, 5)


def ints(*values):
    return np.array(values, dtype=np.int64)


def numbers(*shape):
    return np.random.default_rng(sum(shape)).normal(size=shape).astype(np.float32)


# operator, shape of the input, further inputs, attributes
CASES = [
    ("Conv", X, [numbers(3, 4, 3, 3), numbers(3)], {"pads": [1, 1, 1, 1]}),
    ("Conv", X, [numbers(4, 1, 3, 3)], {"group": 4, "strides": [2, 2], "pads": [0, 0, 1, 1]}),
    ("Conv", X, [numbers(2, 4, 1, 3), numbers(2)], {"dilations": [1, 2], "pads": [0, 2, 0, 2]}),
    ("MaxPool", X, [], {"kernel_shape": [2, 2], "strides": [2, 2]}),
    ("MaxPool", X, [], {"kernel_shape": [3, 3], "strides": [2, 2], "pads": [0, 0, 1, 1]}),
    ("AveragePool", X, [], {"kernel_shape": [3, 3], "strides": [1, 1], "pads": [1, 1, 1, 1], "count_include_pad": 1}),
    ("AveragePool", X, [], {"kernel_shape": [3, 3], "strides": [1, 1], "pads": [1, 1, 1, 1]}),
    ("GlobalAveragePool", X, [], {}),
    ("Pad", X, [ints(0, 0, 1, 0, 0, 0, 2, 1), np.float32(-1.5)], {}),
    ("Pad", X, [ints(1, 2), None, ints(3)], {}),
    ("Gemm", V, [numbers(3, 5), numbers(3)], {"transB": 1, "alpha": 0.5, "beta": 2.0}),
    ("Gemm", V, [numbers(2, 3)], {"transA": 1}),
    ("MatMul", V, [numbers(5, 3)], {}),
    ("LayerNormalization", V, [numbers(5), numbers(5)], {"epsilon": 1e-3}),
    ("BatchNormalization", X, [numbers(4), numbers(4), numbers(4), np.abs(numbers(4)) + 1], {"epsilon": 1e-3}),
    ("ReduceMean", X, [ints(2, 3)], {"keepdims": 0}),
    ("ReduceMean", X, [], {"keepdims": 1}),
    ("ReduceL2", V, [ints(1)], {}),
    ("ReduceMax", X, [ints(1, 3)], {"keepdims": 0}),
    ("ReduceMax", V, [], {}),
    ("Reciprocal", V, [], {}),
    ("ReduceSum", X, [ints(1)], {"keepdims": 0}),
    ("Reshape", X, [ints(2, 4, -1)], {}),
    ("Reshape", X, [ints(0, -1)], {}),
    ("Flatten", X, [], {"axis": 2}),
    ("Slice", V, [ints(1), ints(4), ints(1), ints(2)], {}),
    ("Slice", V, [ints(-3), ints(9223372036854775807), ints(-1)], {}),
    ("Clip", X, [np.float32(-0.3), np.float32(0.6)], {}),
    ("Clip", X, [np.float32(0.1)], {}),
    ("Gelu", V, [], {}),
    ("Gelu", V, [], {"approximate": "tanh"}),
    ("Concat", V, [numbers(2, 3)], {"axis": 1}),
    ("Transpose", X, [], {"perm": [0, 2, 3, 1]}),
    ("Transpose", V, [], {}),
    ("Expand", (2, 1), [ints(2, 5)], {}),
    ("Gather", V, [ints(3, 0)], {"axis": 1}),
    ("Squeeze", (2, 1, 5), [ints(1)], {}),
    ("Unsqueeze", V, [ints(0, 3)], {}),
    ("PRelu", X, [numbers(4, 1, 1)], {}),
    ("Softmax", V, [], {"axis": 1}),
    ("Cast", V, [], {"to": TensorProto.FLOAT}),
    ("Shape", X, [], {"start": 1, "end": 3}),
    *((name, V, [], {}) for name in ("Abs", "Relu", "Sigmoid", "Neg", "Identity")),
    *((name, V, [numbers(2, 5) + 3], {}) for name in ("Add", "Sub", "Mul", "Div", "Max", "Min")),
    ("Pow", V, [np.float32(2)], {}),
]


def model_of(operator, shape, more, attributes):
    names = ["x", *("" if value is None else f"c{place}" for place, value in enumerate(more))]
    constants = [numpy_helper.from_array(np.asarray(v), f"c{place}") for place, v in enumerate(more) if v is not None]
    node = helper.make_node(operator, names, ["y"], **attributes)
    graph = helper.make_graph(
        [node],
        "one",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.UNDEFINED, None)],
        constants,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[3]}")
def test_an_operator_is_onnxs(case):
    model = model_of(*case)
    x = numbers(*case[1])
    [wanted] = ReferenceEvaluator(model).run(None, {"x": x})
    (got,) = read_onnx(model.SerializeToString(), name="x").run({"x": torch.from_numpy(x)}, ["y"])
    assert got.shape == wanted.shape
    np.testing.assert_allclose(got.numpy(), wanted, atol=1e-5)


def test_a_root_is_the_root_and_level_where_it_is_steepest():
    (got,) = read_onnx(model_of("Sqrt", V, [], {}).SerializeToString(), name="x").run({"x": torch.full(V, 9.0)}, ["y"])
    assert got.tolist() == [[3.0] * 5] * 2
    zero = torch.zeros(V, requires_grad=True)
    (got,) = read_onnx(model_of("Sqrt", V, [], {}).SerializeToString(), name="x").run({"x": zero}, ["y"])
    got.sum().backward()
    assert got.abs().max() < 1e-12
    assert zero.grad.tolist() == [[0.0] * 5] * 2


def test_every_operator_is_tested():
    assert {case[0] for case in CASES} | {"Sqrt"} == set(OPERATIONS)


def chain():
    nodes = [
        helper.make_node("Relu", ["x"], ["a"]),
        helper.make_node("Neg", ["a"], ["b"]),
        helper.make_node("Elu", ["x"], ["aside"]),
        helper.make_node("Add", ["b", "one"], ["y"]),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "chain",
        [value("x", TensorProto.FLOAT, [2])],
        [value("y", TensorProto.FLOAT, [2]), value("aside", TensorProto.FLOAT, [2])],
        [numpy_helper.from_array(np.float32(1), "one")],
    )
    return read_onnx(helper.make_model(graph).SerializeToString(), name="chain.onnx")


def test_only_what_lies_between_is_done():
    network = chain()
    assert network.run({"x": torch.tensor([-2.0, 3.0])}, ["y", "a"])[0].tolist() == [1, -2]
    assert network.run({"b": torch.tensor([5.0, 6.0])}, ["y"])[0].tolist() == [6, 7]
    with pytest.raises(ModelError, match=r"chain\.onnx: holds a step 'Elu' that cannot be differentiated"):
        network.run({"x": torch.zeros(2)}, ["aside"])
    with pytest.raises(ModelError, match=r"chain\.onnx: x would have to be given too"):
        network.run({}, ["y"])


@pytest.mark.parametrize(
    ("case", "word"),
    [
        (("Pad", X, [ints(0, 0, 1, 0, 0, 0, 2, 1)], {"mode": "reflect"}), "Pad, mode reflect"),
        (("Conv", X, [numbers(3, 4, 3, 3)], {"auto_pad": "SAME_UPPER"}), "auto_pad SAME_UPPER"),
        (("Cast", V, [], {"to": TensorProto.STRING}), "Cast to type 8"),
        (
            ("AveragePool", X, [], {"kernel_shape": [2, 2], "pads": [0, 0, 1, 1]}),
            "AveragePool with padding on one side",
        ),
    ],
)
def test_what_an_operator_cannot_do_here_is_named(case, word):
    with pytest.raises(ModelError, match=f"x: holds a step {word} that cannot be differentiated here"):
        read_onnx(model_of(*case).SerializeToString(), name="x").run({"x": torch.zeros(case[1])}, ["y"])


def test_what_is_no_onnx_file_is_named():
    with pytest.raises(ModelError, match="x: not an ONNX file"):
        read_onnx(b"\xff\xffnothing", name="x")
