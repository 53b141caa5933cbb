"""The book's figures, drawn with matplotlib.

Every figure is dark ink on a transparent ground, with no meaning carried by color alone. On a light page it stands as
it is; on a dark page the style sheet turns it over with `DARK_FILTER` (cell metadata: ``classes: ink dark-light``),
which keeps the hues. JupyterLab puts a light ground under a transparent picture by itself. The colors are chosen so
that text has a contrast of at least 4.5 to 1 both ways; a test computes it.

Sizes are given in inches of 100 CSS pixels. Every drawing function returns a `matplotlib.figure.Figure` and knows
nothing about notebooks; `setup` tells a notebook how to show one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import wraps
from io import BytesIO
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path
from PIL import Image

from .architectures import Block
from .errors import ShapeError
from .rules import repair
from .tracing import Row, trace

__all__ = [
    "DARK_FILTER",
    "INK",
    "block",
    "function_classes",
    "gradients",
    "jacobian_diagonal",
    "losses",
    "png",
    "setup",
]

INK = {
    "text": "#1d232b",
    "muted": "#505a66",
    "accent": "#a84a00",
    "blue": "#1f5fae",
    "plum": "#7a3e9d",
}
"""Colors of text and lines."""

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

# How each kind of network is drawn in every chart: by color, by dash and by its name at the end of the line.
_LINES = {"plain": (INK["plum"], "--"), "resnet": (INK["accent"], "-")}


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


# ---------------------------------------------------------------- ideas


Point = tuple[float, float]


def nearest(target: Point, center: Point, radii: Point) -> Point:
    """The point of an upright ellipse's edge that is nearest to the target."""
    angle = np.linspace(0, 2 * np.pi, 20_001)
    x, y = center[0] + radii[0] * np.cos(angle), center[1] + radii[1] * np.sin(angle)
    best = np.argmin((x - target[0]) ** 2 + (y - target[1]) ** 2)
    return float(x[best]), float(y[best])


APART = (((-1.35, 0.42), (0.8, 0.55)), ((-0.1, -0.35), (1.15, 0.6)), ((-1.05, -0.85), (1.5, 0.75)))
NESTED = (((-1.2, -0.55), (0.7, 0.45)), ((-0.85, -0.45), (1.2, 0.75)), ((-0.45, -0.3), (1.75, 1.1)))
TARGET = (1.05, 0.85)


def distances(classes: Sequence[tuple[Point, Point]]) -> list[float]:
    """How near each class of a drawing comes to `TARGET`."""
    return [float(np.hypot(*np.subtract(TARGET, nearest(TARGET, *shape)))) for shape in classes]


@styled
def function_classes() -> Figure:
    """Three classes of functions that grow, once apart and once nested, each with its nearest point to the target."""
    fig, axes = plt.subplots(1, 2, figsize=(5.4, 2.7))
    fig.subplots_adjust(0.01, 0.02, 0.99, 0.88, wspace=0.04)
    fills = ("#dbe7f5", "#e4ddef", "#fbe6cf")
    for ax, classes, title in zip(axes, (APART, NESTED), ("Larger, but not nested", "Nested")):
        ax.set(xlim=(-2.6, 1.6), ylim=(-1.75, 1.45), aspect="equal", title=title)
        ax.axis("off")
        order = np.argsort([-shape[1][0] * shape[1][1] for shape in classes])
        for index in order:
            center, (a, b) = classes[index]
            color = (INK["blue"], INK["plum"], INK["accent"])[index]
            ax.add_patch(Ellipse(center, 2 * a, 2 * b, facecolor=fills[index], edgecolor=color, alpha=0.85, zorder=1))
        for index, (center, radii) in enumerate(classes):
            color = (INK["blue"], INK["plum"], INK["accent"])[index]
            x, y = nearest(TARGET, center, radii)
            ax.plot([x, TARGET[0]], [y, TARGET[1]], ":", color=color, linewidth=1.4, zorder=3)
            ax.plot(x, y, marker=("o", "s", "^")[index], color=color, markersize=5.5, zorder=4)
            spot = center[0] - radii[0] * 0.62, center[1] - radii[1] * (0.3 if index == 0 else 0.55)
            if classes is NESTED:
                spot = center[0], center[1] + radii[1] - 0.19
            name = rf"$\mathcal{{F}}_{index + 1}$"
            ax.text(*spot, name, color=color, fontsize=12, ha="center", va="center", zorder=5)
        ax.plot(*TARGET, marker="*", color=INK["text"], markersize=11, zorder=5)
        ax.text(TARGET[0] + 0.14, TARGET[1] + 0.08, "$f^*$", fontsize=12, va="bottom")
    return fig


