"""What the tests of commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from morelli.catalogue.catalogue import Catalogue
from morelli.cli.main import main
from morelli.protocol.split import make_split


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run words; return (exit status, standard output, standard error)."""

    def run(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        found = capsys.readouterr()
        code = end.value.code
        assert code is None or isinstance(code, int)
        return code or 0, found.out, found.err

    return run


@pytest.fixture(scope="session")
def split_file(studio_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The split that `tiny_model` was trained with."""
    file = tmp_path_factory.mktemp("split") / "split.json"
    split = make_split(Catalogue.read(studio_folder), shares=(0.4, 0.2, 0.2, 0.2))
    file.write_text(split.to_json(), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def pictures(studio_folder: Path) -> list[Path]:
    """Three pictures."""
    return sorted(studio_folder.rglob("*.jpg"))[:3]
