"""Fine-tuning in stages, on small layers of our own and on Xception's real ones without weights."""

import errno
import os
from collections import OrderedDict

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from morelli.catalogue.catalogue import Catalogue  # noqa: E402
from morelli.errors import SystemFileError, TrainingError  # noqa: E402
from morelli.pictures.view import View  # noqa: E402
from morelli.systems.networks import FineTuned, Stage  # noqa: E402
from morelli.systems.parameters import count_parameters, count_stages  # noqa: E402
from morelli.systems.read import read_system  # noqa: E402
from morelli.training.backbones.xception import Xception  # noqa: E402
from morelli.training.fine_tuning import SoftmaxOf, Tail, split_backbone, train_stages  # noqa: E402
from morelli.training.maps import MapOf, Maps, cache_maps  # noqa: E402
from morelli.training.phases import join_histories, phase  # noqa: E402
from morelli.training.run import Run  # noqa: E402
from morelli.training.sampling import rows_by_artist  # noqa: E402
from morelli.training.validation import draw_validation  # noqa: E402


def test_the_stages_train_the_published_numbers_of_parameters():
    system = read_system("xception-finetuned")
    one, two = count_stages(system.network, artists=1584)
    assert sum(one.values()) == 3_245_616
    assert sum(two.values()) == 7_994_416
    assert (
        count_parameters(system, artists=1584)["total"]
        == 7_994_416 + count_parameters(system, artists=1584)["pair_net"]
    )
    with torch.device("meta"):
        backbone = Xception()
        layer, layers = split_backbone(backbone, system.network.stages, name="xception")
        tail = Tail(layers, nn.Linear(2048, 1584))
    assert (layer, list(layers)) == ("block13", ["block14"])
    trained = []
    for stage in system.network.stages:
        for name, module in tail.layers.items():
            module.requires_grad_(name in stage.layers)
        trained.append(sum(p.numel() for p in tail.parameters() if p.requires_grad))
    assert trained == [3_245_616, 7_994_416]


def test_the_command_shows_both_numbers(capsys):
    from morelli.cli.main import main

    with pytest.raises(SystemExit, match="0"):
        main(["systems", "xception-finetuned", "--artists", "1584"])
    shown = capsys.readouterr().out
    assert "3,245,616" in shown.split("stage 2")[0]
    assert "7,994,416" in shown.split("stage 2")[1].split("in the end")[0]
    with pytest.raises(SystemExit, match="0"):
        main(["systems", "xception-finetuned"])
    assert "say how many with --artists" in capsys.readouterr().out


def test_layers_that_cannot_be_trained_are_said():
    backbone = Xception()
    with pytest.raises(TrainingError, match=r"'block15' of xception cannot be fine-tuned; what can: block1, "):
        split_backbone(backbone, [Stage(layers=("block15",), epochs=1)], name="xception")
    with pytest.raises(TrainingError, match="nothing below it"):
        split_backbone(backbone, [Stage(layers=("block1",), epochs=1)], name="xception")
    assert split_backbone(backbone, [Stage(epochs=1)], name="xception") == ("block14", {})
    with pytest.raises(
        SystemFileError, match=r"'block13' of 'xception' cannot be fine-tuned; what can: block14 of xception"
    ):
        count_stages(FineTuned(backbone="xception", stages=(Stage(layers=("block13",), epochs=1),)), artists=None)


def test_a_backbone_cut_in_two_is_the_backbone():
    torch.manual_seed(0)
    backbone = Xception().eval()
    layer, layers = split_backbone(backbone, [Stage(layers=("block14",), epochs=1)], name="xception")
    tail = Tail(layers, nn.Linear(2048, 5)).eval()
    x = torch.rand(2, 3, 71, 71)
    with torch.inference_mode():
        pooled = backbone(x)["block14"].mean(dim=(2, 3))
        wanted = tail.outputs(pooled).softmax(dim=1)
        torch.testing.assert_close(SoftmaxOf(backbone, layer, tail)(x), wanted)
        maps = MapOf(backbone, layer)(x).reshape(backbone(x)["block13"].shape)
        torch.testing.assert_close(tail(maps).softmax(dim=1), wanted)
    assert tail.layers["block14"] is not backbone.blocks["block14"]


