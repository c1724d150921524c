"""libvips, loaded and set up where it is first needed."""

from __future__ import annotations

from functools import cache
from types import ModuleType


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
    loaded: ModuleType = module
    return loaded
