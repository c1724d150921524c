"""Who is in which part: artists into train, validation, calibration and test; a share of the trained artists' pictures
into test-seen.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from morelli.catalogue.catalogue import Catalogue
from morelli.catalogue.names import normalise_artist
from morelli.errors import SplitError, nearest
from morelli.protocol.shares import allocate, part_totals

Part = Literal["train", "validation", "calibration", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "calibration", "test")
DEFAULT_SHARES = (0.65, 0.10, 0.10, 0.15)
SCHEMA = 1
LEAST_ARTISTS = 2  # a part with one artist has no pair of different artists
LEAST_PAINTINGS_SEEN = 8  # trained artists with fewer keep all their pictures for training


@dataclass(frozen=True, kw_only=True)
class Split:
    """Parts of a catalogue. Nothing in it depends on the order of the catalogue's rows.

    artists: normalised name -> `train`, `validation`, `calibration` or `test`. test_seen: paths of pictures by `train`
    artists that are kept for judging. set_aside: paths that take no part, being near duplicates of one that does.
    shares: of artists, in the order of `PARTS`. seed: of the keyed hash. drawn: `shares` (make_split) or `kaggle` (the
    competition's own parts).
    """

    artists: Mapping[str, str]
    test_seen: frozenset[str] = frozenset()
    set_aside: frozenset[str] = frozenset()
    shares: tuple[float, ...] = DEFAULT_SHARES
    seed: int = 0
    drawn: str = "shares"

    def __post_init__(self) -> None:
        for name, part in self.artists.items():
            if part not in PARTS:
                raise SplitError(f"split: artist {name!r} is in part {part!r}; {nearest(str(part), PARTS)}")
        if both := sorted(self.test_seen & self.set_aside):
            raise SplitError(f"split: {both[0]} is in test_seen and in set_aside; take it out of one")

    def names(self, part: Part) -> list[str]:
        """Return the normalised names of a part's artists, sorted."""
        return sorted(name for name, there in self.artists.items() if there == part)

    def assign(
        self, catalogue: Catalogue, *, unknown: Literal["refuse", "set-aside"] = "refuse"
    ) -> npt.NDArray[np.object_]:
        """Return the part of every row: (n,) of `train`, `validation`, `calibration`, `test`, `test-seen` or
        `set-aside`.

        unknown: what becomes of rows whose artist is not in the split; SplitError names them unless they are set aside.
        """
        part = np.empty(len(catalogue), dtype=object)
        strangers: Counter[str] = Counter()
        for row, (path, artist) in enumerate(zip(catalogue.path, catalogue.artist, strict=True)):
            part[row] = self.artists.get(normalise_artist(artist), "")
            if path in self.set_aside:
                part[row] = "set-aside"
            elif not part[row]:
                strangers[artist] += 1
                part[row] = "set-aside"
            elif path in self.test_seen:
                if part[row] != "train":
                    raise SplitError(
                        f"{catalogue.place}, {path}: in the split's test_seen, but its artist {artist!r} is in "
                        f"{part[row]!r}; "
                        "the split was made for other data: make a new one with 'morelli data split'"
                    )
                part[row] = "test-seen"
        if self.test_seen and (part == "train").any() and not self.test_seen.intersection(catalogue.path):
            raise SplitError(
                f"{catalogue.place}: none of the split's {len(self.test_seen)} test_seen paths, such as "
                f"{min(self.test_seen)!r}, is in the catalogue; the split was made for other data or another root: "
                "make a new one with 'morelli data split', or pass the --root that it was made with"
            )
        if strangers and unknown == "refuse":
            some = ", ".join(repr(name) for name in sorted(strangers)[:5]) + (", ..." if len(strangers) > 5 else "")
            raise SplitError(
                f"{catalogue.place}: {len(strangers)} artists ({strangers.total()} paintings) are not in the split: "
                f"{some}; "
                "make a new split with 'morelli data split', or leave these paintings out"
            )
        return part

    def to_json(self) -> str:
        """Return the split as text: sorted, one name a line, the same for the same split."""
        return (
            json.dumps(
                {
                    "schema": SCHEMA,
                    "drawn": self.drawn,
                    "seed": self.seed,
                    "shares": list(self.shares),
                    "artists": {part: self.names(part) for part in PARTS},
                    "test_seen": sorted(self.test_seen),
                    "set_aside": sorted(self.set_aside),
                },
                indent=1,
                ensure_ascii=False,
            )
            + "\n"
        )

    @classmethod
    def from_json(cls, text: str, *, source: str) -> Split:
        """Read what `to_json` wrote. source: the file's name, for messages. Raises SplitError."""
        try:
            found = json.loads(text)
        except json.JSONDecodeError as err:
            raise SplitError(
                f"{source}, line {err.lineno}: not JSON ({err.msg}); make it with 'morelli data split'"
            ) from err
        except (RecursionError, ValueError) as err:  # nested without end; an integer of thousands of digits
            raise SplitError(
                f"{source}: not a split ({type(err).__name__}); make it with 'morelli data split'"
            ) from err
        known = ("schema", "drawn", "seed", "shares", "artists", "test_seen", "set_aside")
        _check_keys(found, known, source, "")
        if found["schema"] != SCHEMA:
            raise SplitError(f"{source}: schema {found['schema']!r}, this version reads {SCHEMA}; make the split again")
        _check_keys(found["artists"], PARTS, source, "artists: ")
        artists: dict[str, str] = {}
        for part in PARTS:
            for name in _strings(found["artists"][part], source, f"artists: {part}"):
                if name in artists:
                    raise SplitError(f"{source}: artist {name!r} is in {artists[name]!r} and in {part!r}; keep one")
                artists[name] = part
        shares = found["shares"]
        if not (isinstance(shares, list) and len(shares) == len(PARTS) and all(_is_number(share) for share in shares)):
            raise SplitError(f"{source}: shares: {shares!r} should be {len(PARTS)} numbers")
        try:
            numbers = tuple(float(share) for share in shares)
        except OverflowError as err:
            raise SplitError(f"{source}: shares: a number is too large; they are parts of 1") from err
        if not isinstance(found["seed"], int) or found["drawn"] not in ("shares", "kaggle"):
            raise SplitError(f"{source}: seed should be a whole number and drawn 'shares' or 'kaggle'")
        return cls(
            artists=artists,
            test_seen=frozenset(_strings(found["test_seen"], source, "test_seen")),
            set_aside=frozenset(_strings(found["set_aside"], source, "set_aside")),
            shares=numbers,
            seed=found["seed"],
            drawn=found["drawn"],
        )


def make_split(
    catalogue: Catalogue,
    *,
    seed: int = 0,
    shares: tuple[float, ...] = DEFAULT_SHARES,
    duplicate_groups: npt.NDArray[np.integer] | None = None,
    set_aside: Collection[str] = (),
) -> Split:
    """Put every artist of a catalogue into one part.

    Artists are ranked by a keyed hash of their normalised name inside their main style (that of most of their
    pictures; artists without any form a style of their own), so every part has every style as far as numbers allow;
    rounding is carried from style to style, so the shares hold overall. Artists with a single painting make no pair of
    the same artist: they all go to `train`, beside the shares, where they serve as the other artist.

    shares: of artists with two or more paintings, for train, validation, calibration, test; each not negative, summing
    to 1. A share of 0 leaves the part out. set_aside: paths that take no part, such as those an audit drops.
    duplicate_groups: (n,) of int; rows with one label (0 or more) are scans of one work, of which the first by path
    takes part and the rest are set aside; a negative label is no group.
    Raises SplitError, where there are too few artists with the number that is needed.
    """
    check_shares(shares)
    aside = duplicates_aside(catalogue.path, duplicate_groups, already=set_aside)
    paths, style = paintings_by_artist(catalogue, aside)
    several = [name for name in paths if len(paths[name]) > 1]
    parts = [part for part, share in zip(PARTS, shares, strict=True) if share > 0]
    if len(several) < LEAST_ARTISTS * len(parts):
        raise SplitError(
            f"{catalogue.place}: {len(several)} artists with two or more paintings; a split into {', '.join(parts)} "
            f"needs at least {LEAST_ARTISTS * len(parts)} ({LEAST_ARTISTS} a part), and 100 or more to be judged well. "
            "Add artists, or compare pictures with a model that is already trained: 'morelli compare'"
        )
    artists: dict[str, str] = dict.fromkeys(paths, "train")
    totals = part_totals(len(several), shares, minimum=LEAST_ARTISTS)
    artists.update(spread(several, style, totals, PARTS, seed=seed))
    seen: set[str] = set()
    for name, part in artists.items():
        if part == "train" and len(paths[name]) >= LEAST_PAINTINGS_SEEN:
            count = max(2, round(len(paths[name]) / 5))
            seen.update(sorted(paths[name], key=lambda path: keyed_hash(path, seed))[:count])
    return Split(artists=artists, test_seen=frozenset(seen), set_aside=aside, shares=shares, seed=seed)


def check_shares(shares: tuple[float, ...]) -> None:
    """Raise SplitError unless these are four shares that sum to 1."""
    if len(shares) != len(PARTS) or any(not share >= 0 for share in shares) or abs(sum(shares) - 1) > 1e-6:
        raise SplitError(f"shares {shares}: give {len(PARTS)} numbers, for {', '.join(PARTS)}, that sum to 1")


def keyed_hash(name: str, seed: int) -> int:
    """Return a number that ranks names the same on every machine, and otherwise under every seed."""
    key = str(seed).encode()
    if len(key) > hashlib.blake2b.MAX_KEY_SIZE:
        key = hashlib.blake2b(key).digest()
    return int.from_bytes(hashlib.blake2b(name.encode(), key=key, digest_size=8).digest(), "big")


def duplicates_aside(
    path: npt.NDArray[np.object_],
    groups: npt.NDArray[np.integer] | None,
    *,
    already: Collection[str] = (),
    keep: npt.NDArray[np.bool_] | None = None,
) -> frozenset[str]:
    """Return the paths that are out `already` and those that repeat another: all but the first by path of each group.

    Paths that are out already count for nothing in their group. Rows marked in `keep` (n,) are never returned.
    """
    kept = np.zeros(len(path), dtype=bool) if keep is None else keep
    out = frozenset(already) & frozenset(path[~kept].tolist())
    if groups is None:
        return out
    if len(groups) != len(path):
        raise SplitError(f"duplicate groups for {len(groups)} rows, the catalogue has {len(path)}")
    first: set[int] = set()
    aside = set(out)
    for row in sorted(range(len(path)), key=lambda row: (not kept[row], path[row])):
        label = int(groups[row])
        if path[row] in out or label < 0:
            continue
        if label in first and not kept[row]:
            aside.add(path[row])
        first.add(label)
    return frozenset(aside)


def paintings_by_artist(catalogue: Catalogue, aside: Iterable[str]) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return, by normalised name in sorted order, the paths that take part, and the main style (empty where none is
    known).

    An artist whose every picture is set aside (each the duplicate of another artist's) is left with no paths.
    """
    out = frozenset(aside)
    paths: dict[str, list[str]] = defaultdict(list)
    styles: dict[str, Counter[str]] = defaultdict(Counter)
    for path, artist, style in zip(catalogue.path, catalogue.artist, catalogue.get("style"), strict=True):
        name = normalise_artist(artist)
        paths[name].extend([] if path in out else [path])
        if style and path not in out:
            styles[name][style] += 1
    main = {name: min(styles[name], key=lambda s: (-styles[name][s], s), default="") for name in paths}
    return {name: sorted(paths[name]) for name in sorted(paths)}, main


def spread(
    names: Iterable[str],
    style: Mapping[str, str],
    totals: npt.NDArray[np.integer],
    parts: tuple[Part, ...],
    *,
    seed: int,
) -> dict[str, str]:
    """Deal artists out to parts of the given sizes, style by style, in the order of their keyed hash."""
    strata: dict[str, list[str]] = defaultdict(list)
    for name in names:
        strata[style[name]].append(name)
    # Small styles first: the large ones can make up for their rounding.
    order = sorted(strata, key=lambda s: (len(strata[s]), keyed_hash(s, seed), s))
    dealt: dict[str, str] = {}
    for key, counts in zip(order, allocate([len(strata[s]) for s in order], totals), strict=True):
        ranked = sorted(strata[key], key=lambda name: (keyed_hash(name, seed), name))
        dealt.update(zip(ranked, np.repeat(np.array(parts, dtype=object), counts), strict=True))
    return dealt


def _check_keys(found: object, known: tuple[str, ...], source: str, place: str) -> None:
    if not isinstance(found, dict):
        raise SplitError(f"{source}: {place}should be a JSON object; make the split with 'morelli data split'")
    for key in found:
        if key not in known:
            raise SplitError(f"{source}: {place}unknown key {key!r}; {nearest(key, known)}")
    if missing := [key for key in known if key not in found]:
        raise SplitError(f"{source}: {place}no {missing[0]!r}; make the split again with 'morelli data split'")


def _strings(found: object, source: str, place: str) -> list[str]:
    if not (isinstance(found, list) and all(isinstance(one, str) for one in found)):
        raise SplitError(f"{source}: {place}: should be a list of strings")
    return found


def _is_number(found: object) -> bool:
    return isinstance(found, (int, float)) and not isinstance(found, bool)
