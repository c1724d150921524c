"""What pictures at the bounds of `Limits` take: peak memory and processor time of opening one, each in a process of its own.

    python benchmarks/largest_pictures.py [--width 14000 --height 14000] [--width 65535 --height 3000]

Pictures of one colour with transparency are made in a temporary folder: PNG of 8 and 16 bits, plain and interlaced, TIFF in strips and in
tiles; small files, as an attacker's would be. Each is opened for a view of 224 px and in full.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

OPEN = """
import re, sys, time
from pathlib import Path
from morelli.pictures.open import open_image
began = time.process_time()
open_image(sys.argv[1], at_least=int(sys.argv[2]) or None)
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print(f"{peak / 1e6:.2f} GB, {time.process_time() - began:.1f} s")
"""
FOR_A_VIEW = 448


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, action="append")
    parser.add_argument("--height", type=int, action="append")
    words = parser.parse_args()
    sizes = list(zip(words.width or [14_000, 65_535], words.height or [14_000, 3_000], strict=True))
    print("| picture | file | for a view of 224 px | in full |\n|---|---|---|---|")
    for width, height in sizes:
        with tempfile.TemporaryDirectory() as folder:
            for name, file in make(Path(folder), width, height).items():
                cells = [opened(file, at_least) for at_least in (FOR_A_VIEW, 0)]
                print(
                    f"| {width} x {height} {name} | {file.stat().st_size / 1e6:.1f} MB | {' | '.join(cells)} |",
                    flush=True,
                )


def make(folder: Path, width: int, height: int) -> dict[str, Path]:
    """Write the pictures of one size; return them by their names."""
    import pyvips

    eight = pyvips.Image.black(width, height, bands=4).copy(interpretation="srgb")
    sixteen = eight.cast("ushort").copy(interpretation="rgb16")
    made = {}
    for bits, image in ((8, eight), (16, sixteen)):
        for how in ("", ", interlaced"):
            made[f"PNG, {bits} bits{how}"] = file = folder / f"{bits}{how[2:]}.png"
            image.pngsave(str(file), compression=9, bitdepth=bits, interlace=bool(how))
    for how, options in (("strips", {}), ("tiles", {"tile": True, "tile_width": 256, "tile_height": 256})):
        made[f"TIFF, {how}"] = file = folder / f"{how}.tif"
        eight.tiffsave(str(file), compression="deflate", **options)
    return made


def opened(file: Path, at_least: int) -> str:
    """Return what opening a file took, in words."""
    done = subprocess.run([sys.executable, "-c", OPEN, str(file), str(at_least)], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


if __name__ == "__main__":
    main()
