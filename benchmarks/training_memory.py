"""How much memory training takes: the published tower at 256 px, 64 paintings a step, a process of its own.

    python benchmarks/training_memory.py ../shared/paintings --split splits/paintings.json

Prints the peak resident memory and what of it is pages of the picture cache, which the system may drop. The limit is 6 GB in all.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
import time
from pathlib import Path

import psutil

from morelli.catalogue.catalogue import Catalogue
from morelli.cli.options import cache_folder, read_split
from morelli.systems.read import read_system
from morelli.training.end_to_end import prepare_trainer
from morelli.training.run import Run

LIMIT = 6.0  # GB


def main() -> None:
    """Train some steps and a validation, watch the memory, print; exit with 1 above the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("catalogue", nargs="?", default=os.environ.get("MORELLI_PAINTINGS", "../shared/paintings"))
    parser.add_argument("--split", type=Path, default=Path("splits/paintings.json"))
    parser.add_argument("--steps", type=int, default=12)
    words = parser.parse_args()
    catalogue = Catalogue.read(words.catalogue)
    part = read_split(words.split, catalogue).assign(catalogue)
    system = read_system("triplet-cnn-batch", changes=["sampling.artists=16", "sampling.paintings=4"])
    trainer, validation, _ = prepare_trainer(
        system, catalogue, part, Run(folder=Path(), cache=cache_folder(), remark=print)
    )
    process, peak, shared, done = psutil.Process(), 0, 0, threading.Event()

    def watch() -> None:
        nonlocal peak, shared
        while not done.is_set():
            memory = process.memory_info()
            if memory.rss > peak:
                peak, shared = memory.rss, memory.shared
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    for number in range(words.steps):
        trainer.step(0, number, rate=1e-4)
    trainer.validate(validation)
    done.set()
    watcher.join()
    pictures = trainer.sampler.step(0, 0).rows.size
    print(f"{system.name}, {system.view.size} px, {pictures} paintings a step, {words.steps} steps and a validation")
    print(f"peak {peak / 1e9:.2f} GB, of it {shared / 1e9:.2f} GB mapped files (limit {LIMIT:g} GB)")
    sys.exit(peak / 1e9 > LIMIT)


if __name__ == "__main__":
    main()
