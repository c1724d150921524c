from __future__ import annotations

import sys
from pathlib import Path

import pytest

from morelli.errors import MissingExtraError
from morelli.studio import Studio, write_studio


def test_without_opencv_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(MissingExtraError, match=r"morelli\[train\]"):
        Studio(0, 1).paint(0, 0)
    with pytest.raises(MissingExtraError, match=r"morelli\[train\]"):
        write_studio(tmp_path / "s", Studio(0, 1), 1)
    assert list(tmp_path.iterdir()) == []
    assert Studio(0, 1).painter_name(0)
