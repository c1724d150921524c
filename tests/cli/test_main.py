"""The front door: which module a command loads, and how a program learns how it ended."""

import os
import signal
import subprocess
import sys

import pytest

import morelli.cli.main as module
from morelli.cli.main import COMMANDS, find_command, main
from morelli.errors import ModelError


@pytest.mark.parametrize(
    ("words", "name", "rest"),
    [
        (["compare", "a", "b"], "compare", ["a", "b"]),
        (["data", "split", "x"], "data split", ["x"]),
        (["data"], "", ["data"]),
        (["data", "--help"], "", ["data", "--help"]),
        (["splt"], "", ["splt"]),
        ([], "", []),
    ],
)
def test_a_command_is_found_by_its_first_words(words, name, rest):
    assert find_command(words) == (name, rest)


def end_with(monkeypatch, raised):
    def command() -> None:
        raise raised

    monkeypatch.setattr(module, "_function", lambda name: command)
    with pytest.raises(SystemExit) as end:
        main(["systems"])
    return end.value.code


@pytest.mark.parametrize(
    ("raised", "code", "words"),
    [
        (ModelError("m: broken; mend it"), 1, "morelli: m: broken; mend it\n"),
        (KeyboardInterrupt(), 130, "morelli: interrupted; nothing half-written was left\n"),
    ],
)
def test_how_a_command_ends(monkeypatch, capsys, raised, code, words):
    assert end_with(monkeypatch, raised) == code
    assert capsys.readouterr() == ("", words)


def test_a_fault_of_ours_is_shown_whole(monkeypatch):
    with pytest.raises(ZeroDivisionError):
        end_with(monkeypatch, ZeroDivisionError("ours"))


def test_signals_are_as_before_when_a_command_has_ended(monkeypatch):
    before = signal.getsignal(signal.SIGTERM)
    end_with(monkeypatch, ModelError("x"))
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("name", ["compare", "score", "card", "systems"])
def test_a_command_loads_its_own_module_and_no_other(name):
    code = f"""
import contextlib, io, sys
from morelli.cli.main import main
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()):
    main([{name!r}, "--help"])
loaded = [m for m in sys.modules if m.startswith("morelli.cli.")]
heavy = [m for m in ("torch", "openvino", "duckdb", "matplotlib", "scipy") if m in sys.modules]
print(sorted(loaded), heavy)
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    others = {f"morelli.cli.{file}" for other, (file, _) in COMMANDS.items() if other != name}
    assert not [other for other in others if f"'{other}'" in out]
    assert out.strip().endswith("[]")


@pytest.mark.skipif(sys.platform != "linux", reason="a device that is always full")
def test_a_listing_that_cannot_be_written_is_an_error_and_no_traceback():
    with open("/dev/full", "w") as full:  # noqa: PTH123
        words = [sys.executable, "-m", "morelli", "systems"]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "No space left" in done.stderr


def test_a_name_that_the_terminal_cannot_show_is_shown_all_the_same(tmp_path):
    words = [sys.executable, "-m", "morelli", "data", "stats", str(tmp_path)]
    (tmp_path / "Cézanne").mkdir()
    (tmp_path / "Cézanne" / "a.jpg").write_bytes(b"x")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert r"C\xe9zanne" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX")
def test_a_reader_that_goes_away_is_no_error_of_ours():
    words = f"{sys.executable} -m morelli systems triplet-cnn --json | head -c 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", words], capture_output=True, text=True, check=True)
    assert "Traceback" not in done.stderr
    assert done.stdout.startswith("{")
