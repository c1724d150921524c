"""Benchmarks that print figures for the docs run, and say what they must, on made-up paintings."""

import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from morelli.catalogue.catalogue import Catalogue
from morelli.protocol.split import make_split

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))  # one imports what another has, as a script does from its own folder


def load(name):
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look up what their annotations mean
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run(mapped_model, studio_folder, tmp_path, monkeypatch, capsys):
    """Return the function that runs a benchmark on a model and the split that it was trained with, and what it prints."""
    split = tmp_path / "split.json"
    split.write_text(make_split(Catalogue.read(studio_folder), shares=(0.5, 0.1, 0.2, 0.2)).to_json())

    def run(name, *more):
        words = [name, str(mapped_model), str(studio_folder), "--split", str(split), "--resamples", "30", *more]
        monkeypatch.setattr(sys, "argv", words)
        load(name).main()
        return capsys.readouterr().out

    return run


@pytest.mark.slow
def test_robustness_has_a_row_an_alteration(run):
    out = run("robustness")
    rows = [line.split("|")[1:-1] for line in out.splitlines() if line.startswith("| ")][1:]
    assert [row[0].strip() for row in rows] == list(load("robustness").ALTERATIONS)
    assert rows[0][2].strip() == "–"
    figures = [float(re.match(r" ([\d.]+)", row[1])[1]) for row in rows]
    differences = [float(re.match(r" ([+−][\d.]+)", row[2])[1].replace("−", "-")) for row in rows[1:]]
    np.testing.assert_allclose(np.array(figures[1:]) - figures[0], differences, atol=0.0011)


@pytest.mark.slow
def test_leaks_are_looked_for_on_artists_that_were_not_seen(run):
    out = run("leaks")
    for what in ("corners blurred", "middles of the sides blurred", "'one style' alone", "near duplicates: less"):
        assert what in out
    with pytest.raises(Exception, match="test artist of this split, but had the role"):
        run("leaks", "--part", "calibration")


@pytest.mark.slow
def test_cohorts_of_both_kinds_are_of_one_size(run):
    sizes = re.findall(r"\| (\d+) pictures, (not )?trained on \|", run("cohorts"))
    assert len(sizes) == 4
    assert len({size for size, _ in sizes}) == 1


@pytest.mark.slow
def test_the_known_range_is_asked_about_paintings_and_about_what_is_none(
    mapped_model, studio_folder, tmp_path, monkeypatch, capsys
):
    from morelli.model.known_range import KnownRange
    from morelli.model.model import Model

    split = tmp_path / "split.json"
    split.write_text(make_split(Catalogue.read(studio_folder), shares=(0.5, 0.1, 0.2, 0.2)).to_json())
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    module = load("known_range")
    words = [
        "known_range",
        str(mapped_model),
        str(studio_folder),
        "--split",
        str(split),
        "--show",
        str(tmp_path / "drawn"),
    ]
    monkeypatch.setattr(sys, "argv", words)
    for length, said in ((1e-9, "100.0%"), (1e9, "0.0%")):
        monkeypatch.setattr(
            Model, "known_range", property(lambda _, length=length: KnownRange(length=length, pictures=1000))
        )
        module.main()
        rows = [line.split("|")[1:-1] for line in capsys.readouterr().out.splitlines() if line.startswith("| ")][1:]
        assert [row[0].strip(" –") for row in rows[1:]] == [*list(module.ALTERATIONS)[1:], *module.NO_PAINTINGS]
        assert all(row[2].strip().startswith(said) for row in rows)
    assert len(list((tmp_path / "drawn").iterdir())) == module.DRAWN * len(module.NO_PAINTINGS)


@pytest.mark.slow
def test_warnings_cost_something_a_picture_and_a_row(mapped_model, studio_folder, monkeypatch, capsys):
    words = [
        "score_warnings",
        str(mapped_model),
        str(studio_folder),
        "--pictures",
        "11",
        "--rows",
        "300",
        "--rounds",
        "1",
    ]
    monkeypatch.setattr(sys, "argv", words)
    load("score_warnings").main()
    out = capsys.readouterr().out
    assert "10 pictures, 300 rows" in out
    rows = {line.split("|")[1].strip(): line.split("|")[2:5] for line in out.splitlines() if line.startswith("| ")}
    speed = [
        float(cell.strip().removesuffix("/s").replace(",", "")) for cell in rows["pictures opened and embedded"][:2]
    ]
    assert min(speed) > 0
    assert float(rows["the whole table"][2]) < 1


