"""`morelli systems`: what can be trained."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import msgspec
import typer

from morelli.systems.parameters import count_parameters
from morelli.systems.read import read_system, system_names


def command(
    name: Annotated[
        str | None, typer.Argument(help="A system's name or a TOML file; all of them where none is named.")
    ] = None,
    change: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a key of the system.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what can be trained, with parameters and published figures.

    Example: morelli systems triplet-cnn --json
    """
    found = [_describe(one, change or []) for one in ([name] if name else system_names())]
    if as_json:
        json.dump(found[0] if name else found, sys.stdout, indent=1, ensure_ascii=False)
        print()
    elif name:
        _print_one(found[0])
    else:
        width = max(len(one["name"]) for one in found)
        for one in found:
            print(f"{one['name']:{width}}  {one['parameters']['total']:>12,} parameters  {one['title']}")


def _describe(name: str, changes: list[str]) -> dict[str, Any]:
    system = read_system(name, changes=changes)
    table: dict[str, Any] = msgspec.to_builtins(system)
    return table | {"parameters": count_parameters(system)}


def _print_one(one: dict[str, Any]) -> None:
    print(f"{one['name']}: {one['title']}\n{one['source']}")
    if one["remarks"]:
        print(one["remarks"])
    print("\ntrainable parameters")
    for kind, count in one["parameters"].items():
        print(f"  {kind.replace('_', ' '):14} {count:>12,}")
    for title in ("view", "network", "objective", "sampling", "augmentation", "schedule", "published"):
        print(f"\n{title}" + ("" if one[title] else ": none"))
        for key, value in one[title].items():
            print(f"  {key:16} {_show(value)}")


def _show(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(map(_show, value)) if value and isinstance(value[0], dict) else ", ".join(map(_show, value))
    if isinstance(value, dict):
        return ", ".join(f"{v} {k}" for k, v in value.items())
    return "none" if value is None else str(value)
