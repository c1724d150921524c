"""The model that comes with the package, on real paintings: it is whole, small, and knows painters whom it never saw."""

from importlib import resources
from pathlib import Path

import numpy as np

from morelli.catalogue.catalogue import Catalogue
from morelli.model.calibrate import artist_names
from morelli.model.folder import ENCODER
from morelli.model.mapper import load_mapper
from morelli.model.model import load
from morelli.protocol.roc import auc

PLACE = Path(str(resources.files("morelli.models"))) / "default"


def test_it_is_small_enough_for_a_wheel_of_32_megabytes():
    assert sum(file.stat().st_size for file in PLACE.iterdir()) < 24e6
    model = load(PLACE)
    assert model.name == "house"
    assert list(model.comparisons) == ["cohort", "alone"]
    assert "## What it reaches" in (PLACE / "card.md").read_text(encoding="utf-8")


def test_its_maps_add_up_on_real_paintings(paintings_full_size):
    """The weights are kept narrow: what is taken off for the average picture must be rounded alike, or explanations are refused."""
    model, catalogue = load(PLACE), Catalogue.read(paintings_full_size)
    mapper = load_mapper(model.folder.read(ENCODER), name="x")
    for row in range(len(catalogue)):
        embeddings, maps = mapper(model.view.open(catalogue.file(row)).pixels)
        off = np.linalg.norm(maps.sum(axis=(1, 2), dtype=np.float64) - embeddings)
        assert off < 1e-4 * np.linalg.norm(embeddings)


def test_it_tells_painters_apart_whom_it_never_saw(paintings_full_size):
    model, catalogue = load(PLACE), Catalogue.read(paintings_full_size)
    artist = artist_names(catalogue)
    unseen = np.array([model.trained_on.role_of_artist(name) is None for name in artist])
    assert len(set(artist[unseen])) >= 3
    embeddings = model.encode([catalogue.file(row) for row in range(len(catalogue))])
    first, second = np.triu_indices(len(catalogue), 1)
    same = artist[first] == artist[second]
    for comparison in model.comparisons.values():
        scores = comparison.over(embeddings).rows(first, second)
        assert auc(scores, same) > 0.7
        among = unseen[first] & unseen[second]
        assert auc(scores[among], same[among]) > 0.7
