"""Writing a report: the whole folder, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from morelli.errors import MorelliError
from morelli.files import check_replaced_folder_place, writing_folder
from morelli.protocol.evaluation import Evaluation
from morelli.report.document import document_text
from morelli.report.markdown import markdown
from morelli.report.neighbours import neighbour_rows, shown_queries
from morelli.report.page import Gallery, cell, page
from morelli.report.tables import figures_csv, scores_csv

Progress = Callable[[int, int], None]

FILES = ("report.md", "report.json", "report.html", "figures.csv", "scores.csv")


def write_report(
    evaluation: Evaluation,
    folder: Path | str,
    *,
    scores: Literal["omit", "write"] = "omit",
    progress: Progress | None = None,
) -> None:
    """Write `report.md`, `report.json`, `figures.csv` and a self-contained `report.html` into a folder.

    scores: `write` adds `scores.csv`, one row a pair. progress: called with (steps done, steps in all). An older report
    at this place is replaced as a whole, once the new one is complete; a folder that holds anything else is refused.
    Raises MorelliError.
    """
    target = Path(folder)
    check_target(target)
    total = 2 + sum(len(shown_queries(evaluation, one)) for one in evaluation.retrieval)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    texts = {
        "report.md": markdown(evaluation),
        "report.json": document_text(evaluation),
        "figures.csv": figures_csv(evaluation),
    }
    if scores == "write":
        texts["scores.csv"] = scores_csv(evaluation)
    step()
    galleries = [
        Gallery(
            group=one.group,
            recall=tuple((k, cell(one.recall[k])) for k in sorted(one.recall)),
            n_queries=len(one.query),
            rows=tuple(neighbour_rows(evaluation, one, after_row=step)),
        )
        for one in evaluation.retrieval
    ]
    texts["report.html"] = page(evaluation, galleries)
    # File names that are no UTF-8 come as lone surrogates: written as \udcxx, which in JSON is the character itself.
    replace_folder(target, {name: text.encode("utf-8", errors="backslashreplace") for name, text in texts.items()})
    step()


def check_target(target: Path, *, known: tuple[str, ...] = FILES) -> None:
    """Raise MorelliError unless a report may stand here: a free place, an empty folder or an older report, that can be written."""
    check_replaced_folder_place(target)
    if not target.exists():
        return
    foreign = sorted(entry.name for entry in target.iterdir() if entry.name not in known)
    if foreign:
        few = ", ".join(foreign[:3]) + (", ..." if len(foreign) > 3 else "")
        raise MorelliError(f"{target}: holds other files ({few}); give an empty or a new folder for the report")


def replace_folder(target: Path, files: dict[str, bytes]) -> None:
    """Put a folder with exactly these files at a place. On a failure what was there stays."""
    with writing_folder(target, replace=True) as aside:
        for name, content in files.items():
            (aside / name).write_bytes(content)
