"""A trained model, calibrated on a museum of painters whom it has not seen."""

import json
import shutil

import numpy as np
import pytest

from morelli.catalogue.catalogue import Catalogue
from morelli.cli.main import main
from morelli.errors import ModelError
from morelli.model.calibrate import artist_names
from morelli.model.evaluate import check_unseen
from morelli.model.model import load
from morelli.model.recalibrate import look, recalibrate
from morelli.model.seen import TrainedOn, digest_file
from morelli.protocol.fit_decision import fit_decision
from morelli.studio.families import FAMILIES
from morelli.studio.studio import Studio, write_studio
from morelli.verdict.compare import compare


@pytest.fixture(scope="module")
def model(tiny_model):
    return load(tiny_model)


@pytest.fixture(scope="module")
def museum(tmp_path_factory, studio_folder, model):
    """Thirteen new painters with six paintings; a painter and a painting of the training; a scan; a broken file."""
    folder = tmp_path_factory.mktemp("museum") / "paintings"
    write_studio(folder, Studio(seed=77, painters=13, families=FAMILIES[:2]), 6, size=64)
    (folder / "paintings.csv").unlink()
    seen = Catalogue.read(studio_folder)
    names = artist_names(seen)
    rows = [row for row in range(len(seen)) if model.trained_on.role_of_artist(names[row]) == "train"]
    known = names[rows[0]]
    shutil.copytree(seen.file(rows[0]).parent, folder / seen.file(rows[0]).parent.name)
    mine = sorted(path for path in folder.iterdir() if path.name != seen.file(rows[0]).parent.name)
    trained = next(
        row for row in rows if names[row] != known and digest_file(seen.file(row)) in model.trained_on.pictures["train"]
    )
    shutil.copy(seen.file(trained), mine[0] / "lent.jpg")
    shutil.copy(mine[1] / "000.jpg", mine[1] / "copy.jpg")
    (mine[2] / "broken.jpg").write_bytes(b"no picture")
    return folder


@pytest.fixture(scope="module")
def catalogue(museum):
    return Catalogue.read(museum)


@pytest.fixture(scope="module")
def prospect(model, catalogue):
    return look(model, catalogue)


def test_what_it_was_trained_on_and_what_is_no_picture_is_left_out(prospect, catalogue, model):
    assert prospect.left_out == {
        "artists that it was trained on": 1,
        "pictures by them": 9,
        "other pictures that it was trained on": 1,
        "pictures that are unusable or duplicates": 2,
    }
    assert (prospect.artists.artists, prospect.artists.paintings) == (13, 78)
    used = prospect.part == "calibration"
    assert used.sum() == 78
    assert not any(
        model.trained_on.role_of_artist(name) in ("train", "validation") for name in artist_names(catalogue)[used]
    )


def test_every_artist_is_set_beside_the_nearest(prospect, model, catalogue):
    assert len(prospect.told) == 13
    assert set(prospect.auc) <= {"random", "style-matched"}
    one = prospect.told[0]
    names = artist_names(catalogue)
    used = prospect.part == "calibration"
    mine = [catalogue.file(int(row)) for row in np.flatnonzero(used & (names == one.artist))]
    pairs = [(a, b) for at, a in enumerate(mine) for b in mine[:at]]
    assert one.inside == pytest.approx(float(model.score(pairs).mean()), abs=1e-4)
    theirs = [catalogue.file(int(row)) for row in np.flatnonzero(used & (names == one.nearest))]
    assert one.outside == pytest.approx(float(model.score([(a, b) for a in mine for b in theirs]).mean()), abs=1e-4)


def test_a_model_that_cannot_tell_is_warned_of(prospect):
    """The tiny model was trained for a moment: it cannot tell most painters apart, and the museum is told so."""
    lost = sum(one.told != "yes" for one in prospect.told)
    assert lost > 0
    assert any(f"{lost} of 13 artists are not clearly told" in one for one in prospect.warnings())
    from dataclasses import replace

    blind = replace(prospect, auc={"random": replace(prospect.auc["random"], value=0.52, low=0.45, high=0.6)})
    assert "cannot be shown to tell these artists apart at all: AUC 0.520 [0.450, 0.600]" in blind.warnings()[0]
    sharp = replace(blind, told=(), auc={"random": replace(prospect.auc["random"], value=0.9, low=0.8, high=0.95)})
    (styles,) = sharp.warnings()
    assert styles.startswith("no style-matched pairs can be made (a column `style`")
    both = replace(sharp, auc={**sharp.auc, "style-matched": sharp.auc["random"]})
    assert both.warnings() == []


