"""The models that come with the package, by name."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from morelli.errors import ModelError

DEFAULT = "default"


def shipped_models() -> list[str]:
    """Return the names of the models that come with the package."""
    return sorted(folder.name for folder in _place().iterdir() if (folder / "model.json").is_file())


def find_model(model: Path | str) -> Path:
    """Return the folder of a model: the shipped one of that name, else the path as it is.

    A folder of the user's that is called as a shipped model is meant by `./default`, or by its whole path.

    >>> find_model("my-model").as_posix()
    'my-model'
    """
    if not isinstance(model, (str, os.PathLike)):
        raise ModelError(f"model {model!r}: give a model folder by its path, or a shipped model by its name")
    name = str(model)
    return _place() / name if name in shipped_models() else Path(model)


def _place() -> Path:
    return Path(str(resources.files("morelli.models")))