@pytest.fixture
def staged(rng):
    """Maps of twelve artists that a small tail can tell apart, its layers, and what is drawn from them."""
    artist = np.array([f"a{k % 12:02}" for k in range(120)], dtype=object)
    maps = (rng.normal(size=(12, 3, 1, 1))[np.arange(120) % 12] + 0.5 * rng.normal(size=(120, 3, 4, 4))).astype(
        np.float16
    )
    paintings = rows_by_artist(artist, np.flatnonzero(np.arange(120) % 12 < 8))
    validation = draw_validation(artist, np.flatnonzero(np.arange(120) % 12 >= 8), seed=0)
    torch.manual_seed(0)
    blocks = OrderedDict(
        one=nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU()),
        two=nn.Sequential(nn.Conv2d(6, 8, 1), nn.BatchNorm2d(8), nn.ReLU()),
    )
    return Maps(maps, np.arange(120), []), Tail(blocks, nn.Linear(8, 8)), paintings, validation


def test_each_stage_trains_its_layers_and_leaves_the_others_and_their_statistics(staged, tmp_path):
    maps, tail, paintings, validation = staged
    network = FineTuned(
        backbone="xception",
        stages=(
            Stage(epochs=3, learning_rate=0.3, batch=16),
            Stage(layers=("two",), epochs=3, learning_rate=0.1, batch=16),
        ),
    )
    before = {name: value.clone() for name, value in tail.state_dict().items()}
    run = Run(folder=tmp_path, cache=tmp_path, device="cpu")
    done = train_stages(network, tail, maps, paintings, validation, run=run, identity="x", device=torch.device("cpu"))
    after = tail.state_dict()
    changed = {name.rpartition(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"outputs", "layers.two.0", "layers.two.1"}
    assert [len(progress.history) for progress in done] == [3, 3]
    for progress in done:
        losses = [row["held_out_loss"] for row in progress.history]
        assert progress.best_epoch == int(np.argmin(losses)) + 1
    assert done[1].history[-1]["train_loss"] < done[0].history[0]["train_loss"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["stage-1", "stage-2"]


def test_a_stage_that_was_done_is_not_done_again(staged, tmp_path):
    maps, tail, paintings, validation = staged
    stages = (
        Stage(epochs=2, learning_rate=0.3, batch=16),
        Stage(layers=("one", "two"), epochs=2, learning_rate=0.1, batch=16),
    )
    network = FineTuned(backbone="xception", stages=stages)
    start = {name: value.clone() for name, value in tail.state_dict().items()}
    device = torch.device("cpu")
    told = []
    run = Run(folder=tmp_path, cache=tmp_path, device="cpu", tell=told.append)
    first = train_stages(network, tail, maps, paintings, validation, run=run, identity="x", device=device)
    ended = {name: value.clone() for name, value in tail.state_dict().items()}
    assert told
    told.clear()
    tail.load_state_dict(start)
    again = Run(folder=tmp_path, cache=tmp_path, device="cpu", resume=True, tell=told.append)
    second = train_stages(network, tail, maps, paintings, validation, run=again, identity="x", device=device)
    assert told == []
    assert [p.history for p in second] == [p.history for p in first]
    for name, value in tail.state_dict().items():
        assert torch.equal(value, ended[name]), name


class Counting:
    """An encoder that can be checked by hand: the picture in 2 x 2 means, three channels. Counts what it encodes."""

    size, views, embedding = 32, 1, 12

    def __init__(self):
        self.encoded = 0

    def encode(self, pictures):
        self.encoded += len(pictures)
        halves = pictures.astype(np.float32).reshape(-1, 2, 16, 2, 16, 3).mean(axis=(2, 4))
        return halves.transpose(0, 3, 1, 2).reshape(len(pictures), 12)


@pytest.fixture
def catalogue(studio_folder, tmp_path):
    import shutil

    shutil.copytree(studio_folder, tmp_path / "paintings")
    return Catalogue.read(tmp_path / "paintings")


def test_maps_are_computed_once_and_anew_where_weights_or_pictures_change(catalogue, tmp_path):
    rows, view, encoder = np.arange(40)[::2], View("whole", 32), Counting()

    def get(**identity):
        return cache_maps(
            encoder, 3, {"weights": "a", **identity}, catalogue, rows, view=view, folder=tmp_path / "cache"
        )

    maps = get()
    assert (encoder.encoded, maps.maps.shape, maps.maps.dtype) == (20, (20, 3, 2, 2), np.float16)
    wanted = view.open(catalogue.file(6)).pixels[0].astype(np.float32).reshape(2, 16, 2, 16, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(maps(np.array([6]))[0].numpy(), wanted.transpose(2, 0, 1), rtol=1e-3)
    get()
    assert encoder.encoded == 20
    get(weights="b")
    assert encoder.encoded == 40
    catalogue.file(4).write_bytes(catalogue.file(5).read_bytes())
    changed = get()
    assert encoder.encoded == 60
    np.testing.assert_array_equal(changed(np.array([6]))[0], maps(np.array([6]))[0])
    assert not np.array_equal(changed(np.array([4]))[0], maps(np.array([4]))[0])
    catalogue.file(8).write_bytes(b"\xff\xd8\xff")
    bad = get()
    assert bad.place[8] == -1
    assert (bad.place[rows] >= 0).sum() == 19
    assert "damaged" in bad.skipped[0][1] or "truncated" in bad.skipped[0][1]


def test_a_full_disk_is_an_error_that_names_the_way_out(catalogue, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(TrainingError, match=r"No space left.*MORELLI_CACHE"):
        cache_maps(Counting(), 3, {}, catalogue, np.arange(20), view=View("whole", 32), folder=tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_maps_are_whole_or_absent(catalogue, tmp_path):
    rows, view = np.arange(20), View("whole", 32)

    class BreakingError(Exception):
        pass

    class Breaking(Counting):
        def encode(self, pictures):
            raise BreakingError

    with pytest.raises(BreakingError):
        cache_maps(Breaking(), 3, {}, catalogue, rows, view=view, folder=tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
    good = np.array(cache_maps(Counting(), 3, {}, catalogue, rows, view=view, folder=tmp_path / "cache").maps)
    for ending in ("npy", "json"):
        (file,) = (tmp_path / "cache").glob(f"*.{ending}")
        data = file.read_bytes()
        file.unlink()
        file.write_bytes(data[: len(data) // 2])
        encoder = Counting()
        again = cache_maps(encoder, 3, {}, catalogue, rows, view=view, folder=tmp_path / "cache")
        assert encoder.encoded == 20
        np.testing.assert_array_equal(again.maps, good)

    class Huge(Counting):
        def encode(self, pictures):
            return super().encode(pictures) * 1e4

    with pytest.raises(TrainingError, match="beyond 65504"):
        cache_maps(Huge(), 3, {"weights": "huge"}, catalogue, rows, view=view, folder=tmp_path / "cache")


def test_a_budget_is_shared_out_among_the_phases_that_are_left():
    from pathlib import Path
    from types import SimpleNamespace

    run = Run(folder=Path("x"), cache=Path("y"), budget=90.0)
    assert phase(run, "a", left=3, before=[]).budget == 30
    spent = [SimpleNamespace(seconds=10.0)]
    assert phase(run, "b", left=2, before=spent).budget == 40
    assert phase(run, "c", left=1, before=[SimpleNamespace(seconds=500.0)]).budget == 1
    assert phase(run, "a", left=3, before=[], seed=7).seed == 7
    assert str(phase(run, "a", left=3, before=[]).folder).endswith("a")
    assert join_histories([[{"epoch": 1.0, "x": 2.0}]], "stage") == [{"epoch": 1.0, "x": 2.0}]
