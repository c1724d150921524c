"""Make the files of weights that the tests read: python .ci/make_weights.py PREPARE OUT. What is there already stays.

safetensors writes an array that is not contiguous in the order of its memory, so every array is made contiguous first.
"""

from __future__ import annotations

import runpy
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import safetensors.numpy

NAMES = ("xception", "inception-v3", "efficientnet-lite0")


def main() -> None:
    """Run the script that makes them, for the names that are still missing."""
    prepare, out = Path(sys.argv[1]), Path(sys.argv[2])
    missing = [name for name in NAMES if not (out / f"{name}.safetensors").is_file()]
    if not missing:
        return
    save = safetensors.numpy.save_file

    def save_contiguous(
        tensors: Mapping[str, npt.NDArray[np.generic]], file: str, metadata: dict[str, str] | None = None
    ) -> None:
        save({name: np.ascontiguousarray(value) for name, value in tensors.items()}, file, metadata=metadata)

    safetensors.numpy.save_file = save_contiguous
    sys.argv = [str(prepare), str(out), *missing]
    runpy.run_path(str(prepare), run_name="__main__")


if __name__ == "__main__":
    main()
