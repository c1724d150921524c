"""Open many pictures in threads, in order, with bounded memory; a bad picture is a value, not the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sized
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TypeVar

from morelli.errors import PictureError
from morelli.pictures.view import View, ViewedPicture

Progress = Callable[[int, int], None]
Opener = Callable[[Path | str], ViewedPicture]
Source = TypeVar("Source")
Result = TypeVar("Result")

_AHEAD = 4  # results waiting per worker: enough that none idles, few enough to forget about memory


def open_many(
    paths: Iterable[Path | str],
    *,
    view: View,
    workers: int,
    opener: Opener | None = None,
    progress: Progress | None = None,
) -> Iterator[ViewedPicture | PictureError]:
    """Open pictures in the order of their paths; what cannot be opened comes out as the error that names it.

    workers: threads. opener: what opens a file in the view, from any of them; `View.open` unless given. progress: called with
    (done, total) after each; total is 0 where `paths` has no length. Only a few pictures a thread are held at a time, however many
    there are.
    """
    open_one = view.open if opener is None else opener

    def opened(path: Path | str) -> ViewedPicture | PictureError:
        try:
            return open_one(path)
        except PictureError as err:
            return err

    return in_order(opened, paths, workers=workers, progress=progress)


def in_order(
    function: Callable[[Source], Result], sources: Iterable[Source], *, workers: int, progress: Progress | None = None
) -> Iterator[Result]:
    """Yield function(source) of each source in order, worked out in threads, never more than a few ahead.

    >>> list(in_order(abs, [-2, 1, -3], workers=2))
    [2, 1, 3]
    """
    if workers < 1:
        raise ValueError(f"workers is {workers}; use 1 or more")
    total = len(sources) if isinstance(sources, Sized) else 0
    pending = iter(sources)
    with ThreadPoolExecutor(workers) as pool:
        ahead: deque[Future[Result]] = deque(pool.submit(function, s) for s in islice(pending, workers * _AHEAD))
        done = 0
        try:
            while ahead:
                result = ahead.popleft().result()
                ahead.extend(pool.submit(function, s) for s in islice(pending, 1))
                done += 1
                if progress is not None:
                    progress(done, total)
                yield result
        finally:  # also where the reader stops early
            for future in ahead:
                future.cancel()
