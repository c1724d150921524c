"""A linear back-end over a frozen backbone, from pictures to a model folder that is loaded, judged and asked."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from morelli.catalogue.catalogue import Catalogue  # noqa: E402
from morelli.errors import BackboneError, TrainingError  # noqa: E402
from morelli.model import known_range  # noqa: E402
from morelli.model.evaluate import evaluate  # noqa: E402
from morelli.model.model import load  # noqa: E402
from morelli.model.recalibrate import look, recalibrate  # noqa: E402
from morelli.protocol.split import make_split  # noqa: E402
from morelli.studio.families import FAMILIES  # noqa: E402
from morelli.studio.studio import Studio, write_studio  # noqa: E402
from morelli.systems.read import read_system  # noqa: E402
from morelli.systems.system import Cohort  # noqa: E402
from morelli.training import frozen  # noqa: E402
from morelli.training.backbones.backbone import Origin  # noqa: E402
from morelli.training.backbones.efficientnet_lite import EfficientNetLite  # noqa: E402
from morelli.training.discriminant import choose_cohort  # noqa: E402
from morelli.training.run import Run  # noqa: E402
from morelli.training.train import train  # noqa: E402
from morelli.verdict.compare import compare  # noqa: E402
from morelli.verdict.explain import explain  # noqa: E402
from morelli.verdict.sets import compare_set  # noqa: E402

SMALL = (
    "view.size=48",
    "objective.components=20",
    "objective.dimensions=6",
    "cohort.neighbours=8",
    "precision=float32",
)


def build_untrained(monkeypatch):
    """Put a Lite0 of random weights in place of a file's: what is tested here is what stands behind it."""
    origin = Origin(backbone="lite0", source="made for a test", sha256="0" * 64, licence="none", extent="random")

    def build(name, **_):
        torch.manual_seed(0)
        return EfficientNetLite().eval(), origin

    monkeypatch.setattr(frozen, "build_backbone", build)


@pytest.fixture
def untrained_backbone(monkeypatch):
    build_untrained(monkeypatch)


def train_on_studio(studio_folder, tmp_path, *changes, resume=False):
    catalogue = Catalogue.read(studio_folder)
    part = make_split(catalogue, shares=(0.5, 0.1, 0.2, 0.2)).assign(catalogue)
    system = read_system("lite0-lda", changes=[*SMALL, *changes])
    run = Run(folder=tmp_path / "run", cache=tmp_path / "cache", weights={"lite0": Path("any")}, resume=resume)
    return train(system, catalogue, part, out=tmp_path / "model", run=run), catalogue, part


@pytest.fixture(scope="module", params=[pytest.param(blocks, marks=pytest.mark.slow) for blocks in ("layers", "all")])
def trained(request, studio_folder, tmp_path_factory):
    """A model folder, its catalogue and parts: of a back-end a layer, and of one over all. Not to be changed."""
    with pytest.MonkeyPatch.context() as patch:
        build_untrained(patch)
        return train_on_studio(studio_folder, tmp_path_factory.mktemp("trained"), f"objective.blocks={request.param}")


def test_it_has_two_scores_each_calibrated_and_both_are_judged(trained):
    folder, catalogue, part = trained
    model = load(folder.path)
    assert list(model.comparisons) == ["cohort", "alone"]
    assert model.decisions["cohort"].threshold != model.decisions["alone"].threshold
    figures = [evaluate(model, catalogue, part, score=name, resamples=20) for name in ("cohort", "alone")]
    assert figures[0].facts["score"] == "cohort"
    random = [one.of("unseen", "random").similarity for one in figures]
    assert not np.allclose(random[0], random[1])
    card = (folder.path / "card.md").read_text()
    assert "made for a test" in card
    assert "Two pictures with the cohort" in card


