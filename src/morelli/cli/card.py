"""`morelli card`: what a model says of itself."""

from __future__ import annotations

from typing import Annotated

import typer

from morelli.cli.options import MODEL_HELP
from morelli.errors import ModelError


def command(
    model: Annotated[str, typer.Argument(metavar="MODEL", help=MODEL_HELP)],
    as_json: Annotated[bool, typer.Option("--json", help="Print the model's description as JSON.")] = False,
) -> None:
    """What a model is, what it was trained on, what it reaches.

    Example: morelli card my-model
    """
    import msgspec

    from morelli.model.folder import CARD, open_model_folder

    folder = open_model_folder(model)
    if as_json:
        print(msgspec.json.format(msgspec.json.encode(folder.description), indent=1).decode())
    else:
        try:
            text = folder.read(CARD).decode()
        except UnicodeDecodeError as err:
            raise ModelError(
                f"{folder.path / CARD}: not UTF-8 text (byte {err.start}); copy the model folder again"
            ) from err
        # Control characters of a model from elsewhere must not reach the terminal.
        print("".join(c if c.isprintable() or c in "\n\t" else repr(c)[1:-1] for c in text))
