"""The tables that Markdown and page share: words and figures in cells, one row a system."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from morelli.protocol.estimate import Estimate
from morelli.report.names import GROUPS, NEGATIVES, named
from morelli.report.published import beside_published
from morelli.report.tables import as_published, shown, shown_interval
from morelli.study.table.document import published_figure
from morelli.study.table.hypotheses import plain, signed
from morelli.study.table.table import COSINE, Table

FIGURES = ("accuracy", "precision", "recall", "f1", "auc", "eer")
NOTHING = "–"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A figure, or words, and its interval."""

    text: str
    interval: str = ""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """One table. groups: (heading, columns) above the columns' own headings, where there are some; the first column names the row."""

    anchor: str
    heading: str
    explanation: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    groups: tuple[tuple[str, int], ...] = ()


def grids(table: Table) -> list[Grid]:
    """Return every table of the report that has rows, in their order."""
    found = [_accuracy(table), _ranking(table), _falls(table), _differences(table), *_sets(table)]
    found += [_few_shot(table), _published(table), _runs(table)]
    return [grid for grid in found if grid.rows]


def figure_cell(estimate: Estimate | None) -> Cell:
    """Return a figure as the tables show it; a dash where it was not measured."""
    if estimate is None or math.isnan(estimate.value):
        return Cell(text=NOTHING)
    return Cell(text=shown(estimate.value), interval=shown_interval(estimate))


def _signed(text: str) -> Cell:
    """Return a difference with its interval as a cell."""
    value, _, interval = text.partition(" ")
    return Cell(text=value, interval=interval)


def _accuracy(table: Table) -> Grid:
    groups = [group for group in GROUPS if (group, "random") in table.judged.pairs]

    rows = []
    for row in table.rows:
        judged = table.find(row.name)
        found = [Cell(text=row.name if judged is not None else f"{row.name} ({row.state})")]
        for group in groups:
            own = half = None
            if judged is not None:
                own = judged.evaluation.of(group, "random").figures["accuracy"]
                half = judged.at_half.get((group, "random"), {}).get("accuracy")
            published = published_figure(row, "accuracy", group)
            found += [figure_cell(own), figure_cell(half)]
            found.append(Cell(text=NOTHING if published is None else as_published(published)))
        rows.append(tuple(found))

    return Grid(
        anchor="accuracy",
        heading="Accuracy, as the report’s Table 1 has it",
        explanation=(
            "Random negatives. *Ours*: at the system’s one threshold, from calibration artists. *At 0.5*: where its output is a "
            "probability, that fixed threshold instead. *Published*: by the authors, on other pictures and another split."
        ),
        header=("system", *["ours", "at 0.5", "published"] * len(groups)),
        groups=tuple((group, 3) for group in groups),
        rows=tuple(rows),
    )


def _ranking(table: Table) -> Grid:
    sets = [one for group in GROUPS for kind in NEGATIVES if (one := (group, kind)) in table.judged.pairs]

    rows = [
        (Cell(text=row.name), *(figure_cell(row.evaluation.of(*one).figures.get("auc")) for one in sets))
        for row in table.judged.rows
    ]
    cosine = tuple(figure_cell(table.judged.cosine[one].estimates()["auc"]) for one in sets)
    return Grid(
        anchor="auc",
        heading="AUC",
        explanation=f"The last row is no system: the {COSINE} ({table.judged.what}).",
        header=("system", *(kind for _, kind in sets)),
        groups=tuple((group, sum(one[0] == group for one in sets)) for group in dict.fromkeys(one[0] for one in sets)),
        rows=(*rows, (Cell(text=COSINE), *cosine)),
    )


def _falls(table: Table) -> Grid:
    rows = [
        (
            Cell(text=one.name),
            Cell(text=one.negatives),
            figure_cell(one.seen),
            figure_cell(one.unseen),
            _signed(plain(one.fall)),
            _signed(plain(one.beyond)),
            _signed(signed(one.above)),
        )
        for one in table.falls
    ]
    rows += [
        (
            Cell(text=COSINE),
            Cell(text=kind),
            figure_cell(seen),
            figure_cell(unseen),
            _signed(plain(fall)),
            Cell(text=NOTHING),
            Cell(text=NOTHING),
        )
        for kind, (seen, unseen, fall) in table.cosine_falls.items()
        if table.falls
    ]
    return Grid(
        anchor="falls",
        heading="From seen to unseen artists",
        explanation=(
            "Seen and unseen are different artists, some merely easier. What the fall of the AUC exceeds that of an untrained cosine on "
            "the same pairs by is the system’s own. The last column is what the training is worth on unseen artists: how much larger the "
            "AUC is than the cosine’s. Both are resampled together."
        ),
        header=(
            "system",
            "negatives",
            "AUC, seen",
            "AUC, unseen",
            "fall",
            "beyond the cosine’s",
            "unseen: above the cosine",
        ),
        rows=tuple(rows),
    )