@pytest.mark.slow
def test_a_picture_beyond_what_it_knows_is_said(untrained_backbone, studio_folder, tmp_path, monkeypatch):
    """A range from few pictures, for a test: the oddest one is outside of it."""
    monkeypatch.setattr(known_range, "_FEWEST", 20)
    folder, catalogue, part = train_on_studio(studio_folder, tmp_path)
    model = load(folder.path)
    calibrated = model.encode([catalogue.file(int(row)) for row in np.flatnonzero(part == "calibration")])
    assert model.known_range is not None
    assert model.known_range.pictures == len(calibrated)
    lengths = np.linalg.norm(calibrated, axis=1)
    assert model.known_range.length == pytest.approx(np.quantile(lengths, 1 - 1 / 200), abs=1e-5)
    assert f"1 in 200 of {len(calibrated)} pictures" in (folder.path / "card.md").read_text()

    files = [catalogue.file(int(row)) for row in np.flatnonzero(part == "calibration")[np.argsort(-lengths)]]
    odd, inside = tmp_path / "odd.jpg", files[-3:]
    odd.write_bytes(files[0].read_bytes())  # the one in two hundred, or in these few
    words = "outside the range of the training data"
    said = [w for w in compare(odd, inside[0], model=model).warnings if words in w]
    assert len(said) == 1
    assert said[0].startswith("odd.jpg is outside")
    assert not [w for w in compare(inside[0], inside[1], model=model).warnings if words in w]
    said = [w for w in compare_set(odd, inside, model=model).verdict.warnings if words in w]
    assert [w.split(" is ")[0] for w in said] == ["odd.jpg"]
    said = compare_set(inside[0], [odd, *inside[1:]], model=model).verdict.warnings
    assert any(w.startswith(f"references {words}") and w.endswith(": 1 of 3, odd.jpg") for w in said)

    # A museum of fewer pictures than a range needs leaves it as it was; one of enough makes it anew.
    write_studio(tmp_path / "museum", Studio(seed=77, painters=12, families=FAMILIES[:2]), 3, size=64)
    museum = Catalogue.read(tmp_path / "museum")
    for least, kept in ((1000, True), (20, False)):
        monkeypatch.setattr(known_range, "_FEWEST", least)
        again = load(recalibrate(model, museum, look(model, museum), out=tmp_path / f"again{least}").path)
        assert (again.known_range == model.known_range) == kept


def test_the_similarity_with_a_cohort_is_that_of_a_plain_loop(trained):
    folder, catalogue, part = trained
    model = load(folder.path)
    files = [catalogue.file(int(row)) for row in np.flatnonzero(part == "test")[:4]]
    embedded = model.encode(files)
    cohort = model.comparison.cohort

    def cosine_of(one, other):
        return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))

    def term(one):
        return 0.5 * np.mean(sorted(cosine_of(one, other) for other in cohort)[-8:])

    for first, second in ((0, 1), (2, 3)):
        wanted = cosine_of(embedded[first], embedded[second]) - term(embedded[first]) - term(embedded[second])
        got = model.score([(files[first], files[second]), (files[second], files[first])])
        assert got == pytest.approx([wanted, wanted], abs=1e-3)


@pytest.mark.slow
def test_the_same_training_twice_is_the_same_model(untrained_backbone, studio_folder, tmp_path):
    one, catalogue, _ = train_on_studio(studio_folder, tmp_path / "one")
    other, _, _ = train_on_studio(studio_folder, tmp_path / "other")
    files = [catalogue.file(row) for row in range(6)]
    np.testing.assert_array_equal(load(one.path).encode(files), load(other.path).encode(files))


@pytest.mark.slow
def test_several_views_are_averaged(untrained_backbone, studio_folder, tmp_path):
    folder, catalogue, _ = train_on_studio(studio_folder, tmp_path, "view.kind=tiles", "network.of_views=mean")
    model = load(folder.path)
    assert model.encoder.views == 4
    assert np.isfinite(model.encode([catalogue.file(0)])).all()
    with pytest.raises(TrainingError, match=r"network\.of_views"):
        train_on_studio(studio_folder, tmp_path / "other", "view.kind=tiles")


