"""What all figures share: ink, style, and the form in which a notebook stores them.

Every figure is dark ink on a transparent ground, with no meaning carried by color alone. On a light page it stands as
it is; on a dark page the style sheet turns it over with `DARK_FILTER` (cell metadata: ``classes: ink dark-light``),
which keeps the hues. JupyterLab puts a light ground under a transparent picture by itself. The colors are chosen so
that text has a contrast of at least 4.5 to 1 both ways; a test computes it.

Sizes are given in inches of 100 CSS pixels. Every drawing function returns a `matplotlib.figure.Figure` and knows
nothing about notebooks; `setup` tells a notebook how to show one.
"""

from __future__ import annotations

from functools import wraps
from io import BytesIO
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from PIL import Image

__all__ = ["DARK_FILTER", "DPI", "INK", "KINDS", "PALE", "png", "setup", "styled"]

INK = {
    "text": "#1d232b",
    "muted": "#505a66",
    "accent": "#a84a00",
    "blue": "#1f5fae",
    "plum": "#7a3e9d",
    "green": "#1c6b3a",
}
"""Colors of text and lines."""

KINDS = {"plain": INK["plum"], "residual": INK["accent"], "other": INK["blue"]}
"""Colors of networks, the same in every figure that tells plain ones from residual ones and from a third kind."""

DARK_FILTER = "invert(1) hue-rotate(180deg)"
"""The CSS filter that shows a figure on a dark page."""

PALE = {"slab": "#dbe7f5", "slab side": "#b3cae6", "node": "#f4f6f8", "accent": "#fbe6cf"}
DPI = 100

_STYLE: dict[str, Any] = {
    "figure.dpi": DPI,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": INK["muted"],
    "axes.labelcolor": INK["text"],
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlecolor": INK["text"],
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.unicode_minus": True,
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "grid.color": "#9aa4b0",
    "grid.linewidth": 0.5,
    "text.color": INK["text"],
    "xtick.color": INK["muted"],
    "ytick.color": INK["muted"],
    "xtick.labelcolor": INK["text"],
    "ytick.labelcolor": INK["text"],
}


def png(figure: Figure) -> tuple[bytes, dict[str, int]]:
    """A figure as a picture of twice its size in pixels, 64 colors (256 for a photograph), and its size on the page."""
    colors = 256 if any(ax.images for ax in figure.axes) else 64
    width, height = (round(inches * DPI) for inches in figure.get_size_inches())
    raw, small = BytesIO(), BytesIO()
    figure.savefig(raw, format="png", dpi=2 * DPI)
    with Image.open(raw) as picture:
        picture.convert("RGBA").quantize(colors, Image.Quantize.FASTOCTREE).save(small, format="png", optimize=True)
    return small.getvalue(), {"width": width, "height": height}


def setup() -> None:
    """Have a notebook show every figure as `png` draws it. Without IPython it does nothing."""
    try:
        import matplotlib_inline.backend_inline  # noqa: F401  (it sets its own format when first loaded: so load it now)
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is not None:
        shell.display_formatter.formatters["image/png"].for_type(Figure, png)


def styled(draw):
    """Draw in the book's style, and leave the reader's own as it was."""

    @wraps(draw)
    def drawn(*args: Any, **kwargs: Any) -> Figure:
        with mpl.rc_context(_STYLE):
            return draw(*args, **kwargs)

    return drawn
