"""`morelli compare` opens no socket and loads no library that it does not need: seen by Python and by the kernel."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from morelli.model.embedding_table import list_pictures

# Any call of socket(2), also from a C++ library, ends the process: a filter of system calls, as `prctl` takes it.
FILTER = """
import ctypes, platform, struct
number = {"x86_64": 41, "aarch64": 198}[platform.machine()]
rules = struct.pack("HBBI", 0x20, 0, 0, 0) + struct.pack("HBBI", 0x15, 0, 1, number)  # load the number; compare it
rules += struct.pack("HBBI", 0x06, 0, 0, 0x80000000) + struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000)  # end it; allow it
kept = ctypes.create_string_buffer(rules, len(rules))
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("rules", ctypes.c_void_p)]
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.byref(Program(4, ctypes.addressof(kept))), 0, 0) == 0, ctypes.get_errno()
"""
WATCHED = """
import json, sys
events = []
sys.addaudithook(lambda event, _: events.append(event) if event.startswith(("socket.", "urllib.", "http.")) else None)
from morelli.cli.main import main
try:
    main(sys.argv[1:])
finally:
    print(json.dumps({"events": events, "modules": sorted(name for name, found in sys.modules.items() if found)}), file=sys.stderr)
"""
FOREIGN = (
    *("duckdb", "pandas", "pyarrow"),
    *("matplotlib", "PIL", "jinja2", "cv2"),
    *("scipy", "sklearn", "statsmodels", "lir"),
    *("torch", "torchvision", "timm", "onnx", "safetensors"),
    *("rich", "openvino_telemetry", "requests", "http.client", "ssl"),
)
LINUX = sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64")


def run(code: str, words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MORELLI_CACHE": str(folder / "cache"), "HOME": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False, env=environment, timeout=120
    )


def seen(done: subprocess.CompletedProcess[str]) -> dict[str, list[str]]:
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, list[str]] = json.loads(done.stderr.strip().splitlines()[-1])
    return found


@pytest.fixture(params=["of metric alone", "shipped"])
def words(request: pytest.FixtureRequest, tiny_model: Path, studio_folder: Path) -> list[str]:
    first, second = list_pictures([studio_folder])[:2]
    return ["compare", str(first), str(second), *([] if request.param == "shipped" else ["--model", str(tiny_model)])]


def test_compare_opens_no_socket(words: list[str], tmp_path: Path) -> None:
    code = (FILTER if LINUX else "") + WATCHED
    for _ in ("compiling", "from what was kept"):
        found = seen(run(code, words, tmp_path))
        assert found["events"] == []
        assert {"openvino", "pyvips", "morelli.verdict.compare"} <= set(found["modules"])


def test_compare_loads_nothing_that_it_does_not_need(words: list[str], tmp_path: Path) -> None:
    modules = seen(run(WATCHED, words, tmp_path))["modules"]
    needed = {"safetensors"} if "--model" not in words else set()  # which holds the shipped model's cohort
    assert [name for name in FOREIGN if name in modules and name not in needed] == []


def test_an_explanation_needs_no_more_than_the_base_install_and_no_socket(
    words: list[str], mapped_model: Path, tmp_path: Path
) -> None:
    for asked in (words, [*words[:3], "--model", str(mapped_model)]):
        code = (FILTER if LINUX else "") + WATCHED
        found = seen(run(code, [*asked, "--explain", str(tmp_path / "why.png")], tmp_path))
        assert found["events"] == []
        assert "matplotlib.figure" in found["modules"]
        drawn_with = ("matplotlib", "PIL", "rich", "safetensors")  # the last for the cohort, with or without
        assert [name for name in FOREIGN if name in found["modules"] and name not in drawn_with] == []


@pytest.mark.skipif(not LINUX, reason="the filter of system calls is Linux's")
def test_the_filter_sees_a_socket_that_python_does_not(tmp_path: Path) -> None:
    done = run(FILTER + "libc.socket(2, 1, 0)\nprint('opened')", [], tmp_path)
    assert done.returncode == -31  # SIGSYS
    assert "opened" not in done.stdout