def test_alterations_change_what_they_say():
    module = load("robustness")
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (60, 80, 3), dtype=np.uint8)
    shapes = {name: one(picture, np.random.default_rng(1)).shape for name, one in module.ALTERATIONS.items()}
    assert shapes["half size"] == (30, 40, 3)
    assert shapes["a tenth cropped"] == (54, 72, 3)
    assert shapes["a frame added"] == (70, 90, 3)
    wide = np.array([module.stretched(picture, np.random.default_rng(seed)).shape[:2] for seed in range(50)])
    proportions = wide[:, 1] / wide[:, 0] / (80 / 60)
    assert 0.74 < proportions.min() < 0.85
    assert 1.2 < proportions.max() < 1.36
    grey = module.greyscale(picture, rng)
    assert (grey[..., 0] == grey[..., 1]).all()
    np.testing.assert_array_equal(module.mirrored(module.mirrored(picture, rng), rng), picture)


def test_plda_is_the_ratio_of_two_normal_densities():
    """Against scipy's densities of the pair, jointly normal where one artist painted both, independent where two did."""
    stats = pytest.importorskip("scipy.stats")
    module = load("after_embedding")
    rng = np.random.default_rng(2)
    centres = rng.normal(size=(60, 4))
    code = np.repeat(np.arange(60), 5)
    rows = centres[code] + 0.5 * rng.normal(size=(300, 4))
    found = module.two_covariances(rows, code.astype(str).astype(object))(rows[:6])
    mean = rows.mean(axis=0)
    middle = np.stack([rows[code == one].mean(axis=0) for one in range(60)])
    apart = rows - middle[code]
    within, between = apart.T @ apart / 240, np.cov(middle.T)
    total = within + between
    joint = np.block([[total, between], [between, total]])
    wanted = np.array(
        [
            [
                stats.multivariate_normal(np.tile(mean, 2), joint).logpdf(np.concatenate([a, b]))
                - stats.multivariate_normal(mean, total).logpdf(a)
                - stats.multivariate_normal(mean, total).logpdf(b)
                for b in rows[:6]
            ]
            for a in rows[:6]
        ]
    )
    np.testing.assert_allclose(found - found[0, 0], wanted - wanted[0, 0], atol=1e-8)


def test_adaptive_normalisation_is_a_slow_loop():
    module = load("after_embedding")
    rng = np.random.default_rng(3)
    cosines, near = rng.normal(size=(5, 5)), rng.normal(size=(5, 12))
    cosines = (cosines + cosines.T) / 2
    got = module.normalised(cosines, near, nearest=4)
    for a in range(5):
        for b in range(5):
            parts = []
            for one in (a, b):
                top = sorted(near[one])[-4:]
                parts.append((cosines[a, b] - np.mean(top)) / np.std(top))
            assert got[a, b] == pytest.approx(np.mean(parts))


def test_more_statistics_are_those_of_a_slow_loop(rng):
    torch = pytest.importorskip("torch")
    maps = rng.normal(size=(2, 3, 8, 8)).astype(np.float32)
    found = load("more_statistics").statistics_of(torch.from_numpy(maps))
    for number, picture in enumerate(maps.astype(np.float64)):
        got = {name: values[number].numpy() for name, values in found.items()}
        wanted = {"means and deviations": [one.mean() for one in picture] + [one.std() for one in picture]}
        pairs = [(a, b) for a in range(3) for b in range(a, 3)]
        wanted["gram"] = [np.cov(picture[a].ravel(), picture[b].ravel(), bias=True)[0, 1] for a, b in pairs]
        wanted["roughness"] = [np.abs(np.diff(one, axis=axis)).mean() for axis in (0, 1) for one in picture]
        wanted["skewness"] = [((one - one.mean()) ** 3).mean() / (one.std() ** 3 + 1e-6) for one in picture]
        wanted["maxima"] = [one.max() for one in picture]
        wanted["over patches"] = [one.reshape(4, 2, 4, 2).mean(axis=(1, 3)).std() for one in picture]
        assert set(got) == set(wanted)
        for name, values in wanted.items():
            np.testing.assert_allclose(got[name], values, rtol=1e-4, atol=1e-5, err_msg=name)


