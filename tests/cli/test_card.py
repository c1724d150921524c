from __future__ import annotations

from pathlib import Path

import pytest

from morelli.cli.card import command
from morelli.errors import ModelError
from morelli.model.description import SCHEMA, ModelDescription
from morelli.model.folder import CARD, write_model_folder
from morelli.systems.system import ViewTable


def write(folder: Path, card: bytes) -> Path:
    description = ModelDescription(
        schema=SCHEMA,
        system={"name": "x"},
        view=ViewTable(kind="whole", size=32),
        embedding=8,
        similarity="cosine",
        parameters=1,
        files={},
        training={},
        licence="none",
        versions={},
    )
    return write_model_folder(folder, description, {CARD: card}).path


def test_control_characters_are_shown_not_sent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command(write(tmp_path / "m", "# C\u00e9zanne \x1b[31m\n\tb\n".encode()), as_json=False)
    assert capsys.readouterr().out == "# C\u00e9zanne \\x1b[31m\n\tb\n\n"


def test_a_card_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"card\.md: not UTF-8 text \(byte 2\)"):
        command(write(tmp_path / "m", b"# \xff"), as_json=False)
