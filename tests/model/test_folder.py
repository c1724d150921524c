import json
import os

import msgspec
import pytest

from morelli.errors import ModelError
from morelli.model.description import SCHEMA, ModelDescription
from morelli.model.folder import CARD, DESCRIPTION, HISTORY, open_model_folder, write_model_folder
from morelli.systems.system import ViewTable


@pytest.fixture
def description():
    return ModelDescription(
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


FILES = {CARD: b"# card\n", HISTORY: b"epoch\n1\n"}


def test_what_was_written_is_read(tmp_path, description):
    written = write_model_folder(tmp_path / "m", description, FILES)
    again = open_model_folder(tmp_path / "m")
    assert again.id == written.id
    assert again.read(CARD) == FILES[CARD]
    assert sorted(p.name for p in (tmp_path / "m").iterdir()) == sorted([*FILES, DESCRIPTION])
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


@pytest.mark.parametrize("name", [CARD, HISTORY])
@pytest.mark.parametrize("place", [0, -1])
def test_one_changed_byte_is_found(tmp_path, description, name, place):
    folder = write_model_folder(tmp_path / "m", description, FILES).path
    data = bytearray((folder / name).read_bytes())
    data[place] ^= 1
    (folder / name).write_bytes(data)
    with pytest.raises(ModelError, match=rf"{name}: is not the file that was written"):
        open_model_folder(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d | {"schema": 99},
        lambda d: d | {"more": 1},
        lambda d: {},
        lambda d: [],
        lambda d: d | {"parameters": "x"},
    ],
)
def test_a_changed_description_is_refused(tmp_path, description, change):
    folder = write_model_folder(tmp_path / "m", description, FILES).path
    file = folder / DESCRIPTION
    file.write_text(json.dumps(change(json.loads(file.read_text()))))
    with pytest.raises(ModelError, match=r"model\.json"):
        open_model_folder(folder)


def test_a_file_that_no_model_has_a_path_and_a_link_are_refused(tmp_path, description):
    folder = write_model_folder(tmp_path / "m", description, FILES).path
    file = folder / DESCRIPTION
    good = json.loads(file.read_text())
    for name in ("../card.md", "/etc/passwd", "weights.pkl"):
        file.write_text(json.dumps(good | {"files": good["files"] | {name: "0" * 64}}))
        with pytest.raises(ModelError, match="names a file that no model has"):
            open_model_folder(folder)
    file.write_text(json.dumps(good))
    (folder / CARD).rename(tmp_path / "elsewhere")
    (folder / CARD).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ModelError, match="a link"):
        open_model_folder(folder)


@pytest.mark.parametrize("system", [{}, {"name": 7}, {"name": ["x"]}])
def test_a_system_without_a_name_is_refused(tmp_path, description, system):
    with pytest.raises(ModelError, match="its system has no name"):
        write_model_folder(tmp_path / "m", msgspec.structs.replace(description, system=system), FILES)


def test_json_nested_without_end_and_an_endless_name_are_refused(tmp_path, description):
    folder = write_model_folder(tmp_path / "m", description, FILES).path
    (folder / DESCRIPTION).write_text('{"schema": 1, "system": {"name": ' + "[" * 100_000)
    with pytest.raises(ModelError, match=DESCRIPTION):
        open_model_folder(folder)
    with pytest.raises(ModelError, match="xxx: cannot be read"):
        open_model_folder(tmp_path.__class__("x" * 5000))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_a_pipe_in_the_folder_does_not_hang(tmp_path, description):
    folder = write_model_folder(tmp_path / "m", description, FILES).path
    (folder / CARD).unlink()
    os.mkfifo(folder / CARD)
    with pytest.raises(ModelError, match=f"{CARD}: not a regular file"):
        open_model_folder(folder)


def test_what_is_missing_is_named(tmp_path, description):
    with pytest.raises(ModelError, match="no such model folder"):
        open_model_folder(tmp_path / "gone")
    with pytest.raises(ModelError, match=r"it has no model\.json"):
        open_model_folder(tmp_path)
    folder = write_model_folder(tmp_path / "m", description, FILES).path
    (folder / CARD).unlink()
    with pytest.raises(ModelError, match=r"card\.md: cannot be read"):
        open_model_folder(folder)


def test_a_place_that_is_taken_is_left_alone_and_a_model_can_be_replaced(tmp_path, description):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    for replace in (False, True):
        with pytest.raises(ModelError, match="is taken"):
            write_model_folder(tmp_path / "mine", description, FILES, replace=replace)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
    first = write_model_folder(tmp_path / "m", description, FILES)
    second = write_model_folder(tmp_path / "m", description, FILES | {CARD: b"other"}, replace=True)
    assert first.id != second.id
    assert sorted(p.name for p in tmp_path.iterdir()) == ["m", "mine"]


def test_a_write_that_fails_leaves_nothing(tmp_path, description, monkeypatch):
    def full(self, target):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("pathlib.Path.rename", full)
    with pytest.raises(ModelError, match="No space left"):
        write_model_folder(tmp_path / "m", description, FILES)
    assert list(tmp_path.iterdir()) == []
