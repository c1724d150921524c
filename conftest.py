"""The code blocks of README and docs are tests: each file is run from top to bottom, in a folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser


def _setup(namespace: dict[str, Any]) -> None:
    namespace["monkeypatch"] = patch = pytest.MonkeyPatch()
    import tempfile

    namespace["folder"] = folder = tempfile.TemporaryDirectory()
    patch.chdir(folder.name)


def _teardown(namespace: dict[str, Any]) -> None:
    namespace["monkeypatch"].undo()
    namespace["folder"].cleanup()


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(doctest_optionflags=0), SkipParser()],
    patterns=["README.md", "CONTRIBUTING.md", "docs/*.md"],
    path=str(Path(__file__).parent),
    setup=_setup,
    teardown=_teardown,
).pytest()
