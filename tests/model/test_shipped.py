"""Models by name: a shipped one before a folder of that name, and every command takes either."""

from pathlib import Path

import pytest

from morelli.errors import ModelError
from morelli.model.folder import open_model_folder
from morelli.model.shipped import find_model, shipped_models


def test_a_name_is_a_shipped_model_and_a_path_is_a_path(shipped_place, tmp_path, monkeypatch):
    assert shipped_models() == ["default"]
    assert find_model("default") == shipped_place / "default"
    assert find_model("other") == Path("other")
    assert open_model_folder("default").id == open_model_folder(shipped_place / "default").id
    monkeypatch.chdir(tmp_path)
    (tmp_path / "default").mkdir()
    assert find_model("default") == shipped_place / "default"
    assert find_model("./default") == Path("./default")
    with pytest.raises(ModelError, match="not a model folder"):
        open_model_folder("./default")


def test_an_unknown_model_names_the_shipped_ones(shipped_place):
    with pytest.raises(ModelError, match=r"nothing: no such model folder; .* or name a shipped one \(default\)"):
        open_model_folder("nothing")
