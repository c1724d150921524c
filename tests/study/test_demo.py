"""The demonstration with a model at hand: against the model asked pair by pair, and against the protocol."""

import csv
import json
from itertools import combinations

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")  # the small model is trained here

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import MorelliError, PictureError
from morelli.model.model import load
from morelli.pictures.open import open_image
from morelli.studio.studio import Studio, write_studio
from morelli.study.demo import MOST, PAINTERS, show_made_up_painters, show_own_pictures
from morelli.verdict.compare import compare


@pytest.fixture
def model(tiny_model):
    return load(tiny_model)


def test_every_two_of_ones_own_pictures_are_compared(model, studio_folder, tmp_path):
    files = sorted(studio_folder.rglob("*.jpg"))[:5]
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"")
    done = show_own_pictures([*files[:3], bad, *files[3:], files[0]], tmp_path / "out", model=model)
    asked = {pair: compare(*pair, model=model) for pair in combinations(files, 2)}
    found = [(done.files[one], done.files[other]) for one, other in zip(done.first, done.second, strict=True)]
    assert set(found) == set(asked)
    assert done.chance == pytest.approx([asked[pair].probability for pair in found], abs=1e-4)
    assert (np.diff(done.chance) <= 0).all()
    with (tmp_path / "out" / "pairs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["image1"], row["image2"]) for row in rows] == [(str(one), str(other)) for one, other in found]
    assert [float(row["similarity"]) for row in rows] == pytest.approx(
        [asked[pair].similarity for pair in found], rel=1e-4
    )
    assert [str(error).split(":")[0] for error in done.skipped] == [str(bad)]
    assert [(one.first, one.second) for one in done.explained] == [found[0], found[-1]]
    for one in done.explained:
        assert one.same is None
        assert one.verdict.similarity == pytest.approx(asked[one.first, one.second].similarity, abs=1e-5)
        assert min(Image.open(one.picture).size) > 500
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["least-alike.png", "most-alike.png", "pairs.csv"]


def test_a_flat_picture_gets_no_probability_and_what_is_doubtful_is_said(model, tmp_path):
    one, other = sorted(PAINTERS.rglob("*.jpg"))[36:38]
    Image.open(one).transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(tmp_path / "mirror.png")
    Image.new("RGB", (200, 200), (120, 120, 120)).save(tmp_path / "flat.png")
    done = show_own_pictures(
        [one, other, tmp_path / "mirror.png", tmp_path / "flat.png"], tmp_path / "out", model=model
    )
    named = [{done.files[a].name, done.files[b].name} for a, b in zip(done.first, done.second, strict=True)]
    flat = np.array(["flat.png" in pair for pair in named])
    assert flat.tolist() == [False] * 3 + [True] * 3
    assert np.isnan(done.chance[flat]).all()
    assert not np.isnan(done.chance[~flat]).any()
    assert all(
        words[0].startswith("nothing is decided: flat.png") for words in np.array(done.warnings, dtype=object)[flat]
    )
    twins = named.index({one.name, "mirror.png"})
    assert any("the same picture" in words for words in done.warnings[twins])
    with (tmp_path / "out" / "pairs.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["probability"] == "" for row in rows] == flat.tolist()
    assert [row["warnings"] for row in rows] == [" | ".join(words) for words in done.warnings]
    assert {done.files[done.first[2]], done.files[done.second[2]]} == {
        done.explained[1].first,
        done.explained[1].second,
    }


def test_too_few_too_many_or_bad_pictures_leave_nothing(model, studio_folder, tmp_path):
    one = min(studio_folder.rglob("*.jpg"))
    (tmp_path / "empty.jpg").write_bytes(b"")
    for given, words in (
        ([one, one], "1 pictures; give 2 to 200"),
        ([one, tmp_path / "empty.jpg"], "empty.jpg: the file is empty"),
        ([one, tmp_path / "gone.jpg"], "gone.jpg: no such file"),
    ):
        with pytest.raises(PictureError, match=words):
            show_own_pictures(given, tmp_path / "out", model=model)
    for number in range(MOST + 1):
        (tmp_path / f"{number}.jpg").symlink_to(one)
    with pytest.raises(PictureError, match="give 2 to 200"):
        show_own_pictures([tmp_path], tmp_path / "out", model=model)
    assert not (tmp_path / "out").exists()


def test_made_up_painters_are_judged_as_anyone_never_seen(model, tmp_path):
    said = []
    done = show_made_up_painters(tmp_path / "out", model=model, remark=said.append)
    assert {(one.group, one.negatives) for one in done.evaluation.pairs} == {
        ("unseen", "random"),
        ("unseen", "style-matched"),
    }
    assert done.evaluation.of("unseen", "random").figures["auc"].n_artists == 30
    assert "The painters are made up" in done.report.read_text(encoding="utf-8")
    assert (
        "The painters are made up"
        in json.loads(done.report.with_name("report.json").read_text(encoding="utf-8"))["note"]
    )
    assert [one.same for one in done.explained] == [True, False]
    for one in done.explained:
        assert (one.first.parent == one.second.parent) == one.same
        assert one.verdict.similarity == pytest.approx(float(model.score([(one.first, one.second)])[0]), abs=1e-5)
    assert said == ["comparing 180 paintings by 30 made-up painters"]
    with pytest.raises(MorelliError, match="is taken"):
        show_made_up_painters(tmp_path / "out", model=model)


@pytest.mark.slow
def test_the_paintings_that_come_with_the_package_are_the_studios(tmp_path):
    studio = Studio(seed=0, painters=30)
    catalogue = Catalogue.read(PAINTERS)
    painted = write_studio(tmp_path / "painted", studio, 6, size=224)
    assert catalogue.columns.keys() == painted.columns.keys()
    for name, column in painted.columns.items():
        assert catalogue.get(name).tolist() == column.tolist()
    for row in range(0, len(catalogue), 11):
        one, other = (open_image(each.file(row)).astype(int) for each in (catalogue, painted))
        assert np.abs(one - other).mean() < 2  # another version of the painter's library may round otherwise
