"""Scores of catalogue rows, against the comparison pair by pair; names that are one artist's."""

import numpy as np
import pytest

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import ModelError
from morelli.model.calibrate import artist_names, block_scorer, embed_rows, scorer
from morelli.model.comparison import MetricComparison
from morelli.pictures.view import View


def test_two_spellings_of_a_name_are_one_artist(tmp_path):
    names = np.array(["Claude Monet", "claude  MONET", "Paul Cézanne", "Paul Cezanne", "Goya"], dtype=object)
    found = artist_names(Catalogue(tmp_path, {"path": names, "artist": names}))
    assert len(set(found)) == 3
    assert found[0] == found[1] != found[2] == found[3] != found[4]


@pytest.mark.parametrize("kind", ["cosine", "negative-mean-squared-difference"])
def test_rows_of_a_catalogue_are_scored_by_their_places(rng, kind):
    embeddings = rng.normal(size=(4, 3)).astype(np.float32)
    place = np.array([2, -1, 0, 3, 1])
    first, second = np.array([0, 2, 4]), np.array([3, 3, 0])
    comparison = MetricComparison(kind)
    wanted = [
        float(
            comparison.over(np.stack([embeddings[place[a]], embeddings[place[b]]])).rows(np.array([0]), np.array([1]))[
                0
            ]
        )
        for a, b in zip(first, second, strict=True)
    ]
    assert scorer(embeddings, place, comparison)(first, second) == pytest.approx(wanted, abs=1e-6)
    block = block_scorer(embeddings, place, comparison)(first, second)
    assert np.diag(block) == pytest.approx(wanted, abs=1e-5)


def test_bad_pictures_are_remarked_on_and_none_at_all_is_an_error(studio_folder, tmp_path):
    from tests.model.test_embed import Means

    good = sorted(studio_folder.rglob("*.jpg"))[0]
    (tmp_path / "a.jpg").write_bytes(good.read_bytes())
    (tmp_path / "b.jpg").write_bytes(b"")
    paths = np.array(["b.jpg", "a.jpg", "gone.jpg"], dtype=object)
    catalogue = Catalogue(tmp_path, {"path": paths, "artist": paths})
    said = []
    settings = {"encoder": Means(), "view": View("centre", 16), "width": 3}
    embeddings, place, _ = embed_rows(catalogue, np.arange(3), remark=said.append, **settings)
    assert embeddings.shape == (1, 3)
    assert place.tolist() == [-1, 0, -1]
    assert [line.split(":")[0] for line in said] == [f"skipped {tmp_path}/b.jpg", f"skipped {tmp_path}/gone.jpg"]
    with pytest.raises(ModelError, match=r"none of 2 pictures can be used: .*b\.jpg: the file is empty"):
        embed_rows(catalogue, np.array([0, 2]), **settings)
