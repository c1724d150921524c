"""Requests to a compiled network, shared by the threads that use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any


class Requests:
    """As many requests as the processor can work on at once; whoever comes when all are taken waits.

    Each is made once: it brings the buffers of the whole network with it, which sixty-four callers would otherwise make sixty-four times.
    """

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self._free: SimpleQueue[Any] = SimpleQueue()
        for _ in range(max(1, int(compiled.get_property("OPTIMAL_NUMBER_OF_INFER_REQUESTS")))):
            self._free.put(None)  # a place; its request is made by who comes first

    @contextmanager
    def one(self) -> Iterator[Any]:
        """Lend a request to one thread. What it gives back are its own buffers: copy them before it is returned."""
        request = self._free.get()
        try:
            if request is None:
                request = self._compiled.create_infer_request()
            yield request
        finally:
            self._free.put(request)
