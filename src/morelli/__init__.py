"""Did the same artist paint these two pictures? A calibrated answer, for artists never seen before.

    verdict = morelli.compare("a.jpg", "b.jpg")

What is listed in `__all__` is public; it is loaded when it is first asked for, so that `import morelli` loads neither torch nor
OpenVINO nor matplotlib.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from morelli.version import VERSION

if TYPE_CHECKING:
    from morelli.catalogue.catalogue import Catalogue
    from morelli.errors import MorelliError
    from morelli.face import Model, compare, compare_set, evaluate, explain, load, split, write_explanation
    from morelli.pictures.open import open_image
    from morelli.pictures.view import View
    from morelli.protocol.evaluation import Evaluation
    from morelli.protocol.split import Split
    from morelli.report.write import write_report
    from morelli.verdict.explanation import Explanation
    from morelli.verdict.verdict import Verdict

__version__ = VERSION

_PLACES = {
    "Catalogue": "morelli.catalogue.catalogue",
    "Evaluation": "morelli.protocol.evaluation",
    "Explanation": "morelli.verdict.explanation",
    "Model": "morelli.face",
    "MorelliError": "morelli.errors",
    "Split": "morelli.protocol.split",
    "Verdict": "morelli.verdict.verdict",
    "View": "morelli.pictures.view",
    "compare": "morelli.face",
    "compare_set": "morelli.face",
    "evaluate": "morelli.face",
    "explain": "morelli.face",
    "load": "morelli.face",
    "open_image": "morelli.pictures.open",
    "split": "morelli.face",
    "write_explanation": "morelli.face",
    "write_report": "morelli.report.write",
}

__all__ = [
    "Catalogue",
    "Evaluation",
    "Explanation",
    "Model",
    "MorelliError",
    "Split",
    "Verdict",
    "View",
    "__version__",
    "compare",
    "compare_set",
    "evaluate",
    "explain",
    "load",
    "open_image",
    "split",
    "write_explanation",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(import_module(_PLACES[name]), name)
    raise AttributeError(f"module 'morelli' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
