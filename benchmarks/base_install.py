"""How large the base install is: a new virtual environment, the package without extras, megabytes by package.

    python benchmarks/base_install.py [VENV]

VENV: one that it was installed into already, which is measured; else one is made, for which a package index is needed. The limit is
500 MB, pip itself left out.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import NoReturn

LIMIT = 500  # MB
REPOSITORY = Path(__file__).resolve().parents[1]


def size(path: Path) -> float:
    """Return the megabytes of a file or a folder."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file() and not file.is_symlink()]
    return sum(file.stat().st_size for file in files) / 1e6


def main() -> None:
    """Install, measure, print; exit with 1 above the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("venv", nargs="?", type=Path)
    there = parser.parse_args().venv
    if there is not None:
        measure(there)
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        install = [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "-c",
            str(REPOSITORY / "constraints.txt"),
            str(REPOSITORY),
        ]
        subprocess.run(install, check=True)
        measure(Path(folder))


def measure(folder: Path) -> NoReturn:
    """Print the megabytes of a virtual environment's packages; exit with 1 above the limit."""
    (packages,) = folder.glob("lib/python*/site-packages")
    sizes = {
        entry.name: size(entry)
        for entry in packages.iterdir()
        if not entry.name.startswith(("pip", "setuptools", "pkg_res"))
    }
    for name, megabytes in sorted(sizes.items(), key=lambda item: -item[1])[:15]:
        print(f"{megabytes:7.1f} MB  {name}")
    total = sum(sizes.values())
    print(f"{total:7.1f} MB  in all (limit {LIMIT})")
    sys.exit(total > LIMIT)


if __name__ == "__main__":
    main()