def test_shuffled_patches_are_all_there_and_elsewhere(rng):
    module = load("more_training")
    picture = rng.integers(0, 256, (32, 32, 3), dtype=np.uint8)
    mixed = module.shuffled(picture, rng)

    def patches(of):
        return [of[r : r + 8, c : c + 8].tobytes() for r in range(0, 32, 8) for c in range(0, 32, 8)]

    assert sorted(patches(mixed)) == sorted(patches(picture))
    assert patches(mixed) != patches(picture)


def test_a_teacher_of_no_weight_teaches_nothing(rng, monkeypatch, tmp_path):
    """Then heads are those of `train_heads`, weight by weight: whatever a teacher changes is the teacher's doing."""
    torch = pytest.importorskip("torch")
    from morelli.systems.objectives import Heads
    from morelli.training.heads import train_heads

    module = load("more_training")
    heads = Heads(
        count=2, share=0.5, components=12, hidden=32, dimensions=4, epochs=20, batch=16, paintings=4, learning_rate=0.01,
        losses=("soft-triple", "supervised-contrastive"),
    )  # fmt: skip
    samples = torch.from_numpy(rng.normal(size=(80, 12)).astype(np.float32))
    artist = np.repeat([f"artist {number}" for number in range(10)], 8).astype(object)
    style = np.array(["one"] * 80, dtype=object)
    wanted, _ = train_heads(
        heads, [samples], artist, style, seed=0, device=torch.device("cpu"), folder=tmp_path, identity="x"
    )
    teacher = module.Taught(samples[:, :3], torch.zeros(80))  # what can be learnt from the samples
    monkeypatch.setattr(module, "TAUGHT", 0.0)
    untaught = module.train_taught(heads, samples, artist, style, teacher)
    with torch.inference_mode():
        said = wanted(samples)
        torch.testing.assert_close(untaught(samples), said)
    monkeypatch.setattr(module, "TAUGHT", 50.0)
    taught = module.train_taught(heads, samples, artist, style, teacher)
    rows = torch.arange(80)
    with torch.inference_mode():
        assert teacher.loss(taught(samples), rows) < 0.9 * teacher.loss(said, rows)


def test_a_teacher_says_nothing_of_two_folds(rng):
    torch = pytest.importorskip("torch")
    teacher = load("more_training").Taught(torch.eye(3), torch.tensor([0, 0, 1]))
    same = torch.tensor([[1.0, 0], [1, 0], [1, 0]])
    # Of nine pairs four are in the first fold and one in the second; of these two have a cosine of 0 for the teacher, and here of 1.
    assert float(teacher.loss(same, torch.arange(3))) == pytest.approx(2 / 5)


def test_groups_are_the_clusters_that_there_are(rng):
    centres = np.eye(4, dtype=np.float32).repeat(5, axis=0)
    found = load("more_training").groups_of(centres + 0.05 * rng.normal(size=centres.shape).astype(np.float32), 4)
    assert [len(set(found[at : at + 5])) for at in range(0, 20, 5)] == [1] * 4
    assert len(set(found)) == 4


def test_a_cell_looks_from_where_its_weights_are():
    """Cells of 4 x 4 px that read their first pixel alone look from 3/8 of a step before the middle."""
    torch = pytest.importorskip("torch")
    module = load("cell_places")
    kernel = torch.nn.Conv2d(3, 2, 4, stride=4, bias=False)
    with torch.no_grad():
        kernel.weight.zero_()
        kernel.weight[:, :, 0, 0] = 1
    pixels = torch.rand(1, 3, 32, 32, requires_grad=True)
    away, spread = module.looked_from(kernel(pixels)[0], pixels, torch.Generator().manual_seed(0))
    assert away == pytest.approx(-3 / 8)
    assert spread == pytest.approx(0, abs=1e-6)
    with torch.no_grad():
        kernel.weight.fill_(1)
    away, spread = module.looked_from(kernel(pixels)[0], pixels, torch.Generator().manual_seed(0))
    assert away == pytest.approx(0, abs=1e-6)
    assert spread == pytest.approx(np.std([0.125, 0.375, 0.625, 0.875]))
