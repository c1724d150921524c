import json
import os
from hashlib import sha256

import msgspec
import pytest
from tests.conftest import reseal

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


@pytest.mark.parametrize("bits", [(0,), (1, 5), (2,), (7,)])
def test_every_changed_byte_of_the_description_is_found(tmp_path, description, bits):
    """Digits, letters, spaces, the digest itself: at every place of the file."""
    folder = write_model_folder(tmp_path / "m", description, FILES).path
    file = folder / DESCRIPTION
    good = file.read_bytes()
    assert good.isascii()
    for place in range(len(good)):
        changed = bytearray(good)
        for bit in bits:
            changed[place] ^= 1 << bit
        file.write_bytes(changed)
        with pytest.raises(ModelError, match=r"model\.json"):
            open_model_folder(folder)
    for changed in (good[:-1], good + b"\n", good.replace(b"\n", b"\r\n"), good[: len(good) // 2], b""):
        file.write_bytes(changed)
        with pytest.raises(ModelError, match=r"model\.json"):
            open_model_folder(folder)
    file.write_bytes(good)
    open_model_folder(folder)


def test_the_digest_is_that_of_the_file_with_zeros_in_its_place(tmp_path, description):
    folder = write_model_folder(tmp_path / "m", description, FILES)
    data = (folder.path / DESCRIPTION).read_bytes()
    digest = json.loads(data)["digest"]
    assert sha256(data.replace(digest.encode(), b"0" * 64)).hexdigest() == digest == folder.description.digest


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d | {"schema": 99}, "schema 99, this version reads 2"),
        (lambda d: d | {"schema": 1}, "schema 1, this version reads 2"),
        (lambda d: d | {"more": 1}, "unknown field `more`"),
        (lambda d: {}, "not a model's description"),
        (lambda d: d | {"parameters": "x"}, "not a model's description"),
    ],
)
def test_a_description_of_another_shape_is_refused_however_it_is_sealed(tmp_path, description, change, words):
    folder = write_model_folder(tmp_path / "m", description, FILES).path
    reseal(folder, change)
    with pytest.raises(ModelError, match=rf"model\.json: .*{words}"):
        open_model_folder(folder)


@pytest.mark.parametrize("text", ["[]", "{}", "null", "\xff", '{"schema": 2}'])
def test_a_description_that_is_none_is_refused(tmp_path, description, text):
    folder = write_model_folder(tmp_path / "m", description, FILES).path
    (folder / DESCRIPTION).write_text(text, encoding="latin-1")
    with pytest.raises(ModelError, match=r"model\.json"):
        open_model_folder(folder)


def test_a_file_that_no_model_has_a_path_and_a_link_are_refused(tmp_path, description):
    folder = write_model_folder(tmp_path / "m", description, FILES).path
    good = (folder / DESCRIPTION).read_bytes()
    for name in ("../card.md", "/etc/passwd", "weights.pkl"):
        reseal(folder, lambda d, name=name: d | {"files": d["files"] | {name: "0" * 64}})
        with pytest.raises(ModelError, match="names a file that no model has"):
            open_model_folder(folder)
    (folder / DESCRIPTION).write_bytes(good)
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
