"""The first of the fuzzer's cases, of every format: an error that names the file, or the whole file's pixels. `benchmarks` has the rest."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from morelli.errors import PictureError
from morelli.pictures.open import open_image

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from fuzz_cases import case

# What the whole run found, and was mended: answers that were wrong, gigabytes that were asked for, a word on standard error.
FOUND = {
    33701: "error",
    52060: "error",
    52071: "error",
    58559: "error",
    148211: "error",
    185091: "pixels",
    217660: "error",
    233436: "error",
}


@pytest.mark.parametrize("start", [*range(0, 400, 50), *FOUND])
def test_a_changed_file_is_an_error_or_right(tmp_path: Path, start: int, capfd: pytest.CaptureFixture[str]) -> None:
    answers = set()
    for number in [start] if start in FOUND else range(start, start + 50):
        one = case(number)
        file = tmp_path / one.name
        file.write_bytes(one.data)
        try:
            pixels = open_image(file, at_least=one.at_least)
        except PictureError as err:
            answers.add("error" if one.name in str(err) else f"{number}: {err}")
            continue
        answers.add("pixels")
        assert pixels.dtype == np.uint8
        assert pixels.ndim == 3
        if one.strict and one.data != one.whole:
            file.write_bytes(one.whole)
            np.testing.assert_array_equal(open_image(file, at_least=one.at_least), pixels, err_msg=str(number))
    assert answers == ({FOUND[start]} if start in FOUND else {"error", "pixels"})
    assert capfd.readouterr().err == ""