def test_the_new_model_is_the_old_one_with_another_calibration(prospect, model, catalogue, museum, tmp_path):
    written = recalibrate(model, catalogue, prospect, out=tmp_path / "ours")
    ours = load(tmp_path / "ours")
    assert ours.id == written.id != model.id
    files = sorted(museum.rglob("0*.jpg"))[:4]
    np.testing.assert_array_equal(ours.encode(files), model.encode(files))
    # The decision is that of fitting on these very rows.
    artist, used = artist_names(catalogue), prospect.part == "calibration"
    embeddings = np.full((len(catalogue), ours.width), np.nan, dtype=np.float32)
    embeddings[used] = ours.encode([catalogue.file(int(row)) for row in np.flatnonzero(used)])
    fitted = fit_decision(
        lambda a, b: ours.similarity(embeddings[a], embeddings[b]),
        artist,
        catalogue.get("style"),
        prospect.part,
        block=ours.comparison.over(embeddings).block,
    )
    assert ours.decision.threshold == pytest.approx(fitted.threshold, abs=1e-6)
    assert ours.decision.artists == fitted.artists
    assert list(ours.decision.sets.get("random", {})) == list(fitted.sets.get("random", {})) == [2, 4]
    # Where it came from is written down, and whom it must not be judged on.
    training = ours.folder.description.training
    assert training["calibrated again from"] == f"demo-cnn {model.id}"
    assert training["calibrated again on"].endswith("78 paintings by 13 artists")
    assert "calibrated again on" in (tmp_path / "ours" / "card.md").read_text()
    assert ours.trained_on.artists["train"] == model.trained_on.artists["train"]
    name = artist[np.flatnonzero(used)[0]]
    assert ours.trained_on.role_of_artist(name) == "calibration"
    assert model.trained_on.role_of_artist(name) is None
    with pytest.raises(ModelError, match="had the role 'calibration'"):
        check_unseen(ours, catalogue, artist, np.where(artist == name, "test", "set-aside").astype(object))
    verdict = compare(files[0], files[1], model=ours)
    assert verdict.calibration_artists == 13
    assert not any("with fewer than 10" in one for one in verdict.warnings)
    with pytest.raises(ModelError, match="is taken"):
        recalibrate(model, catalogue, prospect, out=tmp_path / "ours")


def test_too_few_artists_are_refused_with_what_was_left_out(model, museum, studio_folder, tmp_path):
    few = tmp_path / "few"
    for folder in sorted(museum.iterdir())[:5]:
        shutil.copytree(folder, few / folder.name)
    with pytest.raises(ModelError, match="artists with two or more usable paintings; 10 are the least"):
        look(model, Catalogue.read(few))
    catalogue = Catalogue.read(studio_folder)
    known = catalogue.select(
        np.array([model.trained_on.role_of_artist(name) in ("train", "validation") for name in artist_names(catalogue)])
    )
    with pytest.raises(ModelError, match=r"left out: \d+ artists that it was trained on"):
        look(model, known)


def test_a_split_says_which_artists_may_be_used(model, catalogue):
    artist = artist_names(catalogue)
    new = sorted({name for name in artist if model.trained_on.role_of_artist(name) is None})
    part = np.where(np.isin(artist.astype(str), new[:11]), "calibration", "test").astype(object)
    prospect = look(model, catalogue, part=part)
    assert prospect.artists.artists == 11
    assert prospect.left_out["pictures of other parts of the split"] == int((part == "test").sum())


def test_another_calibration_takes_the_place_of_the_one_before():
    seen = TrainedOn.of(
        artists={"train": ["a"], "calibration": ["b"]}, pictures={"train": ["00"], "calibration": ["01"]}
    )
    again = TrainedOn.from_json(seen.recalibrated(artists=["c"], pictures=["02"]).to_json().encode(), source="x")
    assert [again.role_of_artist(name) for name in "abc"] == ["train", None, "calibration"]
    assert [again.role_of_picture(file) for file in ("00", "01", "02")] == ["train", None, "calibration"]


def test_the_command_says_first_and_writes_then(capsys, tiny_model, museum, tmp_path):
    def run(*words):
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        return end.value.code or 0, *capsys.readouterr()

    code, out, err = run("calibrate", tiny_model, museum, "--out", tmp_path / "ours")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].startswith("calibrating on 78 paintings by 13 artists")
    assert "| artist" in out
    assert "AUC against random negatives: 0." in out
    assert lines[-1].startswith(f"{tmp_path / 'ours'}: demo-cnn ")
    assert "warning: " in err
    code, _, err = run("calibrate", tiny_model, museum, "--out", tmp_path / "ours")
    assert (code, "is taken" in err) == (1, True)
    code, out, _ = run("calibrate", tiny_model, museum, "--out", tmp_path / "again", "--json")
    found = json.loads(out)
    assert (code, len(found["artists"])) == (0, 13)
    assert found["left_out"]["pictures by them"] == 9
    assert found["warnings"]
