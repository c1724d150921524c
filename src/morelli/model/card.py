"""The model card: what a model is, what it was trained on, what it reaches, where it may fail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp

from morelli.errors import ModelError
from morelli.files import check_folder_place
from morelli.model.description import ModelDescription, Origin
from morelli.model.folder import CARD, ModelFolder, write_model_folder
from morelli.model.known_range import OUTSIDE, KnownRange
from morelli.model.model import Model
from morelli.model.shipped import find_model, shipped_models
from morelli.protocol.decision import Decision
from morelli.protocol.operating_point import RATES, Refused


def write_card(
    description: ModelDescription,
    decisions: Mapping[str, Decision],
    *,
    figures: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> str:
    """Return the card as Markdown. figures: lines of what it reached, where that was measured; notes: sentences on where it fails."""
    system = description.system
    lines = [
        f"# {system['title']} (`{system['name']}`)",
        "",
        "Says how alike two paintings are, as far as who painted them goes.",
        "",
        "## What it is",
        "",
        f"- System: {system['source']}.",
        f"- {description.parameters:,} trained parameters; a picture is seen as `{description.view.kind}`, "
        f"{description.view.size} px a side, and becomes {description.embedding} values.",
        f"- Similarity: {description.similarity.replace('-', ' ')}; larger is more alike.",
        *(_cohort(description) if description.cohort else []),
        *(_origin(origin) for origin in description.origins),
        f"- Licence: {description.licence}.",
        *(["", str(system["remarks"])] if system["remarks"] else []),
        "",
        "## What it was trained on",
        "",
        *(f"- {name}: {value}" for name, value in description.training.items()),
        "",
        "## How it decides",
        "",
        *(line for name, decision in decisions.items() for line in _decision(name, decision)),
        *(["", "## What it reaches", "", *figures] if figures else []),
        "",
        "## Where it may fail",
        "",
        "- It is no test of authenticity: forgeries, copies and workshops were not studied.",
        "- Pictures of another kind than the training data (other periods, photographs of walls, details) are outside what was measured.",
        *(_range(description.known_range) if description.known_range else []),
        "- Artists of one tradition resemble each other: read the style-matched figures, not the random ones.",
        *(f"- {note}" for note in notes),
    ]
    return "\n".join(lines) + "\n"


def check_card_place(model: Model) -> None:
    """Raise ModelError where a model's folder is not to be written anew: one that came with the package, or a place that cannot be."""
    path = model.folder.path
    if path.resolve() in [find_model(name).resolve() for name in shipped_models()]:
        raise ModelError(f"{path}: this model came with the package; copy its folder and judge the copy")
    check_folder_place(path.parent, error=ModelError)


def record_figures(model: Model, figures: Sequence[str], *, notes: Sequence[str] = ()) -> ModelFolder:
    """Write a model's card anew with lines of what it reaches and sentences on where it fails; its folder is replaced whole, and has
    another id. Raises ModelError.
    """
    folder = model.folder
    files = {name: folder.read(name) for name in folder.description.files if name != CARD}
    files[CARD] = write_card(folder.description, model.decisions, figures=figures, notes=notes).encode()
    return write_model_folder(folder.path, folder.description, files, replace=True)


def scores_lines(of_scores: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the figures of a model's scores one after another, each under its name where there are several."""
    if len(of_scores) == 1:
        return list(*of_scores.values())
    return [
        line for name, figures in of_scores.items() for line in (f"### {_SCORES.get(name, name)}", "", *figures, "")
    ][:-1]


def _range(known: KnownRange) -> list[str]:
    return [
        f"- A picture that is less like the training pictures than all but 1 in {round(1 / OUTSIDE)} of {known.pictures:,} pictures "
        "by artists whom it was not trained on is said to be outside of the range of the training data; it is answered all the same."
    ]


_SCORES = {"alone": "Two pictures alone", "cohort": "Two pictures with the cohort"}


def _decision(name: str, decision: Decision) -> list[str]:
    return [
        f"- {_SCORES.get(name, name)}: threshold {decision.threshold:.6g} on the similarity, from {decision.fitted_on}.",
        *(
            f"- {_SCORES.get(name, name)}, calibrated against {kind} negatives: {one.to_dict()['kind']}, {one.n_pairs} pairs of "
            f"{one.n_artists} artists; ratios stay within {exp(one.lowest):.2g} and {exp(one.highest):.3g}, which they support."
            for kind, one in sorted(decision.calibrations.items())
        ),
        *(
            f"- {_SCORES.get(name, name)}, sets of references, {kind} negatives: calibrated for {', '.join(map(str, sorted(sizes)))}."
            for kind, sizes in sorted(decision.sets.items())
        ),
        *_points(name, decision),
    ]


def _cohort(description: ModelDescription) -> list[str]:
    cohort = description.cohort
    assert cohort is not None
    return [
        f"- Cohort: each picture's mean similarity with its {cohort.neighbours} nearest of the training pictures that came with the "
        f"model, times {cohort.weight:g}, is taken off."
    ]


def _origin(origin: Origin) -> str:
    return (
        f"- Pretrained weights of `{origin.backbone}`: {origin.source}; {origin.extent}; licence: {origin.licence}; "
        f"SHA-256 {origin.sha256}."
    )


def _points(score: str, decision: Decision) -> list[str]:
    """Return a line for each operating point: what it did on calibration artists, or why it is not offered."""
    lines = []
    for kind, points in sorted(decision.points.items()):
        what = f"{_SCORES.get(score, score)}, against {kind} negatives"
        lines += ["", f"{what}: operating points, measured on the calibration artists:", ""]
        for name, point in points.items():
            if isinstance(point, Refused):
                lines.append(f"- `{name}`: not offered: {point.reason}.")
                continue
            said = [
                f"{words} {point.achieved[rate].as_rate()}" for rate, words in RATES.items() if rate in point.achieved
            ]
            lines.append(f"- `{name}`: {'; '.join(said)}." + (f" It {point.remark}." if point.remark else ""))
    return lines
