"""From files to embeddings: order, batches and bad pictures, with an encoder whose answer is known."""

import numpy as np
import pytest

from morelli.errors import PictureError
from morelli.model.embed import embed_files
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
