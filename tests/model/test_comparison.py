"""Ways of comparing, against plain loops."""

import io

import numpy as np
import pytest

from morelli.errors import ModelError
from morelli.model.comparison import CohortComparison, MetricComparison, load_pair_net


@pytest.fixture
def embeddings(rng):
    return rng.normal(size=(12, 5)).astype(np.float32)


def cosine(one, other):
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def pair_net(width):
    """An ONNX network that is not symmetric: first @ a + second @ b."""
    onnx = pytest.importorskip("onnx")
    make, kind = onnx.helper, onnx.TensorProto.FLOAT
    a, b = np.arange(width, dtype=np.float32), np.ones(width, dtype=np.float32)
    graph = make.make_graph(
        [
            make.make_node("MatMul", ["first", "a"], ["x"]),
            make.make_node("MatMul", ["second", "b"], ["y"]),
            make.make_node("Add", ["x", "y"], ["similarity"]),
        ],
        "net",
        [make.make_tensor_value_info(name, kind, ["n", width]) for name in ("first", "second")],
        [make.make_tensor_value_info("similarity", kind, ["n"])],
        [onnx.numpy_helper.from_array(a, "a"), onnx.numpy_helper.from_array(b, "b")],
    )
    out = io.BytesIO()
    onnx.save_model(make.make_model(graph, opset_imports=[make.make_opsetid("", 17)]), out)
    return out.getvalue(), a, b


def test_a_cohort_takes_off_half_the_mean_of_each_ones_nearest(embeddings, rng):
    cohort = rng.normal(size=(9, 5)).astype(np.float32)

    def term(one):
        return 0.5 * np.mean(sorted(cosine(one, other) for other in cohort)[-4:])

    compared = CohortComparison("cosine", cohort, neighbours=4, weight=0.5).over(embeddings)
    wanted = [
        cosine(embeddings[i], embeddings[j]) - term(embeddings[i]) - term(embeddings[j]) for i, j in ((0, 1), (4, 7))
    ]
    np.testing.assert_allclose(compared.rows(np.array([0, 4]), np.array([1, 7])), wanted, atol=1e-6)


def test_a_network_over_pairs_is_asked_in_both_orders(embeddings):
    net, a, b = pair_net(5)
    compared = load_pair_net(net, name="head.onnx", width=5).over(embeddings)
    first, second = np.array([0, 3, 3]), np.array([1, 2, 3])
    x, y = embeddings[first], embeddings[second]
    wanted = ((x @ a + y @ b) + (y @ a + x @ b)) / 2
    np.testing.assert_allclose(compared.rows(first, second), wanted, rtol=1e-5)
    np.testing.assert_array_equal(compared.rows(first, second), compared.rows(second, first))


def test_a_picture_without_an_embedding_has_no_similarity(embeddings):
    embeddings[2] = np.nan
    net, _, _ = pair_net(5)
    for comparison in (MetricComparison("cosine"), MetricComparison("dot"), load_pair_net(net, name="h", width=5)):
        found = comparison.over(embeddings).rows(np.array([0, 0]), np.array([1, 2]))
        np.testing.assert_array_equal(np.isnan(found), [False, True])


def comparisons():
    cohort = np.random.default_rng(1).normal(size=(9, 5)).astype(np.float32)
    return [
        MetricComparison("cosine"),
        MetricComparison("dot"),
        MetricComparison("negative-mean-squared-difference"),
        CohortComparison("cosine", cohort, neighbours=3, weight=0.5),
        load_pair_net(pair_net(5)[0], name="head.onnx", width=5),
    ]


@pytest.mark.parametrize("which", range(5))
def test_a_block_is_its_rows_and_order_does_not_matter(embeddings, which):
    compared = comparisons()[which].over(embeddings)
    queries, gallery = np.array([0, 5, 7]), np.array([1, 5, 8, 11])
    block = compared.block(queries, gallery)
    assert block.shape == (3, 4)
    assert block.dtype == np.float32
    first, second = np.repeat(queries, 4), np.tile(gallery, 3)
    np.testing.assert_allclose(block.ravel(), compared.rows(first, second), atol=1e-5)
    np.testing.assert_allclose(block.ravel(), compared.rows(second, first), atol=1e-5)


def test_a_network_that_is_none_over_pairs_is_refused():
    net, _, _ = pair_net(5)
    with pytest.raises(ModelError, match=r"head\.onnx: its input 'first' is .*, the encoder gives 6 values"):
        load_pair_net(net, name="head.onnx", width=6)
    with pytest.raises(ModelError, match=r"head\.onnx: not a network that is safe to load"):
        load_pair_net(b"nothing", name="head.onnx", width=5)


def test_more_neighbours_than_a_cohort_has_are_refused():
    with pytest.raises(ModelError, match="10 neighbours of a cohort of 9"):
        CohortComparison("cosine", np.zeros((9, 5), np.float32), neighbours=10, weight=0.5)


def test_embeddings_of_another_width_than_the_cohort_are_named(embeddings):
    cohort = CohortComparison("cosine", np.eye(7, 5, dtype=np.float32), neighbours=3, weight=0.5)
    with pytest.raises(ValueError, match="embeddings are 4 wide, the cohort's 5"):
        cohort.over(embeddings[:, :4])
