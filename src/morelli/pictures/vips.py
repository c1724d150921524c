"""libvips, loaded and set up where it is first needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import ModuleType
from typing import Any


@cache
def pyvips() -> ModuleType:
    """Return the module `pyvips`, set up once in a process.

    One libvips thread an operation: pictures are decoded in parallel, not parts of a picture, which is faster for
    pictures of any size we meet. No cache of operations: a picture is opened once, and what would be kept grows with
    their number.
    """
    import pyvips as module

    module.concurrency_set(1)
    module.cache_set_max(0)
    # What libvips says may quote a file, whose bytes need not be UTF-8; pyvips would fail in telling it, on standard error.
    for place in (module, module.error):
        place._to_string = _as_far_as_it_is_text(module.ffi)
    loaded: ModuleType = module
    return loaded


def _as_far_as_it_is_text(ffi: Any) -> Callable[[Any], str]:
    """Return what pyvips reads C strings by, but for what is no UTF-8: it is replaced."""

    def text(found: Any) -> str:
        if found == ffi.NULL:
            return "NULL"
        held = ffi.string(found)
        return held.decode("utf-8", errors="replace") if isinstance(held, bytes) else str(held)

    return text
