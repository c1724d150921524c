"""How much sooner batch-formed triplets learn than one triplet in three forwards: same tower, same pictures, same machine.

    python benchmarks/learning_speed.py ../shared/paintings --split splits/paintings.json --minutes 20

First the published sampling trains for so many minutes; its best validation AUC is the mark. Then the batch-formed sampling trains
until it has reached the mark. Both are validated now and then; the time of validation is not counted. Printed: wall
time to the mark of both, their ratio, pictures a second, and triplets a second whose loss is not zero.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import torch

from morelli.catalogue.catalogue import Catalogue
from morelli.cli.options import cache_folder, read_split
from morelli.systems.read import read_system
from morelli.training.end_to_end import prepare_trainer
from morelli.training.loop import learning_rate
from morelli.training.run import Run
from morelli.training.trainer import Trainer
from morelli.training.validation import Validation


def learn(
    trainer: Trainer, validation: Validation, *, seconds: float, until: float | None, every: float
) -> list[tuple[float, float, int, int]]:
    """Train; return (seconds of training, validation AUC, pictures, active triplets) at every validation."""
    spent, due, images, active, number = 0.0, every, 0, 0, 0
    course: list[tuple[float, float, int, int]] = []
    schedule, steps = trainer.system.schedule, trainer.sampler.steps
    trainer.network.train()
    while spent < seconds:
        began = time.monotonic()
        rate = learning_rate(schedule, progress=number / steps / schedule.epochs)
        loss, encoded = trainer.step(number // steps, number % steps, rate=rate)
        count = int(loss.active)
        spent += time.monotonic() - began
        images, active, number = images + encoded, active + count, number + 1
        if spent >= due or spent >= seconds:
            due = spent + every
            auc = trainer.validate(validation)["validation_auc"]
            course.append((spent, auc, images, active))
            print(f"  {trainer.system.name:20} {spent:7.0f} s  {number:6} steps  AUC {auc:.4f}", flush=True)
            if until is not None and auc >= until:
                break
    return course


def main() -> None:
    """Run both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("catalogue", nargs="?", default=os.environ.get("MORELLI_PAINTINGS", "../shared/paintings"))
    parser.add_argument("--split", type=Path, default=Path("splits/paintings.json"))
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--every", type=float, default=60, help="seconds of training between validations")
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0 leaves its choice")
    words = parser.parse_args()
    if words.threads:
        torch.set_num_threads(words.threads)
    catalogue = Catalogue.read(words.catalogue)
    part = read_split(words.split, catalogue).assign(catalogue)
    courses = {}
    mark = None
    for name in ("triplet-cnn", "triplet-cnn-batch"):
        run = Run(folder=Path(), cache=cache_folder(), remark=print)
        trainer, validation, _ = prepare_trainer(read_system(name), catalogue, part, run)
        courses[name] = learn(trainer, validation, seconds=words.minutes * 60, until=mark, every=words.every)
        mark = max(auc for _, auc, _, _ in courses[name]) if mark is None else mark
    assert mark is not None
    print(
        f"\n{os.cpu_count()} cores, torch {torch.__version__}, {torch.get_num_threads()} threads; the mark: AUC {mark:.4f}\n"
    )
    print("| sampling | time to the mark | pictures/s | active triplets/s |\n|---|---|---|---|")
    reached = {}
    for name, course in courses.items():
        at = next((row for row in course if row[1] >= mark), None)
        last = course[-1]
        reached[name] = None if at is None else at[0]
        shown = "not reached" if at is None else f"{at[0]:.0f} s"
        print(f"| {name} | {shown} | {last[2] / last[0]:.1f} | {last[3] / last[0]:,.0f} |")
    slow, fast = reached["triplet-cnn"], reached["triplet-cnn-batch"]
    if slow is not None and fast is not None:
        print(
            f"\nratio: {slow / fast:.1f} to the mark; {words.minutes * 60 / fast:.1f} of the {words.minutes:g} minutes given (wanted: 2)"
        )


if __name__ == "__main__":
    main()
