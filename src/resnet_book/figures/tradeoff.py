"""What depth buys: accuracy against what a network costs, and the line that nothing beats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.ticker import LogLocator
from matplotlib.transforms import Bbox

from ..reports import pareto
from .ink import INK, KINDS, styled

__all__ = ["Point", "tradeoff"]

LOOKS = {"plain": (KINDS["plain"], "o"), "residual": (KINDS["residual"], "s"), "wide": (KINDS["other"], "^")}
"""Color and marker of the groups that other figures show, too."""
OTHERS = ((INK["accent"], "o"), (INK["blue"], "s"), (INK["plum"], "^"), (INK["muted"], "D"))
SIDES = (("left", 5, -10), ("right", -5, -10), ("left", 5, 3), ("right", -5, 3), ("left", 5, -21), ("right", -5, -21))
"""Where a name can stand beside its mark: which end of it is near, and points to the right and up."""
FAR = tuple(("left" if right > 0 else "right", right, up) for right in (14, -14, 45, -45) for up in (-36, 18, -50, 32))
"""Farther away, with a thin line to the mark."""


@dataclass(frozen=True)
class Point:
    """A network in the picture.

    Attributes:
        name: written beside it.
        group: what it belongs to; a color and a marker each.
        cost: parameters, MACs or seconds.
        accuracy: in per cent, the mean of its runs.
        low, high: the least and the largest of them.
    """

    name: str
    group: str
    cost: float
    accuracy: float
    low: float
    high: float


def _name(ax: Axes, named: Sequence[tuple[Point, str]], taken: list[Bbox]) -> None:
    """Write each name, in its color, at the first place near its mark where it covers no other name and no mark; the
    first of all if there is none."""
    frame = ax.get_window_extent()
    for point, color in named:
        for place in (*SIDES, *FAR, SIDES[0]):
            text = _write(ax, point, color, place)
            box = text.get_window_extent().padded(1)
            inside = frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
            if inside and not box.count_overlaps(taken):
                break
            text.remove()
        else:
            _write(ax, point, color, place)
        taken.append(box)
        if place in FAR:
            text.remove()
            _write(ax, point, color, place, {"arrowstyle": "-", "color": color, "linewidth": 0.6, "shrinkB": 3})


def _write(ax: Axes, point: Point, color: str, place: tuple[str, int, int], line: dict | None = None) -> Annotation:
    ha, *offset = place
    return ax.annotate(
        point.name, (point.cost, point.accuracy), offset, textcoords="offset points", ha=ha, color=color, fontsize=8.5,
        arrowprops=line,
    )  # fmt: skip


@styled
def tradeoff(points: Sequence[Point], cost: str) -> Figure:
    """Accuracy by cost, on a logarithmic axis: a mark for each network, from its worst run to its best a thin line, and
    a step line through those that no other beats at no greater cost.

    Args:
        points: the networks.
        cost: what is on the axis, with its unit.
    """
    fig, ax = plt.subplots(figsize=(5.8, 3.4))
    fig.subplots_adjust(0.11, 0.14, 0.97, 0.97)
    line = [points[place] for place in pareto([(point.cost, point.accuracy) for point in points])]
    ax.step([p.cost for p in line], [p.accuracy for p in line], where="post", color=INK["muted"], linewidth=0.9)
    named, others = [], iter(OTHERS)
    for group in dict.fromkeys(point.group for point in points):
        same = [point for point in points if point.group == group]
        color, marker = LOOKS.get(group) or next(others, OTHERS[-1])
        ax.vlines([p.cost for p in same], [p.low for p in same], [p.high for p in same], color=color, linewidth=1.2)
        ax.plot([p.cost for p in same], [p.accuracy for p in same], marker, color=color, markersize=6, label=group)
        named += [(p, color) for p in same]
    ax.set(xscale="log", xlabel=cost, ylabel="test accuracy, %")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    ax.xaxis.set_minor_formatter(lambda *_: "")
    ax.margins(x=0.14, y=0.1)
    ax.grid(axis="y")
    ax.set_axisbelow(True)
    legend = ax.legend(frameon=False, loc="best")
    fig.canvas.draw()  # only now is it known where everything stands
    marks = ax.transData.transform([(p.cost, p.accuracy) for p in points])
    half = 3 / 72 * fig.dpi
    taken = [Bbox.from_extents(x - half, y - half, x + half, y + half) for x, y in marks]
    _name(ax, named, [*taken, legend.get_window_extent()])
    return fig
