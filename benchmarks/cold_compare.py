"""A cold `morelli compare` from a shell, beside the time in which Python imports torch and timm. And which imports it pays for.

    python benchmarks/cold_compare.py MODEL A.jpg B.jpg [--rounds 10]

MODEL is a folder (`benchmarks/lite0_model.py` makes one of real size). The page cache is warm and the compiled network kept from a
round that is not counted; rounds of both are interleaved. Prints medians by the clock and of processor time, their ratios, and the
seconds that each package took to import. Exits with 1 where `compare` takes more than a quarter.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

MOST = 0.25


def timed(words: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return the seconds that a program took by the clock, and of processor time."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(words, env=environment, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def imports(words: list[str], environment: dict[str, str]) -> Counter[str]:
    """Return the microseconds that each top-level package's own modules took to import."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", *words], env=environment, check=True, capture_output=True, text=True
    )
    own: Counter[str] = Counter()
    for line in done.stderr.splitlines():
        if found := re.match(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", line):
            package = found[2].partition(".")[0]
            own["Python's own" if package in OWN else package] += int(found[1])
    return own


OWN = frozenset((*sys.stdlib_module_names, "__main__", "site", "sitecustomize", "zipimport"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("model", "first", "second"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    words = ["-m", "morelli", "compare", str(options.first), str(options.second), "--model", str(options.model)]
    ways = {
        "morelli compare": [sys.executable, *words],
        "import torch, timm": [sys.executable, "-c", "import torch, timm"],
    }
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as cache:
        environment = {**os.environ, "MORELLI_CACHE": cache}
        for way in ways.values():  # warms the page cache, keeps the compiled network
            timed(way, environment)
        for _ in range(options.rounds):
            for name, way in ways.items():
                found[name].append(timed(way, environment))
        paid = imports(words, environment)
    medians = {}
    for name, times in found.items():
        wall, processor = (statistics.median(column) for column in zip(*times, strict=True))
        medians[name] = wall, processor
        spread = f"{min(t for t, _ in times):.2f} to {max(t for t, _ in times):.2f}"
        print(
            f"{name:20} {wall:6.2f} s by the clock ({spread}), {processor:6.2f} s of processor time; {len(times)} rounds"
        )
    ratios = [ours / theirs for ours, theirs in zip(*medians.values(), strict=True)]
    print(f"ratio                {ratios[0]:6.2f} by the clock, {ratios[1]:.2f} of processor time; wanted: {MOST}\n")
    print("imports of `morelli compare`, each package's own modules (under -X importtime, which slows them):")
    for package, micro in paid.most_common():
        print(f"  {package:14} {micro / 1e3:7.1f} ms")
    sys.exit(ratios[0] > MOST)


if __name__ == "__main__":
    main()
