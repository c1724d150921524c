"""Progress on standard error: a bar with the time left on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECONDS_BETWEEN_LINES = 15.0


def show_time(seconds: float) -> str:
    """Return a time in words.

    >>> show_time(7384), show_time(75.2), show_time(float("nan"))
    ('2 h 03 min', '1 min 15 s', '?')
    """
    if not seconds < float("inf"):
        return "?"
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 60} min {whole % 60:02d} s" if whole >= 60 else f"{whole} s"


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function of (done, total) to call; the first line appears once the work has lasted a second.

    A count that begins anew is another piece of work: what lay between is not counted in.
    """
    terminal = sys.stderr.isatty()
    shown = False
    before = 0  # what was done at the last call
    start = 0  # what was done when this count began
    began = last = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal before, start, began, last, shown
        now = time.monotonic()
        if before == 0 or done <= before:
            start, began, last = done, now, now
        before = done
        between = 0.2 if terminal else SECONDS_BETWEEN_LINES
        if now - began < 1 or (now - last < between and done < total):
            return
        if done == total and not shown and not terminal and now - began < SECONDS_BETWEEN_LINES:
            return
        last, shown = now, True
        left = (now - began) * (total - done) / max(done - start, 1)
        line = f"{what}: {done:,} of {total:,}" + (
            f", {show_time(left)} left" if done < total else f", {show_time(now - began)}"
        )
        sys.stderr.write(f"\r\x1b[K{line}" if terminal else f"{line}\n")
        sys.stderr.flush()

    try:
        yield tell
    finally:
        if terminal and shown:
            sys.stderr.write("\n")


def remark(text: str) -> None:
    """Write a remark to standard error."""
    sys.stderr.write(text + "\n")
