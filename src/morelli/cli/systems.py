"""`morelli systems`: what can be trained."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import msgspec
import typer

from morelli.systems.networks import FineTuned
from morelli.systems.parameters import count_parameters, count_stages, what_is_not_counted
from morelli.systems.read import read_system, system_names


def command(
    name: Annotated[
        str | None, typer.Argument(help="A system's name or a TOML file; all of them where none is named.")
    ] = None,
    artists: Annotated[
        int | None,
        typer.Option(
            min=2, metavar="N", help="Training artists, for whom classifiers have an output each (the report: 1584)."
        ),
    ] = None,
    change: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the system.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what can be trained, with parameters and published figures.

    Example: morelli systems triplet-cnn --json
    """
    found = [_describe(one, change or [], artists) for one in ([name] if name else system_names())]
    if as_json:
        json.dump(found[0] if name else found, sys.stdout, indent=1, ensure_ascii=False)
        print()
    elif name:
        _print_one(found[0])
    else:
        width = max(len(one["name"]) for one in found)
        for one in found:
            more = "+" if one["not_counted"] else " "
            print(f"{one['name']:{width}}  {one['parameters']['total']:>12,}{more} parameters  {one['title']}")
        if any(one["not_counted"] for one in found):
            print(
                "+ and the outputs, one for each training artist: say how many with --artists; or a backbone that is tuned"
            )


def _describe(name: str, changes: list[str], artists: int | None) -> dict[str, Any]:
    system = read_system(name, changes=changes)
    table: dict[str, Any] = msgspec.to_builtins(system)
    network = system.network
    stages = count_stages(network, artists=artists) if isinstance(network, FineTuned) else []
    return table | {
        "parameters": count_parameters(system, artists=artists),
        "stages": [counts | {"total": sum(counts.values())} for counts in stages],
        "not_counted": what_is_not_counted(system, artists=artists),
    }


def _print_one(one: dict[str, Any]) -> None:
    print(f"{one['name']}: {one['title']}\n{one['source']}")
    if one["remarks"]:
        print(one["remarks"])
    for number, counts in enumerate(one["stages"], 1):
        _print_counts(f"trainable parameters of stage {number}", counts)
    _print_counts("trainable parameters" + (" in the end" if one["stages"] else ""), one["parameters"])
    if one["not_counted"]:
        print(f"  {one['not_counted']}")
    for title in ("view", "network", "objective", "sampling", "augmentation", "schedule", "cohort", "published"):
        print(f"\n{title}" + ("" if one[title] else ": none"))
        for key, value in (one[title] or {}).items():
            print(f"  {key:16} {_show(value)}")
    print(f"\nsimilarity: {one['similarity']}; precision: {one['precision']}")


def _print_counts(title: str, counts: dict[str, int]) -> None:
    print(f"\n{title}")
    for kind, count in counts.items():
        print(f"  {kind.replace('_', ' '):14} {count:>12,}")


def _show(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(map(_show, value)) if value and isinstance(value[0], dict) else ", ".join(map(_show, value))
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')} {_show(v)}" for key, v in value.items() if v not in ((), []))
    return "none" if value is None else str(value)