def test_weights_that_are_not_given_are_asked_for(studio_folder, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    catalogue = Catalogue.read(studio_folder)
    part = make_split(catalogue, shares=(0.5, 0.1, 0.2, 0.2)).assign(catalogue)
    with pytest.raises(BackboneError, match=r"--weights lite0=FILE"):
        train(read_system("lite0-lda"), catalogue, part, out=tmp_path / "m", run=Run(folder=tmp_path, cache=tmp_path))
    assert not (tmp_path / "m").exists()


def test_a_cohort_has_no_more_of_an_artist_than_it_may_and_is_spread_over_their_pictures():
    artist = np.array(["a"] * 10 + ["b"] * 2, dtype=object)
    np.testing.assert_array_equal(choose_cohort(artist, Cohort(neighbours=2, per_artist=3)), [0, 4, 9, 10, 11])
    with pytest.raises(TrainingError, match="cannot give 100 neighbours"):
        choose_cohort(artist, Cohort())


def test_a_system_that_does_not_fit_together_is_refused():
    from morelli.errors import SystemFileError

    with pytest.raises(SystemFileError, match="takes a similarity of cosine"):
        read_system("lite0-lda", changes=["similarity=dot"])
    assert msgspec.to_builtins(read_system("lite0-lda"))["objective"]["blocks"] == "layers"


HEADS = (
    "objective.copies={count=2}",
    "objective.heads={count=2, share=0.4, hidden=24, dimensions=6, components=12, epochs=2, batch=32}",
)


@pytest.mark.slow
def test_heads_stand_beside_the_discriminants(untrained_backbone, studio_folder, tmp_path):
    folder, catalogue, part = train_on_studio(studio_folder, tmp_path, *HEADS)
    model = load(folder.path)
    rows = np.flatnonzero(part == "test")[:4]
    embedded = model.encode([catalogue.file(int(row)) for row in rows])
    length = np.linalg.norm(embedded, axis=1)  # of an embedding: how odd its picture is
    np.testing.assert_allclose(np.linalg.norm(embedded[:, -12:], axis=1) / length, np.sqrt(0.4), atol=1e-3)
    assert model.folder.description.training["copies"] == "2 altered ones of each training picture"
    history = (folder.path / "history.csv").read_text().splitlines()
    assert history[0] == "epoch,head,train_loss,rate"
    assert len(history) == 5
    found = explain(catalogue.file(int(rows[0])), catalogue.file(int(rows[1])), model=model)
    assert found.method == "exact"
    assert found.first.values.sum() + found.first.held == pytest.approx(found.verdict.similarity, abs=1e-4)


@pytest.mark.slow
def test_a_tuned_backbone_gives_other_features_and_says_how_it_went(untrained_backbone, studio_folder, tmp_path):
    tuned = "network.tuning={epochs=2, size=40, artists=4, paintings=3, learning_rate=0.01, warm_up=0}"
    plain, catalogue, part = train_on_studio(studio_folder, tmp_path / "plain", HEADS[0])
    folder, _, _ = train_on_studio(studio_folder, tmp_path / "tuned", HEADS[0], tuned)
    files = [catalogue.file(int(row)) for row in np.flatnonzero(part == "test")[:6]]
    before, after = (load(one.path).encode(files) for one in (plain, folder))
    cosines = np.sum(before * after, axis=1) / np.linalg.norm(before, axis=1) / np.linalg.norm(after, axis=1)
    assert cosines.max() < 0.9999
    assert cosines.min() > 0.3
    model = load(folder.path)
    assert model.folder.description.parameters > 3_000_000
    header = (folder.path / "history.csv").read_text().splitlines()[0].split(",")
    assert {"epoch", "train_loss", "kept"} <= set(header)
    # The map still adds up to the embedding: the back-end stays linear.
    assert explain(files[0], files[1], model=model).method == "exact"


@pytest.mark.slow
def test_systems_that_differ_in_heads_share_a_tuning(untrained_backbone, studio_folder, tmp_path, monkeypatch):
    from morelli.training import discriminant

    tuned = "network.tuning={epochs=1, size=40, artists=4, paintings=3, learning_rate=0.01, warm_up=0}"
    one, catalogue, _ = train_on_studio(studio_folder, tmp_path, HEADS[0], tuned)
    (tmp_path / "model").rename(tmp_path / "first")

    def fail(*_, **__):
        raise AssertionError("tuned again")

    monkeypatch.setattr(discriminant, "tune", fail)
    other, _, _ = train_on_studio(studio_folder, tmp_path, *HEADS, tuned)
    files = [catalogue.file(row) for row in range(4)]
    before, after = load(tmp_path / "first").encode(files), load(other.path).encode(files)
    width = before.shape[1]
    turned = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in (before, after[:, :width])]
    np.testing.assert_allclose(*turned, atol=2e-3)
    assert one.description.training["epochs"] == other.description.training["epochs"]


@pytest.mark.slow
def test_a_tuned_model_with_heads_is_the_same_when_it_is_taken_up(
    untrained_backbone, studio_folder, tmp_path, monkeypatch
):
    from morelli.training import discriminant

    tuned = "network.tuning={epochs=2, size=40, artists=4, paintings=3, learning_rate=0.01, warm_up=0}"
    one, catalogue, _ = train_on_studio(studio_folder, tmp_path / "one", *HEADS, tuned)

    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(discriminant, "train_heads", stop)
        with pytest.raises(KeyboardInterrupt):
            train_on_studio(studio_folder, tmp_path / "other", *HEADS, tuned)
    other, _, _ = train_on_studio(studio_folder, tmp_path / "other", *HEADS, tuned, resume=True)
    files = [catalogue.file(row) for row in range(6)]
    np.testing.assert_array_equal(load(one.path).encode(files), load(other.path).encode(files))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (("network.tuning={epochs=2}",), r"network\.tuning needs objective\.copies"),
        (
            ("objective.copies={count=2}", "view.kind=tiles", "network.of_views=mean"),
            r"objective\.copies are of one view",
        ),
        (("objective.heads={count=2, share=1.5}",), r"objective\.heads\.share = 1\.5: give a number from 0 to 1"),
        (("objective.copies={count=2, crop=0}",), r"objective\.copies\.crop = 0: give a number above 0, up to 1"),
    ],
)
def test_parts_that_do_not_go_together_are_refused(changes, words):
    from morelli.errors import SystemFileError

    with pytest.raises(SystemFileError, match=words):
        read_system("lite0-lda", changes=changes)
