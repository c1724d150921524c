import shutil

import numpy as np
import pytest
from PIL import Image

from morelli.features.cache import FeatureCache
from morelli.features.extract import combine, extract
from morelli.pictures.view import View


class Means:
    """An encoder that can be checked by hand: mean and deviation of each channel. Counts what it encodes."""

    embedding = 6

    def __init__(self, size):
        self.size = size
        self.encoded = 0

    def encode(self, pictures):
        self.encoded += len(pictures)
        flat = pictures.reshape(len(pictures), -1, 3).astype(np.float32)
        return np.concatenate([flat.mean(1), flat.std(1)], axis=1)


@pytest.fixture
def files(studio_folder):
    return sorted(studio_folder.rglob("*.jpg"))[:20]


@pytest.mark.parametrize(
    ("kind", "aggregate"), [("whole", "concatenate"), ("corners", "concatenate"), ("tiles", "mean")]
)
def test_features_are_those_of_one_picture_at_a_time(files, tmp_path, kind, aggregate):
    view, encoder = View(kind, 32), Means(32)
    width = 6 * (view.n if aggregate == "concatenate" else 1)
    cache = FeatureCache(tmp_path, {"view": view.to_dict()}, width=width)
    done = extract(files, encoder=encoder, view=view, cache=cache, aggregate=aggregate, batch=7)
    for file, got in zip(files, done.features(cache), strict=True):
        each = encoder.encode(view.open(file).pixels)
        np.testing.assert_allclose(got, each.ravel() if aggregate == "concatenate" else each.mean(0), rtol=1e-5)


def test_nothing_is_encoded_twice_and_a_changed_picture_is(files, tmp_path):
    copies = [shutil.copy(file, tmp_path / f"{k}.jpg") for k, file in enumerate(files[:6])]
    view, encoder = View("whole", 32), Means(32)
    cache = FeatureCache(tmp_path / "cache", {}, width=6)
    extract(copies[:4], encoder=encoder, view=view, cache=cache)
    assert encoder.encoded == 4
    first = extract(copies, encoder=encoder, view=view, cache=cache).features(cache)
    assert encoder.encoded == 6
    shutil.copy(files[7], copies[2])
    second = extract(copies, encoder=encoder, view=view, cache=cache).features(cache)
    assert encoder.encoded == 7
    assert not np.allclose(first[2], second[2])
    np.testing.assert_array_equal(np.delete(first, 2, 0), np.delete(second, 2, 0))


def test_one_picture_twice_is_encoded_once(files, tmp_path):
    view, encoder = View("whole", 32), Means(32)
    cache = FeatureCache(tmp_path, {}, width=6)
    done = extract([files[0], files[1], files[0]], encoder=encoder, view=view, cache=cache)
    assert encoder.encoded == 2
    features = done.features(cache)
    np.testing.assert_array_equal(features[0], features[2])


def test_bad_pictures_are_reported_and_left_out(files, tmp_path):
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"\xff\xd8\xff")
    view, encoder = View("whole", 32), Means(32)
    cache = FeatureCache(tmp_path / "cache", {}, width=6)
    done = extract([files[0], bad, tmp_path / "gone.jpg", files[1]], encoder=encoder, view=view, cache=cache)
    assert done.usable.tolist() == [True, False, False, True]
    assert [place for place, _ in done.skipped] == [1, 2]
    assert "bad.jpg" in str(done.skipped[0][1])
    assert done.features(cache).shape == (2, 6)


def test_combine_keeps_views_together():
    features = np.arange(12, dtype=np.float32).reshape(6, 2)
    assert combine(features, views=3, aggregate="concatenate").tolist() == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
    assert combine(features, views=3, aggregate="mean").tolist() == [[2, 3], [8, 9]]


def test_pictures_whose_quarters_took_the_corners_place_are_counted_also_when_nothing_is_decoded(files, tmp_path):
    larger = tmp_path / "larger.png"
    Image.fromarray(np.zeros((90, 90, 3), np.uint8)).save(larger)
    view, encoder = View("corners", 64), Means(64)  # the studio's pictures have 64 px
    cache = FeatureCache(tmp_path / "cache", {}, width=30)
    for encoded in (20, 20):
        done = extract([*files[:3], larger], encoder=encoder, view=view, cache=cache)
        assert done.quartered == 3
        assert encoder.encoded == encoded
    assert (
        extract(
            files[:3], encoder=Means(63), view=View("corners", 63), cache=FeatureCache(tmp_path, {}, width=30)
        ).quartered
        == 0
    )
