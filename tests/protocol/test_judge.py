from __future__ import annotations

import numpy as np
import pytest

from morelli.errors import PairsError
from morelli.protocol.fit_decision import fit_decision
from morelli.protocol.judge import judge
from morelli.protocol.llr import cllr
from morelli.protocol.population import Population
from morelli.protocol.roc import auc
from morelli.protocol.sets import SetDrawer


class World:
    """Sixty artists in three styles; parts by artist, and the seen ones' later pictures kept for judging."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.embedding, self.artist = Population(between=1.5, fewest=6, most=12).draw(60, rng)
        _, code = np.unique(self.artist.astype(str), return_inverse=True)
        self.style = np.array([f"style {one % 3}" for one in code], dtype=object)
        self.path = np.array([f"{row}.jpg" for row in range(len(code))], dtype=object)
        last = np.r_[code[1:] != code[:-1], True] | np.r_[code[2:] != code[:-2], True, True]
        self.part = np.select([code < 20, code < 40], ["test", "calibration"], "train").astype(object)
        self.part[(self.part == "train") & last] = "test-seen"
        self.asked: list[np.ndarray] = []

    def score(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        self.asked += [first, second]
        return np.asarray(-np.square(self.embedding[first] - self.embedding[second]).mean(axis=1))

    def judge(self, **options):  # type: ignore[no-untyped-def]
        decision = fit_decision(self.score, self.artist, self.style, self.part)
        self.asked.clear()
        return judge(
            self.score, decision, artist=self.artist, style=self.style, path=self.path, part=self.part, system="s",
            model_id="m", root="r", resamples=20, **options,
        )  # fmt: skip


def test_everything_is_judged_on_test_pictures_only(rng: np.random.Generator) -> None:
    world = World(rng)
    steps: list[tuple[int, int]] = []
    found = world.judge(progress=lambda done, total: steps.append((done, total)), facts={"what": "made up"})
    keys = [(one.group, one.negatives) for one in found.pairs]
    assert keys == [(group, kind) for group in ("seen", "unseen", "mix") for kind in ("random", "style-matched")]
    assert set(world.part[np.concatenate(world.asked)]) == {"test", "test-seen"}
    assert [one.group for one in found.retrieval] == ["seen", "unseen", "mix"]
    assert found.retrieval[0].neighbours.shape[1] == 10
    ways = [(one.group, one.ways, one.shots) for one in found.few_shot]
    assert ways == [("seen", 5, 1), ("seen", 20, 1), *[("unseen", way, shot) for shot in (1, 5) for way in (5, 20)]]
    assert all(one.accuracy.value > 1.5 / one.ways for one in found.few_shot)
    assert steps[-1] == (9, 9)
    assert found.facts["what"] == "made up"
    assert found.facts["unseen paintings"].endswith("by 20 artists")
    for one in found.pairs:
        assert {"accuracy", "auc", "eer", "cllr", "triplet_accuracy_of_four"} <= set(one.figures)
        assert ("false_accept_rate_cross" in one.figures) == (one.group == "mix")
        assert one.figures["auc"].value > 0.6


def test_each_kind_of_negatives_has_its_own_calibration_and_one_threshold_serves_all(rng: np.random.Generator) -> None:
    world = World(rng)
    decision = fit_decision(world.score, world.artist, world.style, world.part)
    found = world.judge()
    for one in found.pairs:
        np.testing.assert_allclose(one.llr, decision.llr(one.similarity, negatives=one.negatives))
        rate = np.mean((one.similarity >= decision.threshold) == one.pairs.same)
        assert one.figures["accuracy"].value == pytest.approx(rate)
    assert found.threshold == decision.threshold
    assert "calibration artists" in found.threshold_from


def test_operating_points_are_measured_on_all_pairs_of_test_pictures(rng: np.random.Generator) -> None:
    world = World(rng)
    decision = fit_decision(world.score, world.artist, world.style, world.part)
    found = world.judge()
    assert {one.group for one in found.points} == {"seen", "unseen"}
    for one in found.points:
        point = decision.point(one.name, negatives=one.negatives)
        assert one.promised == point.achieved
        assert set(one.measured) == set(one.promised)
    (one,) = [p for p in found.points if (p.group, p.negatives, p.name) == ("unseen", "random", "balanced")]
    rows = np.flatnonzero(world.part == "test")
    first, second = (rows[side] for side in np.triu_indices(len(rows), 1))
    same = world.artist[first] == world.artist[second]
    said = decision.point(negatives="random").decide(world.score(first, second))
    # Pair by pair; artists count alike among the positives, all of whom have fewer pairs than the most that count.
    assert one.measured["miss"].value == pytest.approx(np.mean(said[same] == "different"))
    wrong = said[~same] == "same"
    assert one.measured["false_accept"].value == pytest.approx(np.mean(wrong), abs=0.03)
    two = zip(world.artist[first[~same][wrong]], world.artist[second[~same][wrong]], strict=True)
    assert one.artist_pairs == len({frozenset(pair) for pair in two})


def test_sets_are_judged_by_their_own_calibration(rng: np.random.Generator) -> None:
    world = World(rng)
    decision = fit_decision(world.score, world.artist, world.style, world.part)
    found = world.judge()
    assert {one.group for one in found.sets} == {"unseen"}  # seen artists have two pictures kept for judging
    random = {one.references: one for one in found.sets if one.negatives == "random"}
    assert set(random) <= set(decision.sets["random"])
    assert {2, 4} <= set(random)
    for one in found.sets:
        assert tuple(one.figures) == ("auc", "eer", "cllr", "min_cllr", "calibration_loss")
        assert one.figures["auc"].low < one.figures["auc"].value < one.figures["auc"].high
        assert one.figures["auc"].n_artists <= 20
    pair = found.of("unseen", "random").figures["auc"].value
    assert pair < random[2].figures["auc"].value < random[4].figures["auc"].value
    rows = np.flatnonzero(world.part == "test")
    sets = SetDrawer(world.artist, rows, size=4, negatives="random").balanced()
    embedding = world.embedding[rows]
    # The similarity to the mean, computed as such.
    away = embedding[sets.query] - embedding[sets.references].mean(axis=1)
    similarity = -np.square(away).mean(axis=1)
    assert random[4].figures["auc"].value == pytest.approx(auc(similarity, sets.same), abs=1e-6)
    llr = decision.sets["random"][4].calibration.llr(similarity)
    assert random[4].figures["cllr"].value == pytest.approx(cllr(llr, sets.same), abs=1e-5)


def test_blocks_find_what_pairs_find(rng: np.random.Generator) -> None:
    world = World(rng)
    embedding = world.embedding

    def block(query: np.ndarray, gallery: np.ndarray) -> np.ndarray:
        return np.asarray(-np.square(embedding[query][:, None] - embedding[gallery][None]).mean(axis=-1))

    for one, other in zip(world.judge().retrieval, world.judge(block=block).retrieval, strict=True):
        np.testing.assert_array_equal(one.neighbours, other.neighbours)
        assert one.recall == other.recall


def test_a_catalogue_without_styles_or_without_seen_pictures(rng: np.random.Generator) -> None:
    world = World(rng)
    world.style[:] = ""
    world.part[world.part == "test-seen"] = "train"
    found = world.judge()
    assert [(one.group, one.negatives) for one in found.pairs] == [("unseen", "random")]
    with pytest.raises(PairsError, match="at least two styles"):
        world.judge(negatives=("style-matched",))
    world.part[world.part == "test"] = "train"
    with pytest.raises(PairsError, match="nothing to judge on"):
        world.judge()
