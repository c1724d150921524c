"""From files to embeddings: order, batches and bad pictures, with an encoder whose answer is known."""

import numpy as np
import pytest

from morelli.errors import PictureError
from morelli.model.embed import embed_files, quarters_fact
from morelli.pictures.view import View

VIEW = View("centre", 16)


class Means:
    """Embeds a picture as its mean colours; keeps the sizes of the batches it was given."""

    size, embedding, views = 16, 3, 1

    def __init__(self):
        self.batches = []

    def encode(self, pictures):
        self.batches.append(len(pictures))
        return pictures.reshape(len(pictures), -1, 3).mean(axis=1).astype(np.float32)


@pytest.fixture
def files(studio_folder, tmp_path):
    good = sorted(studio_folder.rglob("*.jpg"))[:9]
    (tmp_path / "empty.jpg").write_bytes(b"")
    return [*good[:2], tmp_path / "empty.jpg", *good[2:], tmp_path / "gone.jpg"]


@pytest.mark.parametrize("batch", [1, 4, 32])
@pytest.mark.parametrize("workers", [1, 3])
def test_rows_are_those_of_the_files_whatever_the_batch_and_the_threads(files, batch, workers):
    encoder, told = Means(), []
    found = embed_files(
        files, encoder=encoder, view=VIEW, width=3, batch=batch, workers=workers, progress=lambda *one: told.append(one)
    )
    assert found.usable.tolist() == [True, True, False, *[True] * 7, False]
    for place, file in enumerate(files):
        if found.usable[place]:
            wanted = VIEW.open(file).pixels.reshape(-1, 3).mean(axis=0)
            assert found.embeddings[place] == pytest.approx(wanted, abs=1e-3)
        else:
            assert np.isnan(found.embeddings[place]).all()
    assert [(place, type(error)) for place, error in found.skipped] == [(2, PictureError), (10, PictureError)]
    assert max(encoder.batches) == min(batch, 9)
    assert sum(encoder.batches) == 9
    assert told == [(done, len(files)) for done in range(1, len(files) + 1)]


def test_no_files_are_no_embeddings():
    found = embed_files([], encoder=Means(), view=VIEW, width=3)
    assert found.embeddings.shape == (0, 3)
    assert found.usable.tolist() == []


def test_a_picture_of_several_views_is_one_row(files):
    class Both(Means):
        views = 4

        def encode(self, pictures):
            assert pictures.shape[1:] == (4, 16, 16, 3)
            return pictures.reshape(len(pictures), -1, 3).mean(axis=1).astype(np.float32)

    view = View("tiles", 16)
    found = embed_files(files[:2], encoder=Both(), view=view, width=3)
    wanted = [view.open(file).pixels.reshape(-1, 3).mean(axis=0) for file in files[:2]]
    assert found.embeddings == pytest.approx(np.array(wanted), abs=1e-3)


class Sums:
    """An encoder that can be checked by hand: the sum of each view."""

    size, embedding = 64, 5

    def __init__(self, views):
        self.views = views

    def encode(self, pictures):
        return pictures.reshape(len(pictures), self.views, -1).astype(np.float64).sum(axis=2).astype(np.float32)


@pytest.fixture
def good_files(studio_folder):
    return sorted(studio_folder.rglob("*.jpg"))[:5]


def test_several_views_of_a_picture_go_to_the_encoder_together(good_files, tmp_path):
    view = View("corners", 64)
    done = embed_files([*good_files, tmp_path / "gone.jpg"], encoder=Sums(5), view=view, width=5, batch=2)
    wanted = [view.open(file).pixels.reshape(5, -1).astype(np.float64).sum(axis=1) for file in good_files]
    np.testing.assert_allclose(done.embeddings[:5], wanted, rtol=1e-6)
    assert np.isnan(done.embeddings[5]).all()
    assert isinstance(done.skipped[0][1], PictureError)
    assert done.quartered == 5  # the studio's pictures have 64 px: no larger than a crop
    assert embed_files(good_files, encoder=Sums(5), view=View("corners", 63), width=5).quartered == 0


def test_what_is_said_of_quarters():
    assert quarters_fact(View("whole", 64), 0, 9) == {}
    assert "their quarters, enlarged" in quarters_fact(View("corners", 224), 3, 9)["corners"]
    assert quarters_fact(View("corners", 224), 3, 9)["corners"].startswith("3 of 9 pictures")
    assert "full resolution" in quarters_fact(View("corners", 224), 0, 9)["corners"]
