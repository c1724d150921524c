from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from morelli.errors import PictureError
from morelli.studio import Studio
from morelli.studio.contact_sheet import contact_sheet, write_contact_sheet

STUDIO = Studio(seed=0, painters=2)


def test_painters_in_rows_beside_their_names() -> None:
    sheet = contact_sheet(STUDIO, 2, 3, tile=64, size=64)
    assert sheet.dtype == np.uint8
    gap, label, border = 3, 82, 8
    assert sheet.shape == (2 * border + 2 * (64 + gap) - gap, 2 * border + label + 3 * (64 + gap) - gap, 3)
    for i, j in [(0, 0), (1, 2)]:
        top, left = border + i * (64 + gap), border + label + j * (64 + gap)
        found = sheet[top : top + 64, left : left + 64].astype(int)
        assert np.abs(found - STUDIO.paint(i, j, size=64)).max() <= 1
    names = sheet[:, border : border + label - 4]
    assert (names < 100).any()


@pytest.mark.parametrize("name", ["sheet.png", "sheet.JPG"])
def test_written_and_read_back(tmp_path: Path, name: str) -> None:
    write_contact_sheet(tmp_path / "new" / name, STUDIO, 1, 2, tile=48)
    assert cv2.imread(str(tmp_path / "new" / name)).shape[0] == 48 + 16
    assert [p.name for p in (tmp_path / "new").iterdir()] == [name]


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"sheet\.gif: .*\.png or \.jpg"):
        write_contact_sheet(tmp_path / "sheet.gif", STUDIO, 1, 1)
    assert list(tmp_path.iterdir()) == []
