"""Reading system files: by name from the package, by path from anywhere."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec

from morelli.errors import SystemFileError, nearest
from morelli.systems.bounds import check_numbers, check_together
from morelli.systems.system import System

_LARGEST, _DOTS = 100_000, 200  # bytes of a file; full stops of a line: a key of thousands of parts takes gigabytes
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>[^`]*)`(?: - at `\$\.?(?P<place>[^`]*)`)?")

_WRONG_NAME = re.compile(r"Invalid (?:enum )?value '(?P<name>[^']*)' - at `\$\.(?P<place>[^`]*)`")

_WRONG_TYPE = re.compile(r"Expected `(?P<kinds>[^`]*)`, got `(?P<got>[^`]*)` - at `\$\.(?P<place>[^`]*)`")
_IN_WORDS = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "str": "a word",
    "array": "a list, as [1, 2]",
    "object": "a table, as {key = value}",
    "null": "nothing",
}


def system_names() -> list[str]:
    """Return the names of the systems that come with the package, sorted."""
    folder = resources.files("morelli.systems")
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


def read_system(name: str, *, changes: Sequence[str] = ()) -> System:
    """Read a system by the name of a shipped one or by the path of a TOML file.

    A file may say `extends = "NAME"`: it then changes single keys of that system, or of the file of that name beside it. changes: further
    ones as `key.key=value`, the value as TOML writes it (bare words are taken for strings), as `objective.margin=2`; they stand in its
    title, and what was published of the system is left out then, as it is of one that a file extends.
    Raises SystemFileError for an unknown name, key, type or value; it names the nearest known one.
    """
    table = _read_table(name, seen=())
    base = check_system(table, place=name)
    for change in changes:
        table = _merge(table, _parse_change(change))
    system = check_system(table, place=name)
    if msgspec.structs.replace(system, title=base.title) == base:
        return system
    # What was published was published of another system, unless the changes say what was published of this one.
    title = system.title if system.title != base.title else f"{system.title}; changed: {', '.join(changes)}"
    published = {} if system.published == base.published else system.published
    return msgspec.structs.replace(system, title=title, published=published)


def check_system(table: Mapping[str, Any], *, place: str) -> System:
    """Turn a parsed table into a System; `place` names it in errors."""
    check_numbers(table, place=place)
    try:
        system = msgspec.convert(table, System, strict=True)
    except msgspec.ValidationError as err:
        raise SystemFileError(f"{place}: {_explain(str(err), table)}") from err
    check_together(system, place=place)
    return system


def _read_table(name: str, seen: tuple[str, ...]) -> dict[str, Any]:
    path = Path(name)
    own = str(path.resolve()) if path.suffix == ".toml" else name
    if own in seen:
        raise SystemFileError(f"{name}: extends itself ({' -> '.join((*seen, own))})")
    if path.suffix == ".toml":
        text = _read_text(path)
    else:
        if name not in (known := system_names()):
            near = nearest(name, known)
            stop = "" if near.endswith("?") else "."
            raise SystemFileError(f"no system is called {name!r}; {near}{stop} A file of your own ends in .toml")
        text = (resources.files("morelli.systems") / f"{name}.toml").read_text(encoding="utf-8")
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as err:  # wrong TOML, a number of thousands of digits, nested without end
        raise SystemFileError(f"{name}: not TOML: {err}") from err
    base = table.pop("extends", None)
    if base is None:
        return table
    if not isinstance(base, str):
        raise SystemFileError(f"{name}: extends must be the name of a system, not {base!r}")
    if base.endswith(".toml"):  # a file beside this one, wherever the command is run from
        base = str(path.parent / base)
    inherited = _read_table(base, (*seen, own))
    inherited.pop("published", None)  # what was published was published of that system
    return _merge(inherited, table)


def _read_text(path: Path) -> str:
    """Read a user's file; not a pipe, nor one so long or so deep that to parse it would take all memory."""
    try:
        if path.exists() and not path.is_file():
            raise SystemFileError(f"{path}: not a regular file; name a system file")
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
        text = data.decode()
    except UnicodeDecodeError as err:
        raise SystemFileError(f"{path}: not UTF-8 text (byte {err.start}); a system is a TOML file") from err
    except OSError as err:
        raise SystemFileError(f"{path}: cannot read this system file ({err.strerror or err})") from err
    except ValueError as err:
        raise SystemFileError(f"{path}: cannot read this system file ({err})") from err
    deepest = max((line.count(".") for line in text.splitlines()), default=0)
    if len(data) > _LARGEST or deepest > _DOTS:
        raise SystemFileError(f"{path}: longer than any system file ({_LARGEST:,} bytes, {_DOTS} full stops a line)")
    return text


