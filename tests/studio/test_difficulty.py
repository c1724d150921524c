"""The painters can be told apart, but not by their mean colour."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import roc_auc_score

from morelli.studio import Studio


def _statistics(picture: npt.NDArray[np.uint8]) -> list[float]:
    level = picture.astype(np.float32) / 255
    found: list[float] = []
    for _ in range(4):
        smooth = cv2.GaussianBlur(level, (0, 0), 1.0)
        found += [*np.log((level - smooth).std((0, 1)) + 1e-4)]
        gx, gy = np.abs(np.diff(level, axis=1)).mean(), np.abs(np.diff(level, axis=0)).mean()
        found.append(float(np.log(gx / gy)))
        level = smooth[::2, ::2]
    return found


@pytest.mark.slow
def test_texture_tells_more_than_mean_colour_and_neighbours_are_hard() -> None:
    studio, painters, paintings = Studio(seed=0, painters=64), 64, 4
    pictures = [studio.paint(i, j, size=128) for i in range(painters) for j in range(paintings)]
    who = np.repeat(np.arange(painters), paintings)
    i, j = np.triu_indices(len(who), 1)
    same, family = who[i] == who[j], who[i] % 8 == who[j] % 8

    def auc(features: npt.NDArray[np.floating], pairs: npt.NDArray[np.bool_]) -> float:
        scaled = (features - features.mean(0)) / features.std(0)
        scaled /= np.linalg.norm(scaled, axis=1, keepdims=True)
        score = (scaled[i] * scaled[j]).sum(1)
        return float(roc_auc_score(same[pairs], score[pairs]))

    colour = np.array([p.mean((0, 1)) for p in pictures])
    texture = np.array([_statistics(p) for p in pictures])
    everyone = np.ones(len(i), bool)
    assert auc(colour, everyone) < 0.65
    assert 0.65 < auc(texture, everyone) < 0.9
    assert auc(texture, family) < auc(texture, everyone) - 0.05