# ---------------------------------------------------------------- measurements


def _kind(name: str) -> tuple[str, str]:
    return next((style for kind, style in _LINES.items() if kind in name), (INK["blue"], "-."))


def _lines(ax: Axes, series: Mapping[str, Sequence[float]], start: int) -> None:
    """A line for each series; the deeper network of a kind is the thicker one."""
    depth = {name: int("".join(filter(str.isdigit, name)) or 0) for name in series}
    for name, values in series.items():
        color, dash = _kind(name)
        width = 2.4 if depth[name] == max(depth.values()) else 1.2
        label = name.replace("cifar-plain", "plain-").replace("cifar-resnet", "residual-")
        ax.plot(range(start, start + len(values)), values, dash, color=color, linewidth=width, label=label)
    ax.grid(axis="y")
    ax.set_axisbelow(True)


@styled
def losses(histories: Mapping[str, Sequence[float]], title: str = "") -> Figure:
    """Training loss by step, a line for each network."""
    fig, ax = plt.subplots(figsize=(5.4, 3.1))
    fig.subplots_adjust(0.1, 0.15, 0.98, 0.9)
    _lines(ax, histories, start=0)
    ax.set(xlabel="step", ylabel="training loss", title=title, xlim=(0, None), ylim=(0, None))
    ax.legend(frameon=False, loc="upper right", handlelength=3)
    return fig


@styled
def gradients(norms: Mapping[str, Sequence[float]], title: str = "") -> Figure:
    """Gradient norm by block, counted from the input, each relative to the network's last block; logarithmic."""
    fig, ax = plt.subplots(figsize=(5.4, 3.1))
    fig.subplots_adjust(0.12, 0.15, 0.98, 0.9)
    _lines(ax, {name: np.divide(values, values[-1]).tolist() for name, values in norms.items()}, start=1)
    ax.set(xlabel="block, counted from the input", ylabel="gradient / that of the last block")
    ax.set(yscale="log", title=title)
    ax.legend(frameon=False, loc="upper right", handlelength=3)
    return fig


@styled
def jacobian_diagonal(before: Sequence[float], after: Sequence[float]) -> Figure:
    """The diagonal of a block's Jacobian, before and after its last ReLU, as two histograms on one axis."""
    before, after = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    bins = np.arange(-6, 23) / 10
    fig, axes = plt.subplots(2, 1, figsize=(5.4, 3.9), sharex=True)
    fig.subplots_adjust(0.12, 0.12, 0.98, 0.93, hspace=0.38)
    for ax, values, title in zip(axes, (before, after), ("Before the last ReLU: 1 + F'", "After the last ReLU")):
        counts, _, bars = ax.hist(values, bins=bins, color=INK["blue"], edgecolor="white", linewidth=0.6)
        for bar, edge in zip(bars, bins):
            if edge < 1:
                bar.set(facecolor=PALE["accent"], edgecolor=INK["accent"], hatch="////", linewidth=0.6)
        ax.axvline(1, color=INK["text"], linewidth=1.4)
        ax.set(title=title, ylabel="entries", ylim=(0, counts.max() * 1.25))
        ax.text(1.05, ax.get_ylim()[1] * 0.97, "the skip's 1", va="top")
        share = (values < 1).mean()
        ax.text(0.93, ax.get_ylim()[1] * 0.97, f"{share:.0%} below 1", va="top", ha="right", color=INK["accent"])
    axes[1].set_xlabel("diagonal entry of the Jacobian")
    return fig


# ---------------------------------------------------------------- a block, from its trace

