"""`morelli demo`: everything once, on made-up painters."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from morelli.cli.options import LARGEST_SEED, parse_time
from morelli.cli.progress import progress, remark, show_time
from morelli.cli.training_lines import TrainingLines
from morelli.errors import MissingExtraError


def command(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where everything goes; a new folder.")] = Path(
        "morelli-demo"
    ),
    painters: Annotated[int, typer.Option(min=24, max=10_000, help="Made-up painters.")] = 96,
    paintings: Annotated[int, typer.Option(min=8, max=10_000, help="Paintings of each.")] = 16,
    seed: Annotated[int, typer.Option(min=0, max=LARGEST_SEED, help="Another seed, other painters.")] = 0,
    budget: Annotated[str, typer.Option(metavar="TIME", help="How long to train.")] = "120s",
) -> None:
    """A studio of painters, a training, the table, two comparisons, the report. No network; at most four minutes on two cores.

    Example: morelli demo --out my-demo
    """
    began = time.monotonic()
    try:
        from morelli.study.demo import demonstrate
    except ModuleNotFoundError as err:
        raise MissingExtraError("morelli demo", "train") from err
    from morelli.report.terminal import evaluation_text
    from morelli.verdict.words import verdict_text

    seconds = parse_time(budget)
    assert seconds is not None
    with progress("painting") as tell:
        done = demonstrate(
            out,
            painters=painters,
            paintings=paintings,
            seed=seed,
            budget=seconds,
            tell=TrainingLines(every=20, budget=seconds),
            progress=tell,
            remark=remark,
        )
    print(evaluation_text(done.evaluation))
    for same, first, second, verdict in done.pairs:
        truth = "by the same painter" if same else "by two painters"
        print(f"\n{first.relative_to(out)} and {second.relative_to(out)}, in truth {truth}:\n{verdict_text(verdict)}")
    print(f"\nreport: {done.folder / 'report' / 'report.html'} ({show_time(time.monotonic() - began)} in all)")
