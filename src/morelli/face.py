"""The functions of the package's face: what a program calls, over the rooms that do the work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from morelli.model.model import Model as Scorer
from morelli.model.model import load as load_scorer
from morelli.model.network import Precision
from morelli.model.shipped import DEFAULT
from morelli.protocol.calibration import check_prior, probability
from morelli.protocol.point_names import BALANCED
from morelli.verdict.compare import compare as compare_with
from morelli.verdict.verdict import Verdict

if TYPE_CHECKING:
    from morelli.catalogue.catalogue import Catalogue
    from morelli.protocol.evaluation import Evaluation
    from morelli.protocol.split import Split
    from morelli.verdict.explanation import Explanation
    from morelli.verdict.sets import SetVerdict


@dataclass(frozen=True, eq=False)
class Model(Scorer):
    """What `morelli.load` returns: it embeds, scores, and gives verdicts. See `compare`, `compare_set` and `explain` for their words."""

    def compare(self, first: Path | str, second: Path | str, **words: Any) -> Verdict:
        """Say whether the same artist painted two pictures."""
        return compare_with(first, second, model=self, **words)

    def compare_set(self, picture: Path | str, references: Sequence[Path | str], **words: Any) -> SetVerdict:
        """Say whether a picture is by the artist of the references."""
        return compare_set(picture, references, model=self, **words)

    def explain(self, first: Path | str, second: Path | str, **words: Any) -> Explanation:
        """Say whether the same artist painted two pictures, and what in them speaks for it and against."""
        return explain(first, second, model=self, **words)

    def probability(
        self, similarity: npt.ArrayLike, *, prior: float = 0.5, negatives: str | None = None
    ) -> npt.NDArray[np.float64]:
        """Return the calibrated probability of one artist (n,) for similarities (n,), such as `score` gives.

        prior: before looking, in (0, 1). negatives: the other explanation, `style-matched` or `random`; None: the harder one. Raises
        ModelError for a model that is not calibrated, PairsError for negatives that it is not calibrated for, ValueError for another prior.
        """
        check_prior(prior)
        found = np.asarray(similarity)
        if found.ndim != 1 or (found.size and found.dtype.kind not in "iuf"):
            raise ValueError(f"similarities {similarity!r}: give a list of numbers (n,), such as `score` returns")
        if not found.size:
            return np.zeros(0)
        calibration = self.decision.calibration(self.headline if negatives is None else negatives)
        return probability(calibration.llr(found.astype(np.float64)), prior=prior)


def load(
    model: Path | str = DEFAULT, *, precision: Precision | None = None, threads: int = 0, cache: Path | None = None
) -> Model:
    """Load a model folder, or a shipped model by its name.

    precision: of the encoder, as the model says unless given; threads: of it, 0 for all cores. cache: a folder in which networks are kept
    as they were compiled for this processor, so that the next start is faster; None keeps nothing. Raises ModelError.
    """
    loaded = load_scorer(model, precision=precision, threads=threads, cache=cache)
    return Model(folder=loaded.folder, view=loaded.view, encoder=loaded.encoder, comparisons=loaded.comparisons)


def compare(
    first: Path | str,
    second: Path | str,
    *,
    model: Scorer | Path | str = DEFAULT,
    prior: float = 0.5,
    operating_point: str = BALANCED,
    negatives: str | None = None,
    crop: bool = False,
) -> Verdict:
    """Say whether the same artist painted two pictures.

    first, second: picture files; their order does not matter. model: a loaded model, a model folder, or the name of a shipped
    model. prior: the probability of one artist before the pictures were looked at, in (0, 1). operating_point: `balanced`, `fpr=1%`,
    `fpr=0.1%` or `precision=95%`, as far as the model offers them. negatives: the other explanation, `style-matched` or `random`;
    None: the harder one. crop: what surrounds a painting, a frame, a mount, a wall, is cut off where it is found. Raises PictureError,
    ModelError, OperatingPointError, PairsError, ValueError.
    """
    return compare_with(
        first,
        second,
        model=model if isinstance(model, Scorer) else load(model),
        prior=prior,
        operating_point=operating_point,
        negatives=negatives,
        crop=crop,
    )


def compare_set(
    picture: Path | str,
    references: Sequence[Path | str],
    *,
    model: Scorer | Path | str = DEFAULT,
    prior: float = 0.5,
    operating_point: str = BALANCED,
    negatives: str | None = None,
    crop: bool = False,
) -> SetVerdict:
    """Say whether a picture is by the artist of the references.

    references: picture files, one or more; those that cannot be used, and those that show the same work as the picture or as another,
    are left out and reported. The rest as `compare` has it. Raises what it raises, and PictureError where no reference is left.
    """
    from morelli.verdict.sets import compare_set as compare_with_set

    return compare_with_set(
        picture,
        references,
        model=model if isinstance(model, Scorer) else load(model),
        prior=prior,
        operating_point=operating_point,
        negatives=negatives,
        crop=crop,
    )


def explain(
    first: Path | str,
    second: Path | str,
    *,
    model: Scorer | Path | str = DEFAULT,
    prior: float = 0.5,
    operating_point: str = BALANCED,
    negatives: str | None = None,
    crop: bool = False,
) -> Explanation:
    """Say whether the same artist painted two pictures, and what in them speaks for it and against.

    As `compare` has it, whose verdict it brings, and raises what it raises. `morelli.write_explanation` draws it.
    """
    from morelli.verdict.explain import explain as explain_with

    return explain_with(
        first,
        second,
        model=model if isinstance(model, Scorer) else load(model),
        prior=prior,
        operating_point=operating_point,
        negatives=negatives,
        crop=crop,
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


def evaluate(model: Scorer, catalogue: Catalogue, split: Split, *, seed: int = 0, resamples: int = 1000) -> Evaluation:
    """Judge a model on the test artists of a split: figures with intervals over artists. `morelli.write_report` writes them out.

    Raises ModelError where the model was trained on what is to be judged.
    """
    from morelli.model.evaluate import evaluate as evaluate_parts

    return evaluate_parts(model, catalogue, split.assign(catalogue), seed=seed, resamples=resamples)
