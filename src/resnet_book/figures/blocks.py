"""A block as a picture: its branch, its skip, and the shape after every operation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon
from matplotlib.path import Path

from ..architectures import Block
from ..errors import ShapeError
from ..rules import repair
from ..tracing import Row, trace
from .ink import INK, PALE, styled

__all__ = ["block"]

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
