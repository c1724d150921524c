"""Every figure of one set of pairs, as a function of how much each artist weighs."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from morelli.errors import PairsError
from morelli.protocol.arrays import FloatArray
from morelli.protocol.bootstrap import PairWeigher, Weights
from morelli.protocol.calibration import Calibration
from morelli.protocol.classification import Rates
from morelli.protocol.llr import equal_mass_bins, expit, llr_cost
from morelli.protocol.pairs import IntArray, Labels, Pairs
from morelli.protocol.ranked import Ranked
from morelli.protocol.triplets import BatchSums

DECIDED = ("accuracy", "balanced_accuracy", "precision", "recall", "f1")
RANKED = ("auc", "eer", "min_cllr")
CALIBRATED = ("cllr", "ece", "brier", "calibration_loss")
TRIPLETS = ("triplet_accuracy", "triplet_accuracy_of_four")
CROSS = ("false_accept_rate_cross",)


class PairFigures:
    """What can be said of a set of pairs with these similarities, at this threshold and under this calibration.

    pairs: as they came. names (f,): the figures, in the order in which `under` returns them. artists (a,): who is in
    the pairs. llr (n,): of each pair, nan without a calibration. weigher: from weights of artists to weights of pairs.
    """

    def __init__(
        self,
        pairs: Pairs,
        similarity: npt.NDArray[np.floating],
        artist: Labels,
        *,
        threshold: float,
        calibration: Calibration | None,
    ) -> None:
        """Sort. similarity (n,): of the pairs. artist: of every row of the catalogue. Raises ValueError for a nan or an
        empty class.
        """
        if len(similarity) != len(pairs):
            raise PairsError(f"{len(similarity)} similarities for {len(pairs)} pairs")
        self.ranked = Ranked(similarity, pairs.same)
        self.pairs, self._threshold = pairs, threshold
        self.similarity: FloatArray = np.asarray(similarity, dtype=np.float64)
        self.llr = np.full(len(pairs), np.nan) if calibration is None else calibration.llr(self.similarity)
        both = np.concatenate([artist[pairs.first], artist[pairs.second]]).astype(str)
        self.artists, code = np.unique(both, return_inverse=True)
        self._first, self._second = code[: len(pairs)], code[len(pairs) :]
        positive, negative = self.ranked.positive_order, self.ranked.negative_order
        mixed = len(set(pairs.group.tolist())) > 1
        _, group = np.unique(pairs.group.astype(str), return_inverse=True)
        self.weigher = PairWeigher(
            len(self.artists),
            self._first[positive],
            self._first[negative],
            self._second[negative],
            positive_stratum=group[positive] if mixed else None,
            negative_stratum=group[negative] if mixed else None,
        )
        self._prepare_calibrated(calibration is not None)
        self._prepare_triplets()
        self._cross = (pairs.group == "cross")[negative]
        self.names = (
            DECIDED
            + RANKED
            + (CALIBRATED if calibration is not None else ())
            + (TRIPLETS if self._difference is not None else ())
            + (CROSS if self._cross.any() else ())
        )

    def _prepare_calibrated(self, calibrated: bool) -> None:
        self._calibrated = calibrated
        if not calibrated:
            return
        same = self.pairs.same
        p = expit(self.llr)
        cost, square, gap = llr_cost(self.llr, same), (p - same) ** 2, p - same
        bins = equal_mass_bins(self.llr)
        self._by_class = [
            (cost[order], square[order], gap[order], bins[order])
            for order in (self.ranked.positive_order, self.ranked.negative_order)
        ]

    def _prepare_triplets(self) -> None:
        """Find the triplets: negative i shares the first picture of positive i, where the pairs were drawn so."""
        half = len(self.pairs) // 2
        first, same = self.pairs.first, self.pairs.same
        together = len(same) == 2 * half and same[:half].all() and not same[half:].any()
        self._difference: FloatArray | None = None
        if together and np.array_equal(first[:half], first[half:]):
            order = self.ranked.negative_order - half
            self._difference = (self.similarity[:half] - self.similarity[half:])[order]
            self._batches = BatchSums(self._difference)

    def under(self, positive: Weights, negative: Weights) -> FloatArray:
        """Return the figures (f,) under weights of positives (p,) and negatives (m,), in the orders of the ranking.

        The classes keep their shares by count. Precision is nan where nothing is called the same artist.
        """
        share = len(positive) / (len(positive) + len(negative))
        found = [
            *self.decided(positive, negative, threshold=self._threshold).tolist(),
            self.ranked.auc(positive, negative),
            self.ranked.eer(positive, negative),
            self.ranked.min_cllr(positive, negative),
        ]
        if self._calibrated:
            calibrated = self._calibration_figures(positive / positive.sum(), negative / negative.sum(), share)
            # What calibrating these very pairs could mend; never below 0 but by rounding.
            found += [*calibrated, max(calibrated[0] - found[-1], 0.0)]
        if self._difference is not None:
            found.append(float(negative[self._difference >= 0].sum() / negative.sum()))
            found.append(self._batches.share(negative))
        if self._cross.any():
            mass = float(negative[self._cross].sum())
            called = float(negative[self._cross & (self.ranked.negative >= self._threshold)].sum())
            found.append(called / mass if mass > 0 else np.nan)
        return np.array(found)

    def decided(self, positive: Weights, negative: Weights, *, threshold: float) -> FloatArray:
        """Return the figures of `DECIDED` at a threshold, under weights as in `under`."""
        share = len(positive) / (len(positive) + len(negative))
        accepted = self.ranked.accepted(positive, negative, threshold=threshold)
        rates = Rates(true_accept=accepted[0], false_accept=accepted[1], positive_share=share)
        precision = rates.precision if max(accepted) > 0 else np.nan
        return np.array([rates.accuracy, rates.balanced_accuracy, precision, rates.recall, rates.f1])

    def _calibration_figures(self, positive: FloatArray, negative: FloatArray, share: float) -> list[float]:
        (cost_p, square_p, gap_p, bin_p), (cost_n, square_n, gap_n, bin_n) = self._by_class
        size = int(max(bin_p.max(), bin_n.max())) + 1
        gap = share * np.bincount(bin_p, weights=positive * gap_p, minlength=size)
        gap += (1 - share) * np.bincount(bin_n, weights=negative * gap_n, minlength=size)
        return [
            float(positive @ cost_p + negative @ cost_n) / 2,
            float(np.abs(gap).sum()),
            share * float(positive @ square_p) + (1 - share) * float(negative @ square_n),
        ]

    def counted(self) -> dict[str, int]:
        """Return what each figure counts: pairs, positives, pairs called the same artist, triplets, cross pairs."""
        n, positives = len(self.pairs), len(self.ranked.positive)
        special = {
            "precision": int((self.similarity >= self._threshold).sum()),
            "recall": positives,
            "triplet_accuracy": n - positives,
            "triplet_accuracy_of_four": n - positives,
            "false_accept_rate_cross": int(self._cross.sum()),
        }
        return {name: special.get(name, n) for name in self.names}

    @cached_property
    def artist_stratum(self) -> IntArray:
        """The population of each artist (a,): 0 seen or the only one, 1 unseen. Each is drawn from by itself."""
        stratum = np.full(len(self.artists), -1, dtype=np.int64)
        group, first, second = self.pairs.group, self._first, self._second
        for number, name in enumerate(("seen", "unseen")):
            inside = group == name
            stratum[first[inside]] = stratum[second[inside]] = number
        cross = group == "cross"
        for one, other in ((first[cross], second[cross]), (second[cross], first[cross])):
            known = stratum[one] >= 0
            stratum[other[known]] = np.where(stratum[other[known]] >= 0, stratum[other[known]], 1 - stratum[one[known]])
        stratum[stratum < 0] = 0
        return np.unique(stratum, return_inverse=True)[1].astype(np.int64)
