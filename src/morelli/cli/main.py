"""The command line: finds the command's module and loads that one alone, so that `compare` pays for nothing else."""

from __future__ import annotations

import importlib
import io
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Annotated, Any

import typer

import morelli
from morelli.errors import MorelliError
from morelli.printable import printable

INTERRUPTED = 130

# command -> (module, one line of help); "data X" is a command of the group `data`.
COMMANDS = {
    "compare": ("compare", "Did the same artist paint these two pictures?"),
    "demo": ("demo", "Compare, explain and report: your own pictures, or made-up painters; no network."),
    "systems": ("systems", "What can be trained: parameters and published figures."),
    "train": ("train", "Train a system, calibrate it, export it."),
    "evaluate": ("evaluate", "Judge a model on artists it has not seen: tables, curves, a page."),
    "table": ("table", "Every system on one split and the same pairs, published figures beside ours."),
    "score": ("score", "Similarity and probability of every pair of a table."),
    "embed": ("embed", "Embeddings of pictures, as a table."),
    "calibrate": ("calibrate", "Can a model tell your artists apart? Then its calibration, on your own pictures."),
    "card": ("card", "What a model is, what it was trained on, what it reaches."),
    "show corners": ("show_corners", "A painting and its four corners, as a network reads them."),
    "show heatmap": ("show_heatmap", "Where in a painting a network sees what it sees."),
    "show focus": ("show_focus", "How small the regions are that backbones look at."),
    "show diagram": ("show_diagram", "A system's network, drawn from its file."),
    "data stats": ("data_stats", "Paintings per artist and per style."),
    "data audit": ("data_audit", "What is wrong with the files; a cleaned catalogue."),
    "data split": ("data_split", "Who is in which part."),
    "data studio": ("data_studio", "Made-up painters."),
    "kaggle submit": ("kaggle_submit", "Score every pair of Painter by Numbers."),
}
GROUPS = {
    "show": "Pictures of what a network sees: corners, heatmap, focus, diagram.",
    "data": "Catalogues: stats, audit, split, studio.",
    "kaggle": "The competition Painter by Numbers: submit.",
}


def find_command(words: Sequence[str]) -> tuple[str, list[str]]:
    """Return the command that the words begin with (empty where none does) and the words after it."""
    for length in (2, 1):
        name = " ".join(words[:length])
        if len(words) >= length and name in COMMANDS:
            return name, list(words[length:])
    return "", list(words)


def build(name: str) -> typer.Typer:
    """Return the application of one command alone; of all of them where the name is empty."""
    app = typer.Typer(
        name="morelli",
        help=(morelli.__doc__ or "").splitlines()[0],
        add_completion=False,
        no_args_is_help=not name,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    if name:
        app.command()(_function(name))
        return app
    groups = {group: typer.Typer(no_args_is_help=True, help=text) for group, text in GROUPS.items()}
    for full, (_, text) in COMMANDS.items():
        group, _, last = full.rpartition(" ")
        (groups[group] if group else app).command(name=last, short_help=text)(_function(full))
    for group, commands in groups.items():
        app.add_typer(commands, name=group)
    app.callback()(_top)
    return app


def _function(name: str) -> Callable[..., None]:
    function: Callable[..., None] = importlib.import_module(f"morelli.cli.{COMMANDS[name][0]}").command
    return function


def _top(
    version: Annotated[bool, typer.Option("--version", is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    """Did the same artist paint these two pictures? A calibrated answer, for artists never seen before."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0, 1 (could not), 2 (words are off), 130 (interrupted, by Ctrl-C or by a signal to end)."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words == ["--version"]:
        print(f"morelli {morelli.__version__}")
        sys.exit(0)
    name, rest = find_command(words)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a name that the terminal cannot show is shown by its numbers
            stream.reconfigure(errors="backslashreplace")
    # OpenVINO loads its tools of conversion, and their telemetry, wherever it can: half of its start, and not needed here.
    sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type]
    try:
        with _ending_as_by_ctrl_c():
            try:
                build(name)(args=rest, prog_name=f"morelli {name}".strip())
            finally:
                sys.stdout.flush()  # a full disk is told here, not by Python when it ends
    except MorelliError as err:
        print(f"morelli: {printable(str(err))}", file=sys.stderr)
        sys.exit(1)
    except SystemExit as end:
        if end.code == INTERRUPTED:
            print("morelli: interrupted; nothing half-written was left", file=sys.stderr)
        raise
    except KeyboardInterrupt:
        print("morelli: interrupted; nothing half-written was left", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as err:
        print(f"morelli: {f'{err.filename}: ' if err.filename else ''}{err.strerror or err}", file=sys.stderr)
        with suppress(OSError):
            sys.stdout.close()
        sys.exit(1)


@contextmanager
def _ending_as_by_ctrl_c() -> Iterator[None]:
    """Take a signal to end, such as a batch system's or that of a closed terminal, as Ctrl-C: what is half-written is removed."""
    former: dict[int, Any] = {}
    try:
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # not where nohup ignores it
                former[number] = signal.signal(number, signal.default_int_handler)
    except ValueError:
        pass  # not in the main thread: signals are another's
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
