"""The loss around a network, as contours, and along a line between two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from .fonts import MINUS
from .ink import INK, styled

__all__ = ["contours", "lines"]

LEVELS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
UNDER_THE_CROSS = 0.2
"""A line that keeps within this part of the axis has no number: it would lie under the cross."""


class Place(Protocol):
    """A measured point of a surface."""

    x: float
    y: float
    loss: float


def table(points: Sequence[Place]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The places along x and along y, and the losses, (rows, columns). Raises `ValueError` if points are missing."""
    xs, ys = (np.unique([getattr(point, axis) for point in points]) for axis in "xy")
    if len(points) != len(xs) * len(ys):
        raise ValueError(f"a surface of {len(xs)} x {len(ys)} places has {len(xs) * len(ys)} points, not {len(points)}")
    losses = np.full((len(ys), len(xs)), np.nan)
    for point in points:
        losses[np.searchsorted(ys, point.y), np.searchsorted(xs, point.x)] = point.loss
    return xs, ys, losses


def _tick(value: float, _: int) -> str:
    return f"{value:g}".replace("-", MINUS)


def _reach(parts: Sequence[np.ndarray]) -> float:
    """How far a line goes from the middle, at most; 0 for one that is not there."""
    return max((float(np.abs(part).max()) for part in parts if len(part)), default=0.0)


@styled
def contours(surfaces: Mapping[str, Sequence[Place]], levels: Sequence[float] = LEVELS) -> Figure:
    """Surfaces side by side, by title: lines of equal loss, each with its number; a cross where training ended.

    The levels are the same in all of them, so a wide gap is a flat region and a dense one a steep slope. Where the loss
    is infinite or no number nothing is drawn.
    """
    count = len(surfaces)
    fig, axes = plt.subplots(1, count, figsize=(5.8, 5.8 / max(count, 2) + 0.6), squeeze=False, sharey=True)
    fig.subplots_adjust(0.115, 0.15, 0.975, 0.88, wspace=0.12)
    for ax, (title, points) in zip(axes[0], surfaces.items()):
        xs, ys, losses = table(points)
        shown = np.ma.masked_invalid(losses)
        if shown.count() and shown.min() < max(levels) and shown.max() > min(levels):
            widths = np.linspace(1.6, 0.7, len(levels))
            lines = ax.contour(xs, ys, shown, levels=levels, colors=INK["blue"], linewidths=widths)
            numbered = [
                level for level, parts in zip(lines.levels, lines.allsegs) if _reach(parts) > UNDER_THE_CROSS * xs[-1]
            ]
            for number in ax.clabel(lines, numbered, fmt=lambda level: f"{level:g}", fontsize=7.5, colors=INK["text"]):
                number.set_clip_on(False)
        ax.plot(0, 0, "+", color=INK["accent"], markersize=9, markeredgewidth=1.8)
        ax.set(title=title, xlabel="first direction", aspect="equal")
        ax.set(xticks=(xs[0], 0, xs[-1]), yticks=(ys[0], 0, ys[-1]))
        ax.xaxis.set_major_formatter(_tick)
        ax.yaxis.set_major_formatter(_tick)
    axes[0][0].set_ylabel("second direction")
    return fig


@styled
def lines(series: Mapping[str, tuple[Sequence[float], Sequence[float]]], ylabel: str, title: str = "") -> Figure:
    """Curves over the way from one network (0) to another (1), by name: places and values."""
    fig, ax = plt.subplots(figsize=(5.4, 3.1))
    fig.subplots_adjust(0.12, 0.15, 0.98, 0.9)
    looks = zip((INK["plum"], INK["accent"], INK["blue"], INK["text"]), ("--", "-", "-.", ":"))
    for (name, (places, values)), (color, dash) in zip(series.items(), looks):
        ax.plot(places, values, dash, color=color, linewidth=1.8, label=name)
    ax.grid(axis="y")
    ax.set_axisbelow(True)
    ax.set(xlabel="place on the line", ylabel=ylabel, title=title)
    ax.legend(
        frameon=False, handlelength=3, loc="lower left", bbox_to_anchor=(0, 1), ncol=2, fontsize=8, borderaxespad=0.3
    )
    return fig
