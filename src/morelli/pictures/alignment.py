"""How alike two small grey pictures are once the one is moved and stretched a little to fit the other.

Contrast is normalised around each spot first, so that neither a frame nor the light of a photograph decides; then the
Lucas-Kanade method (Lucas and Kanade, 1981) fits a shift and a stretch along each axis, coarse to fine.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from morelli.pictures.fingerprint import SIDE, block_mean, local_variance

Maps = npt.NDArray[np.float32]
_NOISE = 3.0  # levels: contrast below it is not blown up
_STEPS = 5  # per scale; the fit has settled by then
_FURTHEST = 0.08  # of the picture's side that any spot may move: crops of a tenth or so


def detail(grey: npt.NDArray[np.uint8], *, side: int) -> Maps:
    """Return float32 (n, side, side): grey pictures uint8 (n, 32, 32) with their contrast normalised around each spot.

    side: 32, or 16 for a coarser map.
    """
    small = block_mean(grey.astype(np.float32), SIDE // side)
    above, variance = local_variance(small, 11 if side == SIDE else 7)
    normalised: Maps = above / np.sqrt(variance + np.float32(_NOISE**2))
    return normalised


def unit_vectors(maps: Maps) -> Maps:
    """Return (n, d) float32 of unit length and zero mean: maps (n, s, s) without their border of a tenth."""
    margin = max(1, round(maps.shape[1] / 8))
    rows = maps[:, margin:-margin, margin:-margin].reshape(len(maps), -1)
    rows = rows - rows.mean(axis=1, keepdims=True)
    unit: Maps = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return unit


def aligned_correlation(left: npt.NDArray[np.uint8], right: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Return the correlation (m,), -1 to 1, of the detail of pictures uint8 (m, 32, 32), each right one fitted to its
    left.

    Never below the correlation without fitting.
    """
    fixed, moving = detail(left, side=SIDE), detail(right, side=SIDE)
    moves = np.zeros((len(left), 4), dtype=np.float32)
    for side in (SIDE // 2, SIDE):
        scaled = (fixed, moving) if side == SIDE else (detail(left, side=side), detail(right, side=side))
        for _ in range(_STEPS):
            moves = _step(*scaled, moves)
    fitted = np.sum(unit_vectors(fixed) * unit_vectors(_moved(moving, moves)), axis=1)
    as_is = np.sum(unit_vectors(fixed) * unit_vectors(moving), axis=1)
    best: npt.NDArray[np.float32] = np.maximum(fitted, as_is)
    return best


def _step(fixed: Maps, moving: Maps, moves: Maps) -> Maps:
    """One Gauss-Newton step of moves (m, 4): shift and stretch along x, then along y, in halves of the side."""
    side = fixed.shape[1]
    warped = _moved(moving, moves)
    across = np.gradient(warped, axis=2).astype(np.float32) * np.float32(side / 2)
    down = np.gradient(warped, axis=1).astype(np.float32) * np.float32(side / 2)
    at = _grid(side)
    margin = max(1, side // 8)
    inner = (slice(None), slice(margin, -margin), slice(margin, -margin))
    slopes = np.stack([across, across * at, down, down * at[:, np.newaxis]], axis=-1)[inner].reshape(len(fixed), -1, 4)
    left_over = (fixed - warped)[inner].reshape(len(fixed), -1, 1)
    normal = slopes.transpose(0, 2, 1) @ slopes + np.eye(4, dtype=np.float32) * np.float32(1e-2 * side * side)
    change = np.linalg.solve(normal, slopes.transpose(0, 2, 1) @ left_over)[:, :, 0]
    return np.clip(moves + change, -2 * _FURTHEST, 2 * _FURTHEST).astype(np.float32)


def _grid(side: int) -> npt.NDArray[np.float32]:
    return ((np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1).astype(np.float32)


def _moved(maps: Maps, moves: Maps) -> Maps:
    """Sample maps (m, s, s) bilinearly where the moves lead; outside, the border is repeated."""
    side = maps.shape[1]
    at = _grid(side)
    weights = []
    for shift, stretch in ((moves[:, 2], moves[:, 3]), (moves[:, 0], moves[:, 1])):
        spots = (at * (1 + stretch[:, np.newaxis]) + shift[:, np.newaxis] + 1) / 2 * side - 0.5
        spots = np.clip(spots, 0, side - 1)
        # Linear interpolation as a matrix (m, s, s): along each axis the same for every line of a picture.
        weights.append(np.maximum(0, 1 - np.abs(spots[:, :, np.newaxis] - np.arange(side, dtype=np.float32))))
    rows, columns = weights
    moved: Maps = (rows @ maps @ columns.transpose(0, 2, 1)).astype(np.float32)
    return moved