def _merge(base: dict[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Lay `change` over `base`; a table of another kind, or an empty one, takes the old one's place."""
    merged = dict(base)
    for key, value in change.items():
        old = merged.get(key)
        if (
            isinstance(old, dict)
            and isinstance(value, Mapping)
            and value
            and value.get("kind", old.get("kind")) == old.get("kind")
        ):
            merged[key] = _merge(old, value)
        else:
            merged[key] = dict(value) if isinstance(value, Mapping) else value
    return merged


def _parse_change(change: str) -> dict[str, Any]:
    key, equals, value = change.partition("=")
    if not equals or not re.fullmatch(r"[A-Za-z_][\w.-]*", key.strip()):
        raise SystemFileError(f"{change!r}: a change is written key.key=value, as objective.margin=2")
    try:
        return tomllib.loads(f"{key} = {value}")
    except (ValueError, RecursionError):
        try:
            return tomllib.loads(f"{key} = {msgspec.json.encode(value.strip()).decode()}")
        except (ValueError, RecursionError) as err:
            raise SystemFileError(f"{change!r}: {err}") from err


def _explain(message: str, table: Mapping[str, Any]) -> str:
    """Put a message of the checker in this package's words, with the names that would have been right."""
    if found := _UNKNOWN.search(message):
        key, place = found["key"], found["place"] or ""
        where = f"in [{place}]" if place else "at the top"
        return f"unknown key {key!r} {where}; {nearest(key, _keys(_at(place, table)))}"
    if found := _WRONG_NAME.search(message):
        parent, _, key = found["place"].rpartition(".")
        key = key.partition("[")[0]  # of a list: what each of its values may be
        return f"{found['place']} = {found['name']!r}: {nearest(found['name'], _values(_at(parent, table), key))}"
    if found := _WRONG_TYPE.search(message):
        place = found["place"]
        wanted = " or ".join(_IN_WORDS.get(kind.strip(), kind) for kind in found["kinds"].split("|"))
        return f"{place} = {_written(_value_at(place, table))}: give {wanted}"
    return message.replace("`$.", "`")


def _value_at(place: str, table: Mapping[str, Any]) -> Any:
    """Return what is written at a place such as `network.blocks[0].channels`."""
    here: Any = table
    for part in filter(None, re.split(r"[.\[\]]+", place)):
        here = here[int(part)] if isinstance(here, list) else here[part]
    return here


def _written(value: Any) -> str:
    """Return a value about as TOML writes it, at most 40 characters of it.

    >>> _written("maybe"), _written(True), _written([1, 2])
    ("'maybe'", 'true', '[1, 2]')
    """
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _at(place: str, table: Mapping[str, Any]) -> Any:
    """Return the struct that stands at a place such as `network.blocks[0]`."""
    kind: Any = System
    here: Any = table
    for part in filter(None, re.split(r"[.\[\]]+", place)):
        if part.isdigit():
            here = here[int(part)] if isinstance(here, list) and int(part) < len(here) else None
            continue
        here = here.get(part) if isinstance(here, Mapping) else None
        kind = next((f.type for f in msgspec.structs.fields(kind) if f.encode_name == part), None)
        kind = _struct_in(kind, here)
        if kind is None:
            break
    return kind


def _keys(struct: Any) -> list[str]:
    if struct is None:
        return []
    tag = struct.__struct_config__.tag_field
    return ([tag] if tag else []) + [f.encode_name for f in msgspec.structs.fields(struct)]


def _values(struct: Any, key: str) -> list[str]:
    """Return the names that a key of a struct may have: a literal's, or the tags of the kinds that stand there."""
    for field in msgspec.structs.fields(struct) if struct is not None else ():
        if field.encode_name == key:
            return [str(name) for name in _literals(field.type)] + _tags(field.type)
    return [
        tag
        for parent in _tables()
        for tag in _tags(parent)
        if struct is not None and str(struct.__struct_config__.tag) in _tags(parent)
    ]


def _tables() -> list[Any]:
    return [field.type for field in msgspec.structs.fields(System)]


def _literals(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return tuple(name for member in get_args(annotation) for name in _literals(member))


def _tags(annotation: Any) -> list[str]:
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        tag = annotation.__struct_config__.tag
        return [] if tag is None else [str(tag)]
    return [tag for member in get_args(annotation) for tag in _tags(member)]


def _struct_in(annotation: Any, here: Any) -> Any:
    """Return the struct that an annotation speaks of: itself, the union's member whose tag is written, or the list's item."""
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return annotation
    members = [member for a in get_args(annotation) if (member := _struct_in(a, here)) is not None]
    tag = here.get("kind") if isinstance(here, Mapping) else None
    for member in members:
        if member.__struct_config__.tag == tag:
            return member
    return members[0] if members else None
