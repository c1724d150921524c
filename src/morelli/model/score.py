"""Scoring a table of pairs: CSV in, CSV out, one row per row, in the same order, in memory that does not grow with the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from morelli.catalogue.paths import Inside, relative_path
from morelli.errors import PairsError, PictureError
from morelli.files import check_file_place, writing_file
from morelli.model.comparison import Compared
from morelli.model.model import Model
from morelli.model.pair_table import NEEDED, PairTable, Row, open_pairs
from morelli.pictures.view import ViewedPicture
from morelli.protocol.calibration import probability
from morelli.protocol.operating_point import Answer, OperatingPoint

ADDED = ("similarity", "probability")
DECISION, WARNINGS = "decision", "warnings"
SEPARATOR = " | "  # between the sentences of a cell
_CHUNK = 1 << 14  # rows at a time
_WATCHED = 1 << 8  # the same where each is looked at, which takes milliseconds

Numbers = npt.NDArray[np.float64]


class Watcher(Protocol):
    """What opens the pictures of a table and says what its reader must know of them; see `morelli.verdict.watch`."""

    def open(self, path: Path | str) -> ViewedPicture:
        """Open a picture in the model's view, from any thread. Raises PictureError."""
        ...

    def warnings(self, first: Path, second: Path, outside: npt.NDArray[np.bool_]) -> Sequence[str]:
        """Return what is to be said of two pictures that were opened. outside (2,): which are outside the model's range."""
        ...

    def decide(self, first: Path, second: Path, decision: Answer) -> tuple[Answer, str]:
        """Return the decision about two pictures that were opened, and why it is withheld where it is."""
        ...


@dataclass(frozen=True, kw_only=True)
class Scored:
    """What was done: rows written, those of them without a score, pictures embedded, pictures that could not be used, and those that are
    outside the range of the model's training data.
    """

    rows: int
    empty: int
    pictures: int
    skipped: tuple[PictureError, ...]
    outside: tuple[Path, ...] = ()


@dataclass(frozen=True, eq=False)
class Pictures:
    """The pictures of a table. place: a path as the table writes it -> its file's place in `files`; rows: of the table."""

    place: dict[str, int]
    files: list[Path]
    rows: int


def check_scores_place(out: Path, *, table: Path) -> None:
    """Raise PairsError unless scores can be written here: a CSV file that is not the table itself."""
    if out.suffix.lower() != ".csv":
        raise PairsError(f"{out}: scores are written as CSV; name a file that ends in .csv")
    check_file_place(out, error=PairsError, read=[table])


def score_table(
    model: Model,
    table: Path,
    *,
    root: Path,
    out: Path,
    prior: float = 0.5,
    negatives: str | None = None,
    operating_point: str | None = None,
    workers: int = 2,
    watch: Watcher | None = None,
    progress: Callable[[int, int], None] | None = None,
    progress_rows: Callable[[int, int], None] | None = None,
) -> Scored:
    """Read `image1`, `image2` (paths under root) and write every row as it stands, with `similarity` and `probability` after it.

    A row with a picture that cannot be used gets empty values. probability: at the prior, against these negatives; None: the harder
    ones that the model is calibrated for; empty where a watch says that nothing is decided. watch: looks at every picture; what it says
    of a pair, and of the range of its pictures, is written as one more column, `warnings`, sentences with " | " between them.
    operating_point: by name, such as `fpr=1%`, for a watch only, since some decisions are withheld for what the pictures are; what it
    decides is written as a column `decision`.
    progress, progress_rows: called with (done, total) of pictures and of rows. Only the pictures' embeddings, and what a watch keeps,
    are held in memory.
    Raises PairsError for a table that cannot be used or scores that cannot be written, where no picture can be opened, and for a
    similarity that is no number; OperatingPointError for a point that the model does not offer, ValueError for one without a watch.
    The dialect is that of `morelli.model.pair_table`.
    """
    check_scores_place(out, table=table)
    # A model that is not calibrated is refused before anything is embedded.
    kind = model.headline if negatives is None else negatives
    calibration = model.decision.calibration(kind)
    if operating_point is not None and watch is None:
        raise ValueError("decisions need a watch: some are withheld for what the pictures are")
    point = None if operating_point is None else model.decision.point(operating_point, negatives=kind)
    with open_pairs(table) as pairs:
        added = (*ADDED, *([DECISION] if point else []), *([WARNINGS] if watch else []))
        if clash := [name for name in added if name in pairs.columns]:
            raise PairsError(f"{table}, line 1: has a column {clash[0]!r} already, which is to be added; rename it")
        pictures = collect_pictures(pairs, root)
        opener = None if watch is None else watch.open
        embedded = model.embed(pictures.files, workers=workers, opener=opener, progress=progress)
        if not embedded.usable.any():
            raise PairsError(
                f"{table}: none of its {len(pictures.files)} pictures can be used; the first: {embedded.skipped[0][1]}; "
                "is --root right?"
            )
        compared, usable = model.comparison.over(embedded.embeddings), embedded.usable
        outside = usable & model.outside_range(embedded.embeddings)
        rows = empty = 0
        with writing_file(out, error=PairsError) as aside, aside.open("wb") as file:
            file.write(pairs.header + b"," + ",".join(added).encode() + pairs.end)
            for chunk in _chunks(pairs.rows(), size=_CHUNK if watch is None else _WATCHED):
                similarity = _similarity(chunk, pictures, compared, usable, table)
                chance = np.full(len(chunk), np.nan)
                known = np.isfinite(similarity)
                chance[known] = probability(calibration.llr(similarity[known]), prior=prior)
                decided = None if point is None else _decided(point, similarity, known)
                said = [b""] * len(chunk)
                if watch is not None:
                    said, withheld = _said(chunk, pictures, known, outside, watch, decided)
                    chance[withheld] = np.nan
                file.write(
                    b"".join(_line(*row) for row in zip(chunk, similarity.tolist(), chance.tolist(), said, strict=True))
                )
                rows, empty = rows + len(chunk), empty + int((~known).sum())
                if progress_rows is not None:
                    progress_rows(rows, pictures.rows)
            if rows != pictures.rows:
                raise PairsError(f"{table}: was changed while it was read; score it again")
    skipped = tuple(error for _, error in embedded.skipped)
    return Scored(
        rows=rows,
        empty=empty,
        pictures=int(usable.sum()),
        skipped=skipped,
        outside=tuple(pictures.files[int(place)] for place in np.flatnonzero(outside)),
    )


