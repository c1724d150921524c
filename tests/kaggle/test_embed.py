import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from morelli.errors import KaggleError
from morelli.features import embeddings
from morelli.features.cache import FeatureCache, FeatureCacheError
from morelli.kaggle.embed import embed_pictures
from morelli.model.seen import TrainedOn, digest_file
from morelli.pictures.open import open_image

from .conftest import BROKEN, ODD, Colours


@pytest.fixture
def files(competition):
    return sorted((competition / "test").iterdir())


def test_embeddings_are_those_of_one_picture_at_a_time(files, tmp_path):
    found = embed_pictures(Colours(), files, cache=tmp_path)
    bad = [file.name in BROKEN.values() for file in files]
    assert found.usable.tolist() == [not one for one in bad]
    assert [str(error).split(":")[0] for error in found.errors] == [
        str(file) for file, one in zip(files, bad, strict=True) if one
    ]
    for file, embedding, one in zip(files, found.embeddings, bad, strict=True):
        wanted = np.zeros(3) if one else open_image(file, at_least=16).mean(axis=(0, 1))
        np.testing.assert_allclose(embedding, wanted, rtol=1e-5)
    odd = [file.name in ODD.values() for file in files]
    assert found.usable[odd].all()
    assert sum(odd) == 3


def test_a_second_run_embeds_only_what_changed(files, tmp_path):
    copies = [shutil.copy(file, tmp_path / file.name) for file in files[:12]]
    first = embed_pictures(Colours(), copies, cache=tmp_path / "cache")
    shutil.copy(files[20], copies[3])
    again = Colours()
    second = embed_pictures(again, copies, cache=tmp_path / "cache")
    assert again.embedded == [copies[3]]
    np.testing.assert_array_equal(np.delete(second.embeddings, 3, 0), np.delete(first.embeddings, 3, 0))
    assert not np.array_equal(first.embeddings[3], second.embeddings[3])


def test_one_picture_under_two_names_is_embedded_once(files, tmp_path):
    model = Colours()
    bad = next(file for file in files if file.name == BROKEN["truncated"])
    copies = [shutil.copy(file, tmp_path / f"{k}.jpg") for k, file in enumerate((files[0], bad, files[0], bad))]
    found = embed_pictures(model, copies, cache=tmp_path / "cache")
    assert len(model.embedded) == 2
    assert found.usable.tolist() == [True, False, True, False]
    assert len(found.errors) == 2
    np.testing.assert_array_equal(found.embeddings[0], found.embeddings[2])


def test_another_model_never_reads_these_embeddings(files, tmp_path):
    embed_pictures(Colours("one"), files[:5], cache=tmp_path)
    other = Colours("other")
    embed_pictures(other, files[:5], cache=tmp_path)
    assert len(other.embedded) == 5
    mine, its = (FeatureCache(tmp_path, {"model": name}, width=3).path for name in ("one", "other"))
    for file in tmp_path.glob("*-wal"):
        file.unlink()
    shutil.copy(its, mine)
    with pytest.raises(FeatureCacheError, match=f"{mine.name}: holds features of another"):
        embed_pictures(Colours("one"), files[:5], cache=tmp_path)


CUT_OFF = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from tests.kaggle.conftest import Colours
from morelli.features import embeddings
from morelli.kaggle import embed
class Dies(Colours):
    def embed(self, files, **options):
        if len(self.embedded) >= 20:
            os.kill(os.getpid(), 9)
        return super().embed(files, **options)
embeddings._KEPT_EVERY = 10
embed.embed_pictures(Dies(), sorted(Path(sys.argv[2]).iterdir()), cache=Path(sys.argv[3]))
"""


def test_a_run_that_was_killed_goes_on_where_it_was(files, tmp_path, monkeypatch):
    repository = Path(__file__).resolve().parents[2]
    words = [sys.executable, "-c", CUT_OFF, str(repository), str(files[0].parent), str(tmp_path)]
    assert subprocess.run(words, timeout=300, check=False).returncode == -9
    model = Colours()
    found = embed_pictures(model, files, cache=tmp_path)
    assert model.embedded == files[20:]
    monkeypatch.setattr(embeddings, "_KEPT_EVERY", 7)
    whole = embed_pictures(Colours("whole"), files, cache=tmp_path)
    np.testing.assert_array_equal(found.embeddings, whole.embeddings)


def test_pictures_that_were_seen_are_told(files, tmp_path):
    seen = TrainedOn.of(artists={}, pictures={"calibration": [digest_file(files[4]), "0" * 16]})
    found = embed_pictures(Colours(trained_on=seen), files[:6], cache=tmp_path)
    assert found.seen.tolist() == [False] * 4 + [True, False]


def test_a_cache_that_cannot_be_written_and_no_usable_picture_are_errors(files, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FeatureCacheError, match=r"cannot be read or written .*; check space, limits and permissions"):
        embed_pictures(Colours(), files[:2], cache=tmp_path / "file")
    bad = [file for file in files if file.name in BROKEN.values() and file.name != BROKEN["whole copy"]]
    with pytest.raises(KaggleError, match=r"none of 3 test pictures can be used; the first: .*1130\.jpg"):
        embed_pictures(Colours(), bad, cache=tmp_path / "cache")
    assert len(FeatureCache(tmp_path / "cache", {"model": "colours"}, width=3)) == 0
