"""`morelli demo`: what the package does, on the user's pictures or on made-up painters."""

from __future__ import annotations

import time
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from morelli.cli.options import LARGEST_SEED, MODEL_HELP, compiled_networks, parse_time
from morelli.cli.progress import progress, remark, show_time
from morelli.errors import MissingExtraError
from morelli.model.shipped import DEFAULT

if TYPE_CHECKING:
    from morelli.study.demo import Compared
    from morelli.verdict.verdict import Verdict

_SHOWN = 20  # pairs that are printed; the table has all
_HERE = "made-up painters cannot show what a model of real paintings can do: give your own, 'morelli demo a.jpg b.jpg c.jpg'"


def command(
    pictures: Annotated[
        list[Path] | None, typer.Argument(metavar="[PICTURE...]", help="Your own pictures, or folders of them.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where everything goes; a new folder.")] = Path(
        "morelli-demo"
    ),
    model: Annotated[str, typer.Option(metavar="MODEL", help=MODEL_HELP)] = DEFAULT,
    train: Annotated[
        bool, typer.Option("--train", help="Train a small network on made-up painters instead (train extra).")
    ] = False,
    painters: Annotated[
        int | None, typer.Option(min=24, max=10_000, help="Made-up painters to train on and judge by: 96.")
    ] = None,
    paintings: Annotated[int | None, typer.Option(min=8, max=10_000, help="Paintings of each: 16.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=LARGEST_SEED, help="Another seed, other painters: 0.")] = None,
    budget: Annotated[str | None, typer.Option(metavar="TIME", help="How long to train: 120s.")] = None,
) -> None:
    """Compare, explain and report: your own pictures, or made-up painters. No network; under a minute, with --train four, with a hundred
    pictures of your own, every two of which are compared, a little more.

    Example: morelli demo a.jpg b.jpg c.jpg --out my-demo
    """
    began = time.monotonic()
    if pictures and train:
        raise typer.BadParameter("--train is for made-up painters, not for pictures of your own")
    if not train and any(one is not None for one in (painters, paintings, seed, budget)):
        raise typer.BadParameter("--painters, --paintings, --seed and --budget are for --train")
    if train:
        _train(out, painters or 96, paintings or 16, seed or 0, budget or "120s")
    elif pictures:
        _own(pictures, out, model)
    else:
        _made_up(out, model)
    print(f"({show_time(time.monotonic() - began)} in all)")


def _own(pictures: list[Path], out: Path, model: str) -> None:
    from morelli.model.model import load
    from morelli.study.demo import show_own_pictures
    from morelli.verdict.compare import HYPOTHESES

    loaded = load(model, cache=compiled_networks())
    with progress("looking at pictures") as tell:
        done = show_own_pictures(pictures, out, model=loaded, progress=tell)
    for error in done.skipped:
        remark(f"skipped {error}")
    print(f"probability that {HYPOTHESES[loaded.headline][0]}, not {HYPOTHESES[loaded.headline][1]}, prior 0.5:")
    shown = zip(done.first[:_SHOWN], done.second[:_SHOWN], done.chance[:_SHOWN], done.warnings[:_SHOWN], strict=True)
    for first, second, chance, warnings in shown:
        print(f"  {'–' if isnan(chance) else f'{chance:.3f}':>6}  {done.files[first]}  {done.files[second]}")
        if warnings:
            more = len(warnings) - 1
            print(f"          warning: {warnings[0]}" + (f" (and {more} more, in the table)" if more else ""))
    if len(done.chance) > _SHOWN:
        print(f"  ... {len(done.chance) - _SHOWN:,} more in the table")
    for one in done.explained:
        _print_explained(one)
    print(f"\ntable: {done.table}")


def _made_up(out: Path, model: str) -> None:
    from morelli.model.model import load
    from morelli.report.terminal import evaluation_text
    from morelli.study.demo import MADE_UP, show_made_up_painters

    remark(_HERE)
    loaded = load(model, cache=compiled_networks())
    with progress("looking at paintings") as tell:
        done = show_made_up_painters(out, model=loaded, progress=tell, remark=remark)
    print(f"{evaluation_text(done.evaluation)}\n{MADE_UP}")
    for one in done.explained:
        _print_explained(one)
    print(f"\nreport: {done.report}\n{_HERE}")


def _train(out: Path, painters: int, paintings: int, seed: int, budget: str) -> None:
    try:
        from morelli.study.training_demo import demonstrate
    except ModuleNotFoundError as err:
        raise MissingExtraError("morelli demo --train", "train") from err
    from morelli.cli.training_lines import TrainingLines
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
        truth = _truth(same, verdict)
        print(f"\n{first.relative_to(out)} and {second.relative_to(out)}{truth}:\n{verdict_text(verdict)}")
    print(f"\nreport: {done.folder / 'report' / 'report.html'}")


def _print_explained(one: Compared) -> None:
    from morelli.verdict.words import verdict_text

    truth = _truth(one.same, one.verdict)
    print(f"\n{one.first} and {one.second}{truth}:\n{verdict_text(one.verdict)}\nexplained in {one.picture}")


def _truth(same: bool | None, verdict: Verdict) -> str:
    """Say who painted two paintings, where that is known, and whether the verdict is right."""
    if same is None:
        return ""
    right = "is right" if verdict.decision == ("same" if same else "different") else "is wrong"
    return (
        f", in truth by {'the same painter' if same else 'two painters'} (the verdict "
        f"{'leaves it open' if verdict.decision == 'undecided' else right})"
    )