_PITCH, _NODE, _SKIP = 0.58, 0.36, 2.02  # inches: between rows, height of a node, how far out the skip runs


@styled
def block(what: Block, input_shape: Sequence[int]) -> Figure:
    """A block as a picture: the branch, the skip, and the shape after every operation, all from `trace`.

    Slabs are tensors on one scale: the face is the map, the depth the channels. Where the shapes do not meet, the skip
    breaks off, and the picture names the repair.

    Raises:
        ShapeError: if even the branch cannot take the shape.
    """
    branch, shortcut, problem = _sides(what, tuple(input_shape))
    rows = len(branch) + (3 if what.shortcut != "none" else 2)
    fig = plt.figure(figsize=(5.8, rows * _PITCH + 0.15))
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(-2.76, 3.04), ylim=(-(rows - 1) * _PITCH - 0.42, 0.38))
    ax.axis("off")
    level = iter(-_PITCH * i for i in range(rows))
    scale = _Scale([tuple(input_shape), *(row.output_shape for row in branch)])

    y = top = next(level)
    scale.draw(ax, y, tuple(input_shape))
    ax.text(0, y, "x", fontsize=13, ha="center", va="center", style="italic")
    before = tuple(input_shape)
    for row in branch:
        y, above = next(level), y
        _wire(ax, above, y)
        _node(ax, 0, y, _label(row, what))
        scale.draw(ax, y, row.output_shape, slab=row.output_shape != before)
        before = row.output_shape
    if what.shortcut != "none":
        y, above = next(level), y
        _wire(ax, above, y)
        _skip(ax, top, y, [_label(row, what) for row in shortcut], broken=problem is not None)
        ax.text(0, y, "+", fontsize=15, ha="center", va="center", zorder=6)
        ax.plot(0, y, "o", markersize=19, markerfacecolor=PALE["accent"], markeredgecolor=INK["accent"], zorder=5)
        if problem is not None:
            _mismatch(ax, (top + y) / 2, y, tuple(input_shape), branch[-1].output_shape)
            return fig
        scale.draw(ax, y, branch[-1].output_shape, slab=False)
    y, above = next(level), y
    _wire(ax, above, y)
    _node(ax, 0, y, "ReLU")
    scale.draw(ax, y, branch[-1].output_shape)
    return fig


def _sides(what: Block, shape: tuple[int, ...]) -> tuple[list[Row], list[Row], ShapeError | None]:
    """The rows of the branch and of the shortcut, and the error at the addition if they do not meet."""
    problem = None
    try:
        rows = list(trace(what, shape).rows)
    except ShapeError as error:
        if error.where != "add":
            raise
        problem, rows = error, list(trace(replace(what, shortcut="projection"), shape).rows)
    rows.pop()  # the last ReLU stands after the addition
    branch = [row for row in rows if not _on_shortcut(row, what) and row.op != "add"]
    shortcut = [] if problem else [row for row in rows if _on_shortcut(row, what)]
    return branch, shortcut, problem


def _on_shortcut(row: Row, what: Block) -> bool:
    return row.name.startswith("downsample") or (what.kind == "d2l" and row.name == "conv3")


def _times(shape: Sequence[int]) -> str:
    return "\u00d7".join(map(str, shape))


def _label(row: Row, what: Block) -> str:
    if row.op == "conv2d":
        small = _on_shortcut(row, what) or (what.kind == "bottleneck" and row.name != "conv2")
        strided = row.output_shape[1:] != row.input_shape[1:]
        channels = f"{row.input_shape[0]} \u2192 {row.output_shape[0]}"
        kernel = _times((1, 1) if small else (3, 3))
        return f"{kernel}, {channels}" + (f", stride {what.stride}" if strided else "")
    return {
        "batch_norm": "batch norm",
        "relu": "ReLU",
        "subsample": f"one pixel in {_times((what.stride, what.stride))}",
        "pad_channels": f"zeros: {row.input_shape[0]} \u2192 {row.output_shape[0]}",
    }[row.op]


