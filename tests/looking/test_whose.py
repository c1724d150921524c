import shutil

import numpy as np
import pytest

pytest.importorskip("torch")

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.names import normalise_artist
from morelli.errors import PictureError
from morelli.features.cache import picture_key
from morelli.looking.class_page import Wanted
from morelli.looking.linear import LinearClasses
from morelli.looking.probe import ArtistProbe, ProbeError
from morelli.looking.whose import asked_for, own_artist


@pytest.fixture(scope="module")
def catalogue(studio_folder):
    return Catalogue.read(studio_folder)


def slugs_of(catalogue):
    return np.array([normalise_artist(name) for name in catalogue.artist], dtype=object)


@pytest.fixture(scope="module")
def probe(catalogue):
    slugs = slugs_of(catalogue)
    names = tuple(sorted(set(slugs)))[:3]
    rows = [int(np.flatnonzero(slugs == name)[n]) for name in names for n in (0, 1)]
    keys = {row: picture_key(catalogue.file(row).read_bytes()) for row in rows}
    return ArtistProbe(
        LinearClasses(np.zeros((3, 2), np.float32), np.zeros(3, np.float32), names),
        {},
        {keys[row]: slugs[row] for row in rows[::2]},
        {keys[row]: slugs[row] for row in rows[1::2]},
        np.array(rows[1::2]),
        0.5,
    )


def test_a_painting_is_known_by_its_content_wherever_it_lies(catalogue, probe, tmp_path):
    name = probe.classes.names[1]
    first, second, third = (catalogue.file(int(row)) for row in np.flatnonzero(slugs_of(catalogue) == name)[:3])
    copy = shutil.copy(first, tmp_path / "copy.jpg")
    assert own_artist(copy, catalogue, probe) == Wanted(
        name, "its artist", "the probe was trained on this very painting"
    )
    assert own_artist(second, catalogue, probe) == Wanted(name, "its artist", "held back when the probe was trained")
    took_none = own_artist(third, catalogue, probe)
    assert (took_none.name, took_none.remark) == (name, "took no part when the probe was trained")


def test_an_artist_whom_the_probe_does_not_know_means_the_top_class(catalogue, probe, tmp_path):
    stranger = next(name for name in catalogue.artist if normalise_artist(name) not in probe.classes.names)
    row = int(np.flatnonzero(catalogue.artist == stranger)[0])
    found = own_artist(catalogue.file(row), catalogue, probe)
    assert found == Wanted(None, "top class", f"by {stranger}, whom the probe was not trained on")
    other = tmp_path / "other.jpg"
    other.write_bytes(catalogue.file(row).read_bytes())
    assert own_artist(other, catalogue, probe).remark == "not in the catalogue: its artist is not known here"
    with pytest.raises(PictureError, match=r"gone\.jpg: no such file"):
        own_artist(tmp_path / "gone.jpg", catalogue, probe)


def test_an_artist_may_be_asked_for_in_any_spelling(probe):
    name = probe.classes.names[0]
    assert asked_for(name.upper().replace("-", " "), probe.classes.names) == Wanted(name, "as asked")
    with pytest.raises(ProbeError, match=f"did you mean .*{name}"):
        asked_for(name[:-1] + "qq", probe.classes.names)
    with pytest.raises(ProbeError, match="name one of the split's training artists"):
        asked_for("xyzzy", probe.classes.names)
