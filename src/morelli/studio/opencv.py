"""OpenCV, loaded where the studio first needs it."""

from __future__ import annotations

from types import ModuleType

from morelli.errors import MissingExtraError


def opencv() -> ModuleType:
    """Return the module `cv2`; MissingExtraError names the extra where it is not installed."""
    try:
        import cv2
    except ImportError as err:
        raise MissingExtraError("the studio", "train") from err
    module: ModuleType = cv2
    return module
