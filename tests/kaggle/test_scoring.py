from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest

from morelli.errors import KaggleError
from morelli.kaggle import scoring
from morelli.kaggle.pairs import Pairs
from morelli.kaggle.scoring import by_group, in_blocks, model_scores, score_pairs
from morelli.model.comparison import CohortComparison, PairNetComparison
from morelli.model.similarity import block_similarity, rows_similarity

KINDS = ("cosine", "negative-mean-squared-difference")


class Counted:
    """Rows and blocks of embeddings, and how many similarities each was asked for."""

    def __init__(self, embeddings, kind):
        self.embeddings, self.kind = embeddings, kind
        self.rows_asked = self.cells_asked = 0

    def rows(self, first, second):
        self.rows_asked += len(first)
        return rows_similarity(self.embeddings, first, second, kind=self.kind)

    def block(self, queries, gallery):
        self.cells_asked += len(queries) * len(gallery)
        return block_similarity(self.embeddings[queries], self.embeddings[gallery], kind=self.kind)

    def score(self):
        return in_blocks(self.rows, self.block, n_pictures=len(self.embeddings))


def all_pairs_inside(groups):
    return np.array([pair for group in groups for pair in combinations(group, 2)], dtype=np.uint16).T


def pairs_of(first, second):
    return Pairs(np.arange(len(first)), first, second)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", ["as it comes", "shuffled"])
def test_blocks_score_as_rows_do(rng, kind, order):
    embeddings = rng.normal(size=(150, 16)).astype(np.float32)
    first, second = all_pairs_inside([rng.permutation(150)])
    if order == "shuffled":
        shuffle = rng.permutation(len(first))
        first, second = first[shuffle], second[shuffle]
    counted = Counted(embeddings, kind)
    score = counted.score()(first, second)
    wanted = [
        float(rows_similarity(embeddings, np.array([a]), np.array([b]), kind=kind)[0])
        for a, b in zip(first, second, strict=True)
    ]
    np.testing.assert_allclose(score, wanted, atol=2e-6)
    assert score.dtype == np.float32
    assert counted.rows_asked == 256  # those that are checked
    assert counted.cells_asked <= 150 * 150


def test_pairs_that_fill_no_block_are_scored_as_rows(rng):
    counted = Counted(rng.normal(size=(1000, 4)).astype(np.float32), "cosine")
    first, second = rng.integers(0, 1000, (2, 5000))
    np.testing.assert_array_equal(
        counted.score()(first, second), rows_similarity(counted.embeddings, first, second, kind="cosine")
    )
    assert counted.cells_asked == 0


def test_a_block_that_rounding_spoils_is_scored_as_rows(rng):
    """Embeddings far from zero and near each other: |a|^2 + |b|^2 - 2ab has lost the difference."""
    embeddings = (1000 + 0.1 * rng.normal(size=(60, 8))).astype(np.float32)
    first, second = all_pairs_inside([range(60)])
    counted = Counted(embeddings, KINDS[1])
    score = counted.score()(first, second)
    np.testing.assert_array_equal(score, rows_similarity(embeddings, first, second, kind=KINDS[1]))
    assert counted.cells_asked > 0
    spoilt = counted.block(np.arange(60), np.arange(60))[first, second]
    assert np.abs(spoilt - score).max() > 0.1 * score.std()


@pytest.mark.parametrize("chunk", [7, 1000, 1 << 20])
def test_every_pair_is_scored_once_whatever_the_chunk(rng, monkeypatch, chunk):
    monkeypatch.setattr(scoring, "_CHUNK", chunk)
    first, second = all_pairs_inside([range(20), range(20, 45)])
    told = []
    score, unusable = score_pairs(
        pairs_of(first, second),
        lambda a, b: (a * 100.0 + b).astype(np.float32),
        usable=np.ones(45, dtype=bool),
        neutral=-1.0,
        progress=lambda done, total: told.append((done, total)),
    )
    np.testing.assert_array_equal(score, first * 100.0 + second)
    assert unusable == 0
    assert told[-1] == (490, 490)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


