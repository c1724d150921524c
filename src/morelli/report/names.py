"""What the figures, groups and negatives are called where people read them, and what each means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

GROUPS = ("seen", "unseen", "mix")
NEGATIVES = ("random", "style-matched")

Better = Literal["higher", "lower"]


@dataclass(frozen=True, kw_only=True)
class Named:
    """A figure as people read it: label, whether higher or lower is better, section, meaning."""

    label: str
    better: Better
    section: str
    meaning: str


_DECIDING = "Deciding one pair"
_RANKING = "Ranking"
_CALIBRATION = "Calibration"
_OTHER = "Other figures"

FIGURES: dict[str, Named] = {
    "accuracy": Named(
        label="Accuracy",
        better="higher",
        section=_DECIDING,
        meaning="Share of pairs decided rightly at the one threshold. On balanced pairs guessing gives 0.5.",
    ),
    "balanced_accuracy": Named(
        label="Balanced accuracy",
        better="higher",
        section=_DECIDING,
        meaning="Mean of the shares of same-artist and of different-artist pairs decided rightly.",
    ),
    "precision": Named(
        label="Precision",
        better="higher",
        section=_DECIDING,
        meaning="Of the pairs called same, the share that is.",
    ),
    "recall": Named(
        label="Recall",
        better="higher",
        section=_DECIDING,
        meaning="Of the same-artist pairs, the share called same.",
    ),
    "f1": Named(label="F1", better="higher", section=_DECIDING, meaning="Harmonic mean of precision and recall."),
    "false_accept_rate_cross": Named(
        label="False accepts, cross pairs",
        better="lower",
        section=_DECIDING,
        meaning="Of the pairs of a seen and an unseen artist, which can only be different, the share called same.",
    ),
    "auc": Named(
        label="AUC",
        better="higher",
        section=_RANKING,
        meaning=(
            "Chance that a same-artist pair scores above a different-artist pair; the area under the ROC curve. "
            "Guessing gives 0.5."
        ),
    ),
    "eer": Named(
        label="Equal error rate",
        better="lower",
        section=_RANKING,
        meaning="The error rate where false accepts and false rejects are equal. Guessing gives 0.5.",
    ),
    "triplet_accuracy": Named(
        label="Triplet accuracy",
        better="higher",
        section=_RANKING,
        meaning=(
            "Share of triplets (a painting, one by the same artist, one by another) in which the same artist's is the "
            "nearer one."
        ),
    ),
    "triplet_accuracy_of_four": Named(
        label="Triplet accuracy, batches of four",
        better="higher",
        section=_RANKING,
        meaning="The same with both distances averaged over four triplets first, which makes the question much easier.",
    ),
    "cllr": Named(
        label="Cllr",
        better="lower",
        section=_CALIBRATION,
        meaning="Cost of the log-likelihood ratios, in bits: 0 is perfect, 1 adds nothing, above 1 misleads.",
    ),
    "min_cllr": Named(
        label="Minimum Cllr",
        better="lower",
        section=_CALIBRATION,
        meaning="What Cllr would be with the best calibration of these scores: the part that ranking decides.",
    ),
    "calibration_loss": Named(
        label="Calibration loss",
        better="lower",
        section=_CALIBRATION,
        meaning="Cllr less minimum Cllr: what the ratios lose by being too bold or too timid. Above 0 by chance alone.",
    ),
    "ece": Named(
        label="ECE",
        better="lower",
        section=_CALIBRATION,
        meaning="Expected calibration error: mean gap between the stated probability and the share that came true.",
    ),
    "brier": Named(
        label="Brier score",
        better="lower",
        section=_CALIBRATION,
        meaning="Mean squared error of the probability. Always answering 0.5 gives 0.25.",
    ),
}


def named(figure: str) -> Named:
    """Return how a figure is called; one that is not known here keeps its own name.

    >>> named("auc").label, named("half_life").label
    ('AUC', 'half life')
    """
    if figure in FIGURES:
        return FIGURES[figure]
    return Named(label=figure.replace("_", " "), better="higher", section=_OTHER, meaning="")


def in_order(figures: Iterable[str]) -> list[str]:
    """Return figures' names, each once, in the order of the tables; unknown ones last, as they came.

    >>> in_order(["auc", "half_life", "accuracy", "auc"])
    ['accuracy', 'auc', 'half_life']
    """
    unique = list(dict.fromkeys(figures))
    return [name for name in FIGURES if name in unique] + [name for name in unique if name not in FIGURES]


EVIDENCE_NOTE = (
    "Ratios are cut to what the calibration artists support: with n artists none leaves 1 / (n + 1) to n + 1, nor the empirical bounds "
    "(Vergeer and others 2016) of artists whom the curve was not fitted on. The second row is what the pairs judged here support, by "
    "those empirical bounds: where the ratios given go beyond it, they are too bold here. Misleading: evidence for the wrong side, "
    "however weak."
)
POINTS_NOTE = (
    "An operating point says “same” from one similarity on, “different” from another down, and “undecided” between. It was chosen on "
    "calibration artists; what it did there stands beside what it does here. All pairs of the group's pictures count, each as often as it "
    "would be drawn; precision and the undecided are stated for as many pairs of one artist as of two."
)
SETS_NOTE = (
    "Is a painting by the artist of whom these are? The similarity to a set is the mean similarity to its paintings, less a share of the "
    "mean similarity among them, and is calibrated for their number. A figure counts sets: half of the painting's own artist, half of "
    "another; artists count alike. One reference is the pair."
)
FEW_SHOT_NOTE = (
    "Some artists of the group, some paintings of each: whose is another painting by one of them? The answer is the artist whose "
    "paintings are most alike to it, by the mean similarity. Every choice of artists counts alike, and every artist too, however many "
    "paintings there are. One-shot and few-shot learning, without any learning: nothing is fitted."
)


@dataclass(frozen=True, kw_only=True)
class Term:
    """A word of the report and what it means."""

    word: str
    meaning: str


TERMS: tuple[Term, ...] = (
    Term(
        word="Pair",
        meaning=(
            "Two paintings: by the same artist (a positive) or by different artists (a negative). Half the pairs are "
            "of each kind."
        ),
    ),
    Term(
        word="Seen, unseen",
        meaning=(
            "Seen: other paintings by these artists were used in training. Unseen: nothing by these artists was. The "
            "second is the question a museum asks. No painting judged here was ever trained on."
        ),
    ),
    Term(
        word="Mix",
        meaning=(
            "Seen and unseen artists pooled: positives half and half; of the negatives a quarter seen, a quarter "
            "unseen, and half across (cross pairs: one artist seen, one unseen)."
        ),
    ),
    Term(
        word="Random negatives",
        meaning="The other painting is by an artist drawn at random: often of another century and school.",
    ),
    Term(
        word="Style-matched negatives",
        meaning=(
            "The other painting has the same style label: the harder and the more honest question, since doubt arises "
            "between neighbours. The positives are the same as with random negatives."
        ),
    ),
    Term(
        word="Similarity",
        meaning="The system's score of a pair; larger means more alike. From the threshold up a pair is called same.",
    ),
    Term(
        word="Threshold",
        meaning=(
            "One number for every column, fixed beforehand on artists that are not judged here; nothing was tuned on "
            "these pairs."
        ),
    ),
    Term(
        word="Interval over artists",
        meaning=(
            "[low, high]: where the figure would mostly lie (95 %) had other artists of the same kind been judged, "
            "found by redrawing the artists with replacement. Pairs share artists and paintings, so redrawing pairs "
            "would promise too much."
        ),
    ),
    Term(
        word="Log-likelihood ratio",
        meaning=(
            "How many times likelier the score is if one artist made both than if two did, as a logarithm. "
            "Calibration turns a similarity into it."
        ),
    ),
    Term(
        word="Prior",
        meaning="How likely one artist was before looking. Probabilities in this report are stated at a prior of 0.5.",
    ),
    Term(
        word="Recall@k",
        meaning=(
            "Share of paintings with one by the same artist among the k nearest of their group. Artists with one "
            "painting are left out."
        ),
    ),
)
