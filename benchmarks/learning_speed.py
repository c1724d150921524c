"""How much sooner batch-formed triplets learn than one triplet in three forwards: same tower, same pictures, same machine.

    python benchmarks/learning_speed.py ../shared/paintings --split splits/paintings.json --minutes 20

First the published sampling trains for so many minutes at each of the learning rates; the best validation AUC is the mark. Then the
batch-formed sampling trains at each of them until it has reached the mark. All are validated now and then; the time of validation is not
counted. From one validation to the next the AUC of such a network wavers by some hundredths, so what is told and compared is the mean of
the last few (--smooth). --clock processor counts the process's own time, which with one thread is the time of a machine that has nothing
else to do. Printed: time to the mark, pictures a second, triplets a second whose loss is not zero; and the ratio of the soonest of both:
each sampling has the choice of the same rates, which is the published one unless more are given.
"""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import fmean

import torch

from morelli.catalogue.catalogue import Catalogue
from morelli.cli.options import cache_folder, read_split
from morelli.systems.read import read_system
from morelli.training.end_to_end import prepare_trainer
from morelli.training.loop import learning_rate
from morelli.training.run import Run
from morelli.training.trainer import Trainer
from morelli.training.validation import Validation

SAMPLINGS = ("triplet-cnn", "triplet-cnn-batch")


def learn(
    trainer: Trainer,
    validation: Validation,
    *,
    seconds: float,
    until: float | None,
    every: float,
    smooth: int,
    clock: Callable[[], float],
) -> list[tuple[float, float, int, int]]:
    """Train; return (seconds of training, mean of the last `smooth` validation AUCs, pictures, active triplets) at every validation.

    Before there are so many the mean is no number, which reaches nothing.
    """
    spent, due, images, active, number = 0.0, every, 0, 0, 0
    course: list[tuple[float, float, int, int]] = []
    seen: list[float] = []
    schedule, steps = trainer.system.schedule, trainer.sampler.steps
    trainer.network.train()
    while spent < seconds:
        began = clock()
        rate = learning_rate(schedule, progress=number / steps / schedule.epochs)
        loss, encoded = trainer.step(number // steps, number % steps, rate=rate)
        count = int(loss.active)
        spent += clock() - began
        images, active, number = images + encoded, active + count, number + 1
        if spent >= due or spent >= seconds:
            due = spent + every
            auc = trainer.validate(validation)["validation_auc"]
            seen.append(auc)
            mean = fmean(seen[-smooth:]) if len(seen) >= smooth else math.nan
            course.append((spent, mean, images, active))
            print(
                f"  {trainer.system.name:20} {spent:7.0f} s  {number:6} steps  AUC {auc:.4f}, mean {mean:.4f}",
                flush=True,
            )
            if until is not None and mean >= until:
                break
    return course


def main() -> None:
    """Run both and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("catalogue", nargs="?", default=os.environ.get("MORELLI_PAINTINGS", "../shared/paintings"))
    parser.add_argument("--split", type=Path, default=Path("splits/paintings.json"))
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--every", type=float, default=60, help="seconds of training between validations")
    parser.add_argument(
        "--rates", type=float, nargs="+", default=[0.001], help="learning rates, for both samplings; the published one"
    )
    parser.add_argument("--batch", type=int, nargs=2, metavar=("ARTISTS", "PAINTINGS"), help="instead of the system's")
    parser.add_argument("--smooth", type=int, default=3, help="validations whose mean is compared")
    parser.add_argument("--threads", type=int, default=0, help="of torch; 0 leaves its choice")
    parser.add_argument("--clock", choices=("wall", "processor"), default="wall")
    words = parser.parse_args()
    clock = time.monotonic if words.clock == "wall" else time.process_time
    if words.threads:
        torch.set_num_threads(words.threads)
    catalogue = Catalogue.read(words.catalogue)
    part = read_split(words.split, catalogue).assign(catalogue)
    courses: dict[tuple[str, float], list[tuple[float, float, int, int]]] = {}
    mark = None
    for name in SAMPLINGS:
        for rate in words.rates:
            run = Run(folder=Path(), cache=cache_folder(), remark=print)
            changes = [f"schedule.learning_rate={rate}"]
            if words.batch and name == "triplet-cnn-batch":
                changes += [
                    f"sampling.{key}={value}" for key, value in zip(("artists", "paintings"), words.batch, strict=True)
                ]
            system = read_system(name, changes=changes)
            trainer, validation, _ = prepare_trainer(system, catalogue, part, run)
            courses[name, rate] = learn(
                trainer,
                validation,
                seconds=words.minutes * 60,
                until=mark,
                every=words.every,
                smooth=words.smooth,
                clock=clock,
            )
        if mark is None:
            mark = max(auc for course in courses.values() for _, auc, _, _ in course if not math.isnan(auc))
    assert mark is not None
    print(
        f"\n{os.cpu_count()} cores, torch {torch.__version__}, {torch.get_num_threads()} threads; the mark: AUC {mark:.4f}\n"
    )
    print(
        "| sampling | rate | best mean AUC | time to the mark | pictures/s | active triplets/s |\n|---|---|---|---|---|---|"
    )
    soonest = dict.fromkeys(SAMPLINGS, float("inf"))
    for (name, rate), course in courses.items():
        at = next((row[0] for row in course if row[1] >= mark), float("inf"))
        soonest[name] = min(soonest[name], at)
        shown = f"{at:.0f} s" if at < float("inf") else "not reached"
        spent, _, images, active = course[-1]
        best = max((auc for _, auc, _, _ in course if not math.isnan(auc)), default=math.nan)
        print(f"| {name} | {rate:g} | {best:.4f} | {shown} | {images / spent:.1f} | {active / spent:,.0f} |")
    slow, fast = (soonest[name] for name in SAMPLINGS)
    print(
        f"\nratio: {slow / fast:.1f} to the mark; {words.minutes * 60 / fast:.1f} of the {words.minutes:g} minutes given (wanted: 2)"
    )


if __name__ == "__main__":
    main()
