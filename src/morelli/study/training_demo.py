"""The demonstration: a studio of painters, a training, the table, two comparisons, the report. No network, a few minutes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from morelli.catalogue.catalogue import Catalogue
from morelli.errors import TrainingError
from morelli.files import filling_folder, write_file
from morelli.model.evaluate import evaluate
from morelli.model.model import Model, load
from morelli.protocol.evaluation import Evaluation
from morelli.protocol.split import make_split
from morelli.report.write import write_report
from morelli.studio.studio import Studio, write_studio
from morelli.systems.read import read_system
from morelli.training.loop import Report
from morelli.training.run import Run
from morelli.training.train import train
from morelli.verdict.compare import compare
from morelli.verdict.verdict import Verdict

# Half of the painters are trained on and a fifth are kept for the test: with so few painters a smaller test would say nothing.
SHARES = (0.5, 0.1, 0.2, 0.2)


@dataclass(frozen=True, kw_only=True)
class Demonstration:
    """What a demonstration made. pairs: (same artist?, two files, verdict) for one pair of either kind, of painters never seen."""

    catalogue: Catalogue
    model: Model
    evaluation: Evaluation
    pairs: tuple[tuple[bool, Path, Path, Verdict], ...]
    folder: Path


def demonstrate(
    folder: Path,
    *,
    painters: int = 96,
    paintings: int = 16,
    seed: int = 0,
    budget: float | None = 120.0,
    changes: Sequence[str] = (),
    device: str = "auto",
    tell: Callable[[Report], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
    remark: Callable[[str], None] = lambda text: None,
) -> Demonstration:
    """Make everything inside `folder`, which must not exist or be empty: `paintings/`, `split.json`, `model/`, `report/`.

    budget: seconds of training; None: the whole schedule. changes: of the system `demo-cnn`, as `read_system` takes them.
    Nothing is left where it fails. Raises TrainingError where the folder holds anything.
    """
    system = read_system("demo-cnn", changes=changes)
    with filling_folder(folder, error=TrainingError):
        remark(f"painting {painters * paintings:,} pictures by {painters} made-up painters")
        studio = Studio(seed=seed, painters=painters)
        catalogue = write_studio(folder / "paintings", studio, paintings, size=128, progress=progress)
        split = make_split(catalogue, seed=seed, shares=SHARES)
        write_file(folder / "split.json", split.to_json())
        part = split.assign(catalogue)
        remark(
            f"training on {len(split.names('train'))} of them: {system.title}, a smaller tower than any published one"
        )
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            run = Run(
                folder=Path(scratch),
                cache=Path(scratch),
                seed=seed,
                budget=budget,
                device=device,
                tell=tell,
                remark=remark,
            )
            model = load(train(system, catalogue, part, out=folder / "model", run=run).path)
        remark("judging it on painters that it has never seen")
        evaluation = evaluate(model, catalogue, part, seed=seed)
        write_report(evaluation, folder / "report")
        pairs = tuple(_compare(evaluation, catalogue, model, same) for same in (True, False))
    return Demonstration(catalogue=catalogue, model=model, evaluation=evaluation, pairs=pairs, folder=folder)


def _compare(
    evaluation: Evaluation, catalogue: Catalogue, model: Model, same: bool
) -> tuple[bool, Path, Path, Verdict]:
    """Compare the first drawn pair of a kind among painters never seen: an example, not a chosen one."""
    pairs = evaluation.of("unseen", "random").pairs
    row = int(np.flatnonzero(pairs.same == same)[0])
    first, second = catalogue.file(int(pairs.first[row])), catalogue.file(int(pairs.second[row]))
    return same, first, second, compare(first, second, model=model)
