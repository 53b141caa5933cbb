"""What depth buys: accuracy against what a network costs, and the line that nothing beats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from ..reports import pareto
from .ink import INK, styled

__all__ = ["Point", "tradeoff"]

MARKERS = ("o", "s", "^", "D", "v", "P")
FROM_THE_RIGHT = 0.85  # of the width: what stands farther right has its name at its left
COLORS = (INK["accent"], INK["blue"], INK["plum"], INK["muted"])


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
    low, high = min(point.cost for point in points), max(point.cost for point in points)
    edge = low ** (1 - FROM_THE_RIGHT) * high**FROM_THE_RIGHT
    line = [points[place] for place in pareto([(point.cost, point.accuracy) for point in points])]
    ax.step([p.cost for p in line], [p.accuracy for p in line], where="post", color=INK["muted"], linewidth=0.9)
    for index, group in enumerate(dict.fromkeys(point.group for point in points)):
        same = [point for point in points if point.group == group]
        color, marker = COLORS[index % len(COLORS)], MARKERS[index % len(MARKERS)]
        ax.vlines([p.cost for p in same], [p.low for p in same], [p.high for p in same], color=color, linewidth=1.2)
        ax.plot([p.cost for p in same], [p.accuracy for p in same], marker, color=color, markersize=6, label=group)
        for p in same:
            side = {"ha": "right", "xytext": (-5, -10)} if p.cost > edge else {"xytext": (5, -10)}
            ax.annotate(p.name, (p.cost, p.accuracy), textcoords="offset points", color=color, fontsize=8.5, **side)
    ax.set(xscale="log", xlabel=cost, ylabel="test accuracy, %")
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    ax.margins(x=0.14, y=0.1)
    ax.grid(axis="y")
    ax.set_axisbelow(True)
    ax.legend(frameon=False, loc="lower right")
    return fig