def test_groups_are_what_hangs_together(rng):
    """Against a walk from picture to picture."""
    groups = [range(4), range(4, 5), range(5, 12), [12, 19], range(13, 19)]
    first, second = all_pairs_inside([g for g in groups if len(g) > 1])
    keep = rng.random(len(first)) < 0.6  # not every pair, and chains
    chain = np.arange(30, 59, dtype=np.uint16)
    first = np.concatenate([first[keep], chain, [12]]).astype(np.uint16)
    second = np.concatenate([second[keep], chain + 1, [19]]).astype(np.uint16)
    shuffle = rng.permutation(len(first))
    first, second = first[shuffle], second[shuffle]
    order, ends = by_group(pairs_of(first, second), n_pictures=70)
    assert sorted(order.tolist()) == list(range(len(first)))
    neighbours = {k: set() for k in range(70)}
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        neighbours[a].add(b)
        neighbours[b].add(a)

    def reached(start):
        found, edge = {start}, [start]
        while edge:
            edge = [k for one in edge for k in neighbours[one] if k not in found]
            found.update(edge)
        return min(found)

    of = [reached(int(first[row])) for row in order]
    assert of == sorted(of)
    assert ends.tolist() == [k + 1 for k in range(len(of)) if k + 1 == len(of) or of[k] != of[k + 1]]
    for one in set(of):
        inside = [row for row, group in zip(order.tolist(), of, strict=True) if group == one]
        assert inside == sorted(inside)


@pytest.mark.parametrize("order", ["as it comes", "shuffled"])
def test_groups_are_scored_in_blocks_in_any_order(rng, monkeypatch, order):
    monkeypatch.setattr(scoring, "_CHUNK", 2000)
    embeddings = rng.normal(size=(300, 8)).astype(np.float32)
    first, second = all_pairs_inside(np.split(rng.permutation(300), [70, 150, 230]))
    if order == "shuffled":
        shuffle = rng.permutation(len(first))
        first, second = first[shuffle], second[shuffle]
    counted = Counted(embeddings, "cosine")
    score, _ = score_pairs(pairs_of(first, second), counted.score(), usable=np.ones(300, dtype=bool), neutral=0.0)
    np.testing.assert_allclose(score, rows_similarity(embeddings, first, second, kind="cosine"), atol=1e-6)
    assert counted.rows_asked < len(first) / 4


def test_a_pair_with_an_unusable_picture_is_neutral_and_counted(rng):
    usable = np.ones(12, dtype=bool)
    usable[[2, 5]] = False
    first, second = all_pairs_inside([range(12)])
    score, unusable = score_pairs(
        pairs_of(first, second), lambda a, b: np.full(len(a), 0.25, np.float32), usable=usable, neutral=-3.5
    )
    expected = [-3.5 if {a, b} & {2, 5} else 0.25 for a, b in zip(first.tolist(), second.tolist(), strict=True)]
    assert score.tolist() == expected
    assert unusable == expected.count(-3.5) == 21


def test_a_score_that_is_no_number_is_an_error(rng):
    first, second = all_pairs_inside([range(5)])
    with pytest.raises(KaggleError, match="a pair's similarity is no number"):
        score_pairs(
            pairs_of(first, second),
            lambda a, b: np.where(a == 3, np.nan, 0).astype(np.float32),
            usable=np.ones(5, dtype=bool),
            neutral=0.0,
        )


class Network:
    """Stands for a compiled network over pairs; counts the pairs that it is given."""

    def __init__(self):
        self.pairs = 0

    def create_infer_request(self):
        return self

    def infer(self, sides):
        self.pairs += len(sides["first"])
        return {"similarity": (sides["first"] * sides["second"]).sum(axis=1)}


def test_a_network_over_pairs_is_run_for_the_pairs_that_are_asked_for_alone(rng):
    embeddings = rng.normal(size=(80, 4)).astype(np.float32)
    first, second = all_pairs_inside([range(40), range(40, 80)])
    network = Network()
    scores = model_scores(SimpleNamespace(comparison=PairNetComparison(network)), embeddings)
    score, _ = score_pairs(pairs_of(first, second), scores, usable=np.ones(80, dtype=bool), neutral=0.0)
    np.testing.assert_allclose(score, (embeddings[first] * embeddings[second]).sum(axis=1), rtol=1e-6)
    assert network.pairs == 2 * len(first)  # in both orders


def test_a_cohort_is_taken_off_in_blocks_as_in_rows(rng):
    embeddings, cohort = (rng.normal(size=(n, 6)).astype(np.float32) for n in (50, 30))
    comparison = CohortComparison("cosine", cohort, 5, 0.5)
    first, second = all_pairs_inside([range(50)])
    scores = model_scores(SimpleNamespace(comparison=comparison), embeddings)
    score, _ = score_pairs(pairs_of(first, second), scores, usable=np.ones(50, dtype=bool), neutral=0.0)
    np.testing.assert_allclose(score, comparison.over(embeddings).rows(first, second), atol=1e-5)
