import numpy as np
import pytest

pytest.importorskip("torch")

from tests.looking.test_class_page import looker_of

from morelli.looking.focus import (
    Focus,
    FocusError,
    choose_paintings,
    estimate_means,
    focus_document,
    focus_text,
    measure,
)


def test_means_are_over_paintings_and_intervals_over_artists(rng):
    artist = np.repeat([f"a{n}" for n in range(40)], 5)
    values = rng.uniform(0.2, 0.3, (200, 1)) + np.repeat(rng.normal(0, 0.05, 40), 5)[:, None]
    [found] = estimate_means(values, artist, scale="share")
    assert found.value == pytest.approx(values.mean())
    assert (found.n_pairs, found.n_artists) == (200, 40)
    # The standard error of a mean of 40 artists' means, all of one size.
    error = values.reshape(40, 5).mean(axis=1).std(ddof=1) / np.sqrt(40)
    assert found.high - found.low == pytest.approx(2 * 2.02 * error, rel=0.15)


def test_a_difference_is_paired(rng):
    artist = [f"a{n}" for n in range(30)]
    hard = rng.uniform(0.1, 0.5, 30)
    values = np.stack([hard, hard + 0.01 + rng.normal(0, 0.001, 30)], axis=1)
    one, other = estimate_means(values, artist, scale="share")
    [less] = estimate_means(values[:, :1] - values[:, 1:], artist, scale="difference")
    assert one.high > other.low
    assert less.high < 0


def test_maps_without_mass_are_left_out_and_counted(rng):
    values = rng.uniform(0.2, 0.3, (6, 1))
    values[2] = np.nan
    [found] = estimate_means(values, ["a", "a", "b", "c", "d", "e"], scale="share")
    assert (found.n_pairs, found.n_artists) == (5, 4)
    assert found.value == pytest.approx(np.nanmean(values))
    with pytest.raises(FocusError, match="1 artists"):
        estimate_means(values, ["a"] * 6, scale="share")


def test_so_many_of_each_artist_are_drawn():
    artist = ["a"] * 5 + ["b"] * 2 + ["c"]
    chosen = choose_paintings(artist, per_artist=2, seed=3)
    assert [artist[place] for place in chosen] == ["a", "a", "b", "b", "c"]
    assert chosen.tolist() == choose_paintings(artist, per_artist=2, seed=3).tolist()
    assert any(chosen.tolist() != choose_paintings(artist, per_artist=2, seed=s).tolist() for s in range(5))


def test_measure_is_the_figures_of_single_maps(lite0_file, studio_folder, rng):
    from morelli.looking.class_page import class_map
    from morelli.looking.mass import half_area
    from morelli.looking.overlay import enlarge

    lookers = [looker_of("lite0", lite0_file, rng), looker_of("lite0:stage4", lite0_file, rng)]
    files = sorted(studio_folder.rglob("*.jpg"))[:3]
    found = measure(files, ["anna", "bela", "cora"], lookers)
    assert found.shown.shape == (3, 2)
    for row, (file, name) in enumerate(zip(files, ("anna", "bela", "cora"), strict=True)):
        grids = []
        for column, looker in enumerate(lookers):
            values = class_map(looker, looker.backbone.view.open(file).pixels, name=name).values
            heat = enlarge(np.maximum(values, 0), looker.backbone.cells, height=240, width=240)
            assert found.shown[row, column] == pytest.approx(half_area(heat))
            grids.append(
                np.array(
                    [[heat[30 * y : 30 * y + 30, 30 * x : 30 * x + 30].mean() for x in range(8)] for y in range(8)]
                )
            )
            assert found.even[row, column] == pytest.approx(half_area(grids[-1]))
        wanted = np.corrcoef(grids[0].ravel(), grids[1].ravel())[0, 1]
        assert found.alike[row] == pytest.approx([1, wanted], abs=1e-6)


def test_the_table_and_the_document_say_the_same(rng):
    values = rng.uniform(0.2, 0.4, (20, 2))
    artist = [f"a{n}" for n in range(20)]
    means = tuple(estimate_means(values, artist, scale="share"))
    less = tuple(estimate_means(values[:, :1] - values, artist, scale="difference"))
    focus = Focus(
        labels=("one, last", "other, last"), shown=means, even=means, alike=means, shown_less=less, even_less=less
    )
    text = focus_text(focus)
    assert str(means[1]) in text
    assert "20 by 20" in text
    assert str(less[1]) in text
    document = focus_document(focus)
    assert [one["map"] for one in document] == ["one, last", "other, last"]
    assert document[1]["shown"]["value"] == means[1].value
    assert document[0]["shown_less"]["value"] == 0
