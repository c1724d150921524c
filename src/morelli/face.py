"""The functions of the package's face: what a program calls, over the rooms that do the work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from morelli.model.model import Model, load
from morelli.model.shipped import DEFAULT
from morelli.protocol.point_names import BALANCED
from morelli.verdict.compare import compare as compare_with
from morelli.verdict.verdict import Verdict

if TYPE_CHECKING:
    from morelli.catalogue.catalogue import Catalogue
    from morelli.protocol.evaluation import Evaluation
    from morelli.protocol.split import Split
    from morelli.verdict.explanation import Explanation
    from morelli.verdict.sets import SetVerdict


def compare(
    first: Path | str,
    second: Path | str,
    *,
    model: Model | Path | str = DEFAULT,
    prior: float = 0.5,
    operating_point: str = BALANCED,
    negatives: str | None = None,
) -> Verdict:
    """Say whether the same artist painted two pictures.

    first, second: picture files; their order does not matter. model: a loaded model, a model folder, or the name of a shipped
    model. prior: the probability of one artist before the pictures were looked at, in (0, 1). operating_point: `balanced`, `fpr=1%`,
    `fpr=0.1%` or `precision=95%`, as far as the model offers them. negatives: the other explanation, `style-matched` or `random`;
    None: the harder one. Raises PictureError, ModelError, OperatingPointError, PairsError, ValueError.
    """
    return compare_with(
        first,
        second,
        model=model if isinstance(model, Model) else load(model),
        prior=prior,
        operating_point=operating_point,
        negatives=negatives,
    )


def compare_set(
    picture: Path | str,
    references: Sequence[Path | str],
    *,
    model: Model | Path | str = DEFAULT,
    prior: float = 0.5,
    operating_point: str = BALANCED,
    negatives: str | None = None,
) -> SetVerdict:
    """Say whether a picture is by the artist of the references.

    references: picture files, one or more; those that cannot be used, and those that show the same work as the picture or as another,
    are left out and reported. The rest as `compare` has it. Raises what it raises, and PictureError where no reference is left.
    """
    from morelli.verdict.sets import compare_set as compare_with_set

    return compare_with_set(
        picture,
        references,
        model=model if isinstance(model, Model) else load(model),
        prior=prior,
        operating_point=operating_point,
        negatives=negatives,
    )


def explain(
    first: Path | str,
    second: Path | str,
    *,
    model: Model | Path | str = DEFAULT,
    prior: float = 0.5,
    operating_point: str = BALANCED,
    negatives: str | None = None,
) -> Explanation:
    """Say whether the same artist painted two pictures, and what in them speaks for it and against.

    As `compare` has it, whose verdict it brings, and raises what it raises. `morelli.write_explanation` draws it.
    """
    from morelli.verdict.explain import explain as explain_with

    return explain_with(
        first,
        second,
        model=model if isinstance(model, Model) else load(model),
        prior=prior,
        operating_point=operating_point,
        negatives=negatives,
    )


def write_explanation(explanation: Explanation, file: Path | str) -> None:
    """Draw an explanation: both paintings, what speaks for one hand and what against, the verdict. PNG or JPEG, by the file's name.

    Opens the paintings again. Raises MorelliError where the picture cannot be written, PictureError.
    """
    from morelli.looking.explanation_page import write_explanation as write

    write(explanation, Path(file))


def split(catalogue: Catalogue, *, seed: int = 0) -> Split:
    """Put every artist of a catalogue into one part: train, validation, calibration or test. See `morelli.Split`. Raises SplitError.

    Near duplicates are not looked for here; `morelli data split` does that, and its file is read by `Split.from_json`.
    """
    from morelli.protocol.split import make_split

    return make_split(catalogue, seed=seed)


def evaluate(model: Model, catalogue: Catalogue, split: Split, *, seed: int = 0, resamples: int = 1000) -> Evaluation:
    """Judge a model on the test artists of a split: figures with intervals over artists. `morelli.write_report` writes them out.

    Raises ModelError where the model was trained on what is to be judged.
    """
    from morelli.model.evaluate import evaluate as evaluate_parts

    return evaluate_parts(model, catalogue, split.assign(catalogue), seed=seed, resamples=resamples)