class _Scale:
    """Draws slabs in one column, all on the scale that the largest of them sets."""

    def __init__(self, shapes: Sequence[tuple[int, ...]]) -> None:
        self.side = 0.37 / max(max(shape[1:]) for shape in shapes)
        self.depth = 0.17 / max(shape[0] for shape in shapes)

    def draw(self, ax: Axes, y: float, shape: tuple[int, ...], slab: bool = True) -> None:
        ax.text(-1.14, y, _times(shape), ha="right", va="center", fontsize=9, color=INK["text" if slab else "muted"])
        if not slab:
            return
        w, h, d = shape[2] * self.side, shape[1] * self.side, shape[0] * self.depth
        left, low = -2.36 - (w + d) / 2, y - (h + d) / 2
        line = {"edgecolor": INK["blue"], "linewidth": 0.9, "joinstyle": "round"}
        top = [(left, low + h), (left + w, low + h), (left + w + d, low + h + d), (left + d, low + h + d)]
        side = [(left + w, low), (left + w + d, low + d), (left + w + d, low + h + d), (left + w, low + h)]
        ax.add_patch(Polygon(top, facecolor=PALE["slab side"], **line))
        ax.add_patch(Polygon(side, facecolor=PALE["slab side"], **line))
        face = [(left, low), (left + w, low), (left + w, low + h), (left, low + h)]
        ax.add_patch(Polygon(face, facecolor=PALE["slab"], **line))


def _wire(ax: Axes, above: float, below: float) -> None:
    style = {"arrowstyle": "-|>", "color": INK["muted"], "linewidth": 1.2, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (0, below + _NODE / 2), (0, above - _NODE / 2), arrowprops=style)


def _node(ax: Axes, x: float, y: float, text: str, accent: bool = False) -> None:
    """A labelled node; one that sits on the skip is edged in the accent color."""
    half = 0.95
    face, edge = (PALE["accent"], INK["accent"]) if accent else (PALE["node"], INK["muted"])
    box = FancyBboxPatch((x - half, y - _NODE / 2), 2 * half, _NODE, boxstyle="round,pad=0,rounding_size=0.09")
    box.set(facecolor=face, edgecolor=edge, linewidth=1, zorder=5)
    ax.add_patch(box)
    ax.text(x, y, text, ha="center", va="center", fontsize=8.6, zorder=6)


def _skip(ax: Axes, top: float, y: float, labels: Sequence[str], broken: bool) -> None:
    """The skip, from x down to the addition, with its nodes; broken off where the shapes do not meet."""
    r, end, x = 0.22, 0.95 if broken else 0.45, _SKIP
    points = [(0.16, top), (x - r, top), (x, top), (x, top - r), (x, y + r), (x, y), (x - r, y), (end, y)]
    codes = [Path.MOVETO, Path.LINETO, Path.CURVE3, Path.CURVE3, Path.LINETO, Path.CURVE3, Path.CURVE3, Path.LINETO]
    accent = INK["accent"]
    ax.add_patch(PathPatch(Path(points, codes), facecolor="none", edgecolor=accent, linewidth=2.4, capstyle="butt"))
    if broken:
        ax.plot(0.78, y, "x", color=accent, markersize=9, markeredgewidth=2.4)
        return
    head = {"arrowstyle": "-|>", "color": accent, "linewidth": 2.4, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (0.16, y), (0.5, y), arrowprops=head)
    middle = (top + y) / 2
    if not labels:
        ax.text(x + 0.12, middle, "the skip:\nx as it is", color=accent, ha="left", va="center")
    for index, label in enumerate(labels):
        _node(ax, x, middle + ((len(labels) - 1) / 2 - index) * _PITCH, label, accent=True)


def _mismatch(ax: Axes, middle: float, y: float, have: tuple[int, ...], want: tuple[int, ...]) -> None:
    """What arrived on both sides of an addition that cannot be, and what would mend it."""
    style = {"color": INK["accent"], "va": "center"}
    ax.text(_SKIP + 0.14, middle, f"the skip\nbrings\n{_times(have)}", ha="left", **style)
    ax.text(-0.3, y, f"needs {_times(want)}", ha="right", **style)
    ax.text(0.18, y - 0.4, "Repair: " + repair(have, want).replace("->", "\u2192"), ha="center", weight="bold", **style)
