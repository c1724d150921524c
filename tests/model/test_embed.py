import numpy as np
import pytest

from morelli.errors import PictureError
from morelli.model.embed import embed_files, quarters_fact
from morelli.pictures.view import View


class Sums:
    """An encoder that can be checked by hand: the sum of each view."""

    size, embedding = 64, 5

    def __init__(self, views):
        self.views = views

    def encode(self, pictures):
        return pictures.reshape(len(pictures), self.views, -1).astype(np.float64).sum(axis=2).astype(np.float32)


@pytest.fixture
def files(studio_folder):
    return sorted(studio_folder.rglob("*.jpg"))[:5]


def test_several_views_of_a_picture_go_to_the_encoder_together(files, tmp_path):
    view = View("corners", 64)
    done = embed_files([*files, tmp_path / "gone.jpg"], encoder=Sums(5), view=view, width=5, batch=2)
    wanted = [view.open(file).pixels.reshape(5, -1).astype(np.float64).sum(axis=1) for file in files]
    np.testing.assert_allclose(done.embeddings[:5], wanted, rtol=1e-6)
    assert np.isnan(done.embeddings[5]).all()
    assert isinstance(done.skipped[0][1], PictureError)
    assert done.quartered == 5  # the studio's pictures have 64 px: no larger than a crop
    assert embed_files(files, encoder=Sums(5), view=View("corners", 63), width=5).quartered == 0


def test_what_is_said_of_quarters():
    assert quarters_fact(View("whole", 64), 0, 9) == {}
    assert "their quarters, enlarged" in quarters_fact(View("corners", 224), 3, 9)["corners"]
    assert quarters_fact(View("corners", 224), 3, 9)["corners"].startswith("3 of 9 pictures")
    assert "full resolution" in quarters_fact(View("corners", 224), 0, 9)["corners"]