def _differences(table: Table) -> Grid:
    names = ("auc", "accuracy", "eer")
    rows = tuple(
        (
            Cell(text=f"{one.first} less {one.second}"),
            Cell(text=NOTHING if one.hypothesis is None else f"({one.hypothesis})"),
            Cell(text=one.negatives),
            *(
                _signed(signed(one.difference[name])) if name in one.difference else Cell(text=NOTHING)
                for name in names
            ),
        )
        for one in table.contrasts
    )
    return Grid(
        anchor="differences",
        heading="Paired differences on unseen artists",
        explanation="Both systems on the same pairs and the same resamples of artists; what makes an artist easy for both drops out.",
        header=("systems", "hypothesis", "negatives", *(named(name).label for name in names)),
        rows=rows,
    )


def _sets(table: Table) -> list[Grid]:
    found = []
    for kind in NEGATIVES:
        for group in GROUPS:
            pairs = table.judged.pairs.get((group, kind))
            if pairs is None:
                continue

            artists = len(table.judged.cosine[group, kind].artists)
            found.append(
                Grid(
                    anchor=f"{group}-{kind}",
                    heading=f"{group.capitalize()}, {kind} negatives",
                    explanation=f"{len(pairs):,} pairs, {artists:,} artists; each system at its one threshold.",
                    header=("system", *(named(name).label for name in FIGURES)),
                    rows=_of_run(table, (group, kind), FIGURES),
                )
            )
    return found


def _few_shot(table: Table) -> Grid:
    """N artists, K paintings of each: whose is another? One column for every N and K that the unseen artists allow."""
    asked = list(dict.fromkeys((one.ways, one.shots) for row in table.judged.rows for one in row.evaluation.few_shot))
    rows = []
    for row in table.judged.rows:
        found = {(one.ways, one.shots): one.accuracy for one in row.evaluation.few_shot}
        rows.append((Cell(text=row.name), *(figure_cell(found.get(one)) for one in asked)))
    return Grid(
        anchor="few-shot",
        heading="One shot and few shots, unseen artists",
        explanation=(
            "N artists, K paintings of each to learn from: whose is another painting? The share of right answers; guessing gives 1 / N. "
            "The artist whose paintings are on the average most alike to it is answered; nothing is trained for it."
        ),
        header=("system", *(f"{ways}-way {shots}-shot" for ways, shots in asked)),
        rows=tuple(rows) if asked else (),
    )


def _published(table: Table) -> Grid:
    """The published figures that are no accuracy of a group: each beside its own counterpart, and never beside another."""
    rows = []
    for judged in table.judged.rows:
        for one in beside_published(judged.evaluation):
            if one.name not in {f"accuracy_{group}" for group in GROUPS}:
                cells = (Cell(text=judged.name), Cell(text=one.label), figure_cell(one.ours), Cell(text=one.note))
                rows.append((*cells[:3], Cell(text=as_published(one.published)), cells[3]))
    return Grid(
        anchor="published",
        heading="Other published figures",
        explanation="",
        header=("system", "figure", "ours", "published", "what to mind"),
        rows=tuple(rows),
    )


def _runs(table: Table) -> Grid:
    rows = []
    for row in table.rows:
        judged = table.find(row.name)
        if judged is None:
            rows.append((Cell(text=row.name), *[Cell(text=NOTHING)] * 4, Cell(text=f"{row.state}: {row.why}")))
            continue
        facts = judged.scored.description.training
        rows.append(
            (
                Cell(text=row.name),
                Cell(text=f"{judged.scored.description.parameters:,}"),
                Cell(text=facts.get("time", NOTHING)),
                Cell(text=facts.get("epochs", NOTHING)),
                Cell(text=facts.get("budget", NOTHING)),
                Cell(text=f"{judged.scored.model_id} ({row.origin})"),
            )
        )
    return Grid(
        anchor="runs",
        heading="How they were trained",
        explanation=(
            "Parameters: those that were trained. Time: of steps and validation, or of the whole fit where there are no steps; features "
            "that lay in the cache cost nothing."
        ),
        header=("system", "parameters", "training time", "epochs", "budget", "model"),
        rows=tuple(rows),
    )


def system_remarks(table: Table) -> list[tuple[str, str]]:
    """Return what each row's system says of itself: what was published of what, what is ours. (name, words), none without words."""
    return [(row.name, " ".join(row.system.remarks.split())) for row in table.rows if row.system.remarks]


def _of_run(table: Table, key: tuple[str, str], figures: Sequence[str]) -> tuple[tuple[Cell, ...], ...]:
    """Return a row of figures of one set of pairs for each system that was run."""
    return tuple(
        (Cell(text=one.name), *(figure_cell(one.evaluation.of(*key).figures.get(name)) for name in figures))
        for one in table.judged.rows
    )
