"""From matplotlib figures to pictures: SVG that stands inside a page and follows its colours, or files of its own.

Figures are plain objects (no pyplot, no state that outlives a call), and the same figure gives the same bytes.
"""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from morelli.report.palette import COLOURS, INK, MUTED, PAPER, RULE, SERIES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PIXELS_AN_INCH = 72.0  # matplotlib's SVG unit is a point: one inch is 72 of the viewBox's units
PNG_DPI = 160
_OTHER_SCRIPTS = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "WenQuanYi Zen Hei", "Hiragino Sans", "PingFang SC", "Apple SD Gothic Neo",
    "Yu Gothic", "Microsoft YaHei", "Malgun Gothic", "Noto Sans Devanagari", "Arial Unicode MS",
)  # fmt: skip


def _families() -> list[str]:
    """Return DejaVu Sans, and of fonts for names in other scripts, which it has no letters for, those that this machine has."""
    from matplotlib import font_manager

    here = set(font_manager.get_font_names())
    return ["DejaVu Sans", *(font for font in _OTHER_SCRIPTS if font in here)]


@contextmanager
def drawing_style() -> Iterator[None]:
    """Hold matplotlib's settings to ours while a figure is made or written, and put the caller's back."""
    import matplotlib

    settings: Any = {
        "svg.fonttype": "none",  # words stay words: searchable, read aloud, in the page's own type
        "svg.hashsalt": "morelli",  # the same ids for the same figure
        "text.parse_math": False,  # a name with a dollar sign is a name
        "font.family": _families(),
        "font.size": 11.0,
        "axes.edgecolor": MUTED.light,
        "axes.labelcolor": INK.light,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.unicode_minus": True,
        "xtick.color": MUTED.light,
        "ytick.color": MUTED.light,
        "text.color": INK.light,
        "grid.color": RULE.light,
        "grid.linewidth": 0.6,
        "legend.frameon": False,
        "hatch.linewidth": 0.6,
    }
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # the reader's fonts draw it, not ours
        yield


def figure_of(*, width: float, height: float) -> Figure:
    """Return an empty figure of `width` x `height` CSS pixels. Call inside `drawing_style`."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width / PIXELS_AN_INCH, height / PIXELS_AN_INCH), layout="constrained")


def panel(*, width: float = 360.0, height: float = 260.0) -> tuple[Figure, Axes]:
    """Return a figure of `width` x `height` CSS pixels with one set of axes. Call inside `drawing_style`."""
    figure = figure_of(width=width, height=height)
    return figure, figure.add_subplot()


def stacked_panel(*, height: float, ratios: tuple[float, float], width: float = 360.0) -> tuple[Figure, list[Axes]]:
    """Return a figure with two sets of axes, one below the other, that share their x. Call inside `drawing_style`."""
    figure = figure_of(width=width, height=height)
    return figure, list(figure.subplots(2, 1, height_ratios=ratios, sharex=True))


def inline_svg(figure: Figure, *, name: str, title: str, description: str) -> str:
    """Return a figure as an `<svg>` element for an HTML page. Call inside `drawing_style`.

    Its colours become the page's CSS variables (so that it follows light and dark), its ids start with `name` (so that
    several stand on one page), its words take the page's font, and nothing in it is an address. `title` and
    `description` are for screen readers.
    """
    figure.patch.set_visible(False)
    for axes in figure.axes:
        axes.patch.set_visible(False)
    text = svg_text(figure)
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = text[text.index("<svg") :]
    body = re.sub(r"\s+", " ", text[text.index(">") + 1 : text.rindex("</svg>")])
    body = re.sub(r"<style[^>]*>.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r'<g id="[^"]*">', "<g>", body)
    body = re.sub(r'\bid="', f'id="{name}-', body)
    body = body.replace('xlink:href="#', f'href="#{name}-').replace("url(#", f"url(#{name}-")
    body = re.sub(r"font: (?:[a-z]+ )*([\d.]+px) [^;\"]+", r"font-size: \1", body)  # matplotlib before 3.11
    body = re.sub(r" ?font-family: [^;\"]+;?", "", body)
    for colour in (*COLOURS, *SERIES):
        body = body.replace(colour.light, f"var(--{colour.name})")
    width, height = figure.get_size_inches() * PIXELS_AN_INCH
    return (
        f'<svg class="figure" role="img" aria-labelledby="{name}-title {name}-desc" viewBox="0 0 {width:g} {height:g}"'
        f' width="{width:g}" height="{height:g}"><title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(description)}</desc>{body.strip()}</svg>'
    )


def svg_text(figure: Figure) -> str:
    """Return a figure as the text of an SVG file, without a date. Call inside `drawing_style`."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def file_bytes(figure: Figure, *, kind: Literal["svg", "png"]) -> bytes:
    """Return a figure as a file of its own, on paper white. Call inside `drawing_style`."""
    figure.patch.set_facecolor(PAPER.light)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(w_pad=0.12, h_pad=0.12)  # type: ignore[call-arg]
    for axes in figure.axes:
        axes.patch.set_facecolor(PAPER.light)
    if kind == "svg":
        return svg_text(figure).encode("utf-8", errors="backslashreplace")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return buffer.getvalue()


def label_text(text: str, *, longest: int = 40) -> str:
    r"""Return a catalogue's words fit for a figure: one line, no control characters, at most `longest` characters.

    >>> label_text("Post-\nImpressionism\x00")
    'Post- Impressionism�'
    """
    line = " ".join(text.split())
    shown = "".join("\ufffd" if unicodedata.category(letter) in ("Cc", "Cs") else letter for letter in line)
    return shown if len(shown) <= longest else shown[: longest - 1].rstrip() + "…"
