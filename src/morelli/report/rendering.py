"""How pages are made of their templates: everything escaped, a name that is not there an error."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jinja2


def template_environment(folder: Path) -> jinja2.Environment:
    """Return what reads the templates of a folder, with the filter `unbroken`."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["unbroken"] = unbroken
    return environment


def unbroken(text: str) -> str:
    r"""Return a text whose figures and intervals stay on one line.

    >>> unbroken("AUC 0.7 [0.6, 0.8]")
    'AUC 0.7\xa0[0.6,\xa00.8]'
    >>> unbroken("a fall of 0.1 [−0.2, +0.4]")
    'a fall of 0.1\xa0[−0.2,\xa0+0.4]'
    """
    return re.sub(r"(?<=\d) (?=\[)|(?<=\d,) (?=[-−+\d.]+\])", "\u00a0", text)
