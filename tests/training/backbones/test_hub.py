"""The way to the hub, against a small hub of our own on this machine: whole, broken off, with other bytes than it says, not there."""

import http.server
import io
import threading
from contextlib import contextmanager
from hashlib import sha256
from typing import ClassVar

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402

from morelli.training.backbones.backbone import BackboneError, build_backbone  # noqa: E402
from morelli.training.backbones.hub import fetch  # noqa: E402
from morelli.training.backbones.xception import timm_slots  # noqa: E402

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(http.server.BaseHTTPRequestHandler):
    """Serves one file as the hub does: its size, its checksum and its revision in the answer's head."""

    data = b""
    said = ""
    breaks_off = False
    seen: ClassVar[list[str]] = []

    def do_HEAD(self):
        self._answer(body=False)

    def do_GET(self):
        self._answer(body=True)

    def _answer(self, *, body):
        type(self).seen.append(f"{self.command} {self.path}")
        if self.breaks_off and "Range" in self.headers:  # asked for the rest: nothing more comes
            self.close_connection = True
            return
        if not self.path.endswith("/model.safetensors") or b"missing" in self.data:
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{self.said or sha256(self.data).hexdigest()}"')
        self.send_header("Content-Length", str(len(self.data)))
        self.end_headers()
        if body:
            self.wfile.write(self.data[: len(self.data) // 2] if self.breaks_off else self.data)
            self.close_connection = True

    def log_message(self, *words):
        """Say nothing."""


@contextmanager
def serving(data, *, said="", breaks_off=False):
    handler = type("Handler", (Hub,), {"data": data, "said": said, "breaks_off": breaks_off, "seen": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", handler.seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """Return the function that puts a hub with a file in the real one's place, for as long as it is asked for."""
    for name in ("HF_HUB_OFFLINE", "HF_TOKEN", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # the client waits between its tries

    @contextmanager
    def put(data, **more):
        with serving(data, **more) as (address, seen):
            monkeypatch.setenv("HF_ENDPOINT", address)
            yield seen

    return put


@pytest.fixture(scope="module")
def resnet(tmp_path_factory):
    timm = pytest.importorskip("timm")
    torch.manual_seed(0)
    network = timm.create_model("resnet10t", pretrained=False)
    file = tmp_path_factory.mktemp("resnet") / "model.safetensors"
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, file, {"format": "pt"})
    return network.eval(), file.read_bytes()


def test_a_backbone_of_timm_comes_from_the_hub_once_and_says_so(hub, resnet):
    network, data = resnet
    with hub(data) as seen:
        one, origin = build_backbone("timm/resnet10t.c3_in1k", size=64)
        assert any("timm/resnet10t.c3_in1k" in line for line in seen)
    assert origin.source == f"the hub's timm/resnet10t.c3_in1k, revision {COMMIT[:12]}"
    assert (origin.sha256, origin.licence) == (sha256(data).hexdigest(), "apache-2.0")
    with hub(b"missing") as seen:  # the second time nothing is asked for
        again, same = build_backbone("timm/resnet10t.c3_in1k", size=64)
        assert seen == []
    assert same == origin
    x = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        wanted = network.forward_features((x - one.mean) / one.deviation)
        torch.testing.assert_close(one(x)["last"], wanted)
        torch.testing.assert_close(again(x)["last"], wanted)


def left(tmp_path):
    return [p for p in (tmp_path / "hub").rglob("*") if p.is_file() and p.suffix not in (".lock", ".json", ".TAG")]


def test_a_transfer_that_breaks_off_is_an_error_that_names_the_way_out(hub, resnet, tmp_path):
    with (
        hub(resnet[1], breaks_off=True),
        pytest.raises(
            BackboneError, match=r"cannot be fetched from the hub \(timm/resnet10t.*--weights timm/resnet10t"
        ),
    ):
        build_backbone("timm/resnet10t.c3_in1k", size=64)
    assert not [p for p in left(tmp_path) if p.suffix == ".safetensors"]
    with hub(resnet[1]):  # and the next try is whole
        assert fetch("timm/resnet10t.c3_in1k", backbone="x").sha256 == sha256(resnet[1]).hexdigest()


def test_other_bytes_than_the_hub_says_are_thrown_away(hub, resnet, tmp_path):
    with hub(resnet[1], said="0" * 64), pytest.raises(BackboneError, match=r"is not what it says .* thrown away"):
        build_backbone("timm/resnet10t.c3_in1k", size=64)
    assert not [p for p in left(tmp_path) if p.stat().st_size == len(resnet[1])]
    with hub(resnet[1]):
        build_backbone("timm/resnet10t.c3_in1k", size=64)


def test_what_the_hub_does_not_have_and_no_hub_at_all_name_the_way_out(hub, monkeypatch):
    with hub(b"missing"), pytest.raises(BackboneError, match=r"--weights timm/resnet10t\.c3_in1k=FILE"):
        build_backbone("timm/resnet10t.c3_in1k")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    for name in ("inception-v3", "timm/resnet10t.c3_in1k", "lite0"):
        with pytest.raises(
            BackboneError, match=f"no weights for '{name}': .*give a local file with --weights {name}=FILE"
        ):
            build_backbone(name)
    with pytest.raises(BackboneError, match="it could not be reached 0 s ago"):  # and it is not tried again at once
        build_backbone("lite1")
    with pytest.raises(BackboneError, match="no weights for the backbone 'inception-v3-6c'; give a local file"):
        build_backbone("inception-v3-6c")  # the hub does not have it as it is needed


def released(monkeypatch, tmp_path, data, *, name=None, breaks_off=False):
    """Put a file of weights in the place of timm's release of Xception, on this machine; return the context that serves it."""
    digest = sha256(data).hexdigest()
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    for variable in ("HF_HUB_OFFLINE", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)

    @contextmanager
    def serve():
        handler = type("Release", (Release,), {"data": data, "breaks_off": breaks_off, "seen": []})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/xception-{name or digest[:9]}.pth"
        monkeypatch.setattr("morelli.training.backbones.backbone.release_url", lambda _: (address, "apache-2.0"))
        try:
            yield handler.seen
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    return serve


class Release(http.server.BaseHTTPRequestHandler):
    """Serves one file, or its first half."""

    data = b""
    breaks_off = False
    seen: ClassVar[list[str]] = []

    def do_GET(self):
        type(self).seen.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.data)))
        self.end_headers()
        self.wfile.write(self.data[: len(self.data) // 2] if self.breaks_off else self.data)
        self.close_connection = True

    def log_message(self, *words):
        """Say nothing."""


@pytest.fixture(scope="module")
def in_timms_names(weights_folder):
    """Keras' real weights as timm's release has them: a state dict in its names, with a top layer."""
    network, _ = build_backbone("xception", weights=weights_folder / "xception.safetensors")
    state = {slot.name: slot.target.clone() for slot in timm_slots(network)}
    state |= {"fc.weight": torch.zeros(1000, 2048), "fc.bias": torch.zeros(1000)}
    state["bn1.num_batches_tracked"] = torch.tensor(0)
    out = io.BytesIO()
    torch.save(state, out)
    return network, out.getvalue()


def test_xception_comes_from_timms_releases_once_and_is_kerass(in_timms_names, monkeypatch, tmp_path):
    network, data = in_timms_names
    with released(monkeypatch, tmp_path, data)() as seen:
        ours, origin = build_backbone("xception")
        again, same = build_backbone("xception")
        assert len(seen) == 1
    assert origin.source.startswith("timm's release xception-")
    assert (origin.sha256, origin.licence, same) == (sha256(data).hexdigest(), "apache-2.0", origin)
    for one, other in zip(network.state_dict().values(), ours.state_dict().values(), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)
    assert again.layers == ours.layers


def test_other_weights_in_the_releases_place_are_refused(in_timms_names, monkeypatch, tmp_path):
    _, data = in_timms_names
    state = torch.load(io.BytesIO(data), weights_only=True)
    state["block5.rep.1.pointwise.weight"] = state["block5.rep.1.pointwise.weight"].flip(0)
    out = io.BytesIO()
    torch.save(state, out)
    with released(monkeypatch, tmp_path, out.getvalue())(), pytest.raises(BackboneError, match="are not its ImageNet"):
        build_backbone("xception")


@pytest.mark.parametrize("how", ["breaks off", "wrong checksum"])
def test_a_release_that_is_not_what_its_name_says_is_no_file(in_timms_names, monkeypatch, tmp_path, how):
    _, data = in_timms_names
    serve = released(
        monkeypatch, tmp_path, data, breaks_off=how == "breaks off", name="0" * 9 if how == "wrong checksum" else None
    )
    with (
        serve(),
        pytest.raises(BackboneError, match=r"cannot be fetched from timm's releases .*--weights xception=FILE"),
    ):
        build_backbone("xception")
    assert not [p for p in (tmp_path / "torch").rglob("*") if p.is_file()]


def test_inception_from_the_hub_is_timms_own(hub):
    import timm

    torch.manual_seed(0)
    network = timm.create_model("inception_v3", pretrained=False)
    state = {name: value.contiguous() for name, value in network.state_dict().items()}
    from safetensors.torch import save

    with hub(save(state)):
        ours, origin = build_backbone("inception-v3")
    assert "timm/inception_v3.tf_in1k" in origin.source
    x = torch.rand(1, 3, 75, 75)
    with torch.inference_mode():
        torch.testing.assert_close(
            ours(x)["Mixed_7c"], network.eval().forward_features(x * 2 - 1), atol=1e-5, rtol=1e-5
        )