def collect_pictures(pairs: PairTable, root: Path) -> Pictures:
    """Read a table through and return its pictures, each file once however its path is written. Raises PairsError."""
    if not root.is_dir():
        raise PairsError(f"{root}: no such folder; pass the folder that the table's paths start from as --root")
    inside = Inside(root)
    place: dict[str, int] = {}
    by_path: dict[str, int] = {}
    rows = 0
    for line, *written, _, _ in pairs.rows():
        rows += 1
        for column, name in zip(NEEDED, written, strict=True):
            if name in place:
                continue
            try:
                path = relative_path(name)
            except ValueError as err:
                raise PairsError(f"{pairs.source}, line {line}: {column} {name!r}: {err} (--root {root})") from err
            if not inside.holds(path):
                raise PairsError(
                    f"{pairs.source}, line {line}: {column} {name!r} leads out of {root} by a symbolic link; copy the file"
                )
            place[name] = by_path.setdefault(path, len(by_path))
    if not rows:
        raise PairsError(f"{pairs.source}: holds no pairs, only a header")
    return Pictures(place, [root / path for path in by_path], rows)


def _chunks(rows: Iterator[Row], *, size: int) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, size)):
        yield chunk


def _similarity(
    chunk: list[Row], pictures: Pictures, compared: Compared, usable: npt.NDArray[np.bool_], table: Path
) -> Numbers:
    """Return the similarity of rows (n,); nan where a picture could not be used, and nowhere else. usable (m,): of the pictures."""
    try:
        first = np.array([pictures.place[one] for _, one, _, _, _ in chunk])
        second = np.array([pictures.place[other] for _, _, other, _, _ in chunk])
    except KeyError as err:
        raise PairsError(f"{table}: was changed while it was read; score it again") from err
    known = usable[first] & usable[second]
    similarity = np.full(len(chunk), np.nan)
    similarity[known] = compared.rows(first[known], second[known]) + 0.0  # the sign of a zero goes: 0, not -0
    wrong = np.flatnonzero(known & ~np.isfinite(similarity))
    if len(wrong):
        line, one, other, _, _ = chunk[int(wrong[0])]
        raise PairsError(
            f"{table}, line {line}: the similarity of {one!r} and {other!r} is {similarity[wrong[0]]}, no number; "
            "the model is damaged: copy it again, or train anew"
        )
    return similarity


def _decided(point: OperatingPoint, similarity: Numbers, known: npt.NDArray[np.bool_]) -> list[Answer]:
    """Return what a point decides of each similarity (n,); `undecided` where there is none. known (n,): where there is one."""
    decided = np.full(len(similarity), "undecided", dtype=object)
    decided[known] = point.decide(similarity[known])
    return decided.tolist()


def _said(
    chunk: list[Row],
    pictures: Pictures,
    known: npt.NDArray[np.bool_],
    outside: npt.NDArray[np.bool_],
    watch: Watcher,
    decided: Sequence[Answer] | None,
) -> tuple[list[bytes], npt.NDArray[np.bool_]]:
    """Return the cells of each row that a watch fills, a comma before each: decision, where one is asked for, and warnings; empty ones
    where a row has no score. And of which rows (n,) nothing is decided, whatever the similarity.
    """
    cells = []
    withheld = np.zeros(len(chunk), dtype=bool)
    for row, ((_, one, other, _, _), usable) in enumerate(zip(chunk, known.tolist(), strict=True)):
        words: Sequence[str] = ()
        decision = ""
        if usable:
            places = pictures.place[one], pictures.place[other]
            first, second = (pictures.files[place] for place in places)
            words = watch.warnings(first, second, outside[list(places)])
            # As of one hand where no decision is asked for: what is withheld then is withheld whatever the similarity.
            decision, why = watch.decide(first, second, "same" if decided is None else decided[row])
            words = (why, *words) if why else words
            withheld[row] = bool(why)
        before = b"" if decided is None else b"," + decision.encode()
        cells.append(before + b"," + _quoted(SEPARATOR.join(words)).encode())
    return cells, withheld


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if text else ""


def _line(row: Row, similarity: float, chance: float, said: bytes) -> bytes:
    _, _, _, raw, end = row
    likely = b"%.6g" % chance if chance == chance else b""
    return raw + (b",%.9g," % similarity + likely if similarity == similarity else b",,") + said + end
