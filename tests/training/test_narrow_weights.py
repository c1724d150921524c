"""Against the same network with its weights rounded by numpy, and against onnxruntime."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from morelli.errors import ModelError
from morelli.model.encoder import load_openvino
from morelli.model.onnx_check import check_onnx
from morelli.training.narrow_weights import check_narrow, narrow_weights


def network(weight, bias):
    nodes = [
        helper.make_node("Cast", ["pictures"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["x", "shape"], ["flat"]),
        helper.make_node("Gemm", ["flat", "weight", "bias"], ["embedding"]),
    ]
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("pictures", TensorProto.UINT8, ["n", 4, 4, 3])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", weight.shape[1]])],
        [
            numpy_helper.from_array(weight, "weight"),
            numpy_helper.from_array(bias, "bias"),
            numpy_helper.from_array(np.array([-1, 48], dtype=np.int64), "shape"),
        ],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9).SerializeToString()


def run(model, pictures):
    return onnxruntime.InferenceSession(model).run(None, {"pictures": pictures})[0]


@pytest.fixture
def parts(rng):
    weight = rng.normal(size=(48, 64)).astype(np.float32)
    return weight, rng.normal(size=64).astype(np.float32), rng.integers(0, 256, (3, 4, 4, 3), dtype=np.uint8)


def test_it_computes_with_the_rounded_weights_and_is_half_as_large(parts):
    weight, bias, pictures = parts
    whole, halved = network(weight, bias), narrow_weights(network(weight, bias), "float16")
    rounded = weight.astype(np.float16).astype(np.float32)
    np.testing.assert_allclose(run(halved, pictures), run(network(rounded, bias), pictures), rtol=1e-6)
    assert np.abs(run(halved, pictures) - run(whole, pictures)).max() < 2e-3 * np.abs(run(whole, pictures)).max()
    assert len(halved) < 0.55 * len(whole)
    check_onnx(halved, name="halved")
    assert onnx.load_model_from_string(halved).graph.output[0].name == "embedding"


def test_small_weights_and_those_too_large_for_16_bits_stay(parts):
    weight, bias, _ = parts
    weight[5, 7] = 1e6
    assert narrow_weights(network(weight, bias), "float16") == network(weight, bias)
    kept = {
        one.name: one.data_type
        for one in onnx.load_model_from_string(narrow_weights(network(weight / 1e6, bias), "float16")).graph.initializer
    }
    assert kept == {"weight/half": TensorProto.FLOAT16, "bias": TensorProto.FLOAT, "shape": TensorProto.INT64}


def test_a_difference_that_is_too_large_is_refused(parts, rng):
    weight, bias, pictures = parts
    whole = network(weight, bias)
    assert 0 < check_narrow(whole, narrow_weights(whole, "float16"), pictures, stored="float16") < 1e-3
    other = network(weight + rng.normal(scale=0.1, size=weight.shape).astype(np.float32), bias)
    with pytest.raises(ModelError, match=r'weights in float16 change the embeddings by .* set stored = "float32"'):
        check_narrow(whole, other, pictures, stored="float16")


def test_bytes_have_one_scale_an_output_and_are_a_quarter_as_large(rng):
    """A Gemm's weight lies with its outputs first, as a linear layer exports it."""
    weight = (rng.normal(size=(512, 48)) * np.exp(rng.normal(0, 2, (512, 1)))).astype(np.float32)
    weight[7] = 0
    pictures = rng.integers(0, 256, (3, 4, 4, 3), dtype=np.uint8)
    whole = onnx.load_model_from_string(network(weight.T.copy(), np.zeros(512, np.float32)))
    gemm = whole.graph.node[2]
    gemm.attribute.append(helper.make_attribute("transB", 1))
    whole.graph.initializer[0].CopyFrom(numpy_helper.from_array(weight, "weight"))
    whole = whole.SerializeToString()
    narrow = narrow_weights(whole, "int8")
    scale = np.where(np.abs(weight).max(axis=1, keepdims=True) == 0, 1, np.abs(weight).max(axis=1, keepdims=True) / 127)
    rounded = np.rint(weight / scale) * scale
    assert np.abs(rounded - weight).max() <= scale.max() / 2 + 1e-6
    flat = pictures.reshape(3, 48).astype(np.float64)
    np.testing.assert_allclose(run(narrow, pictures), flat @ rounded.T, rtol=1e-4, atol=1e-3)
    assert len(narrow) < 0.3 * len(whole)
    check_onnx(narrow, name="narrow")
    assert 0 < check_narrow(whole, narrow, pictures, stored="int8") < 0.02


def test_a_matrix_that_is_no_layer_s_stays_in_16_bits(parts):
    weight, bias, _ = parts
    wide = np.tile(weight, (1, 8)).astype(np.float32)
    model = onnx.load_model_from_string(network(wide, np.tile(bias, 8)))
    gemm = model.graph.node[2]
    gemm.op_type = "MatMul"
    del gemm.input[2]
    kept = {
        one.name
        for one in onnx.load_model_from_string(narrow_weights(model.SerializeToString(), "int8")).graph.initializer
    }
    assert "weight/half" in kept


def test_what_a_layer_in_bytes_reads_is_not_rounded(rng):
    weight = rng.normal(size=(2048, 48)).astype(np.float32)
    model = onnx.load_model_from_string(network(weight.T.copy(), np.zeros(2048, np.float32)))
    model.graph.node[2].attribute.append(helper.make_attribute("transB", 1))
    model.graph.initializer[0].CopyFrom(numpy_helper.from_array(weight, "weight"))
    narrow = narrow_weights(model.SerializeToString(), "int8")
    pictures = rng.integers(0, 256, (3, 4, 4, 3), dtype=np.uint8)
    wanted = run(narrow, pictures)
    got = load_openvino(narrow, name="x").encode(pictures)
    np.testing.assert_allclose(got, wanted, atol=1e-5 * np.abs(wanted).max())
