"""Recipes side by side: learning rates, what a change does to the score, and accuracy by time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from .fonts import MINUS
from .ink import INK, PALE, styled

__all__ = ["differences", "look", "race", "schedules"]

# Recipes are told by dash and color.
_RECIPES = {
    "d2l": (INK["plum"], "--", "s"),
    "d2l-2023": (INK["text"], "-.", "D"),
    "book": (INK["accent"], "-", "o"),
}
_OTHER = (INK["blue"], ":", "^")


def look(recipe: str) -> tuple[str, str, str]:
    """How a recipe is drawn in every figure: color, dash, marker."""
    return _RECIPES.get(recipe, _OTHER)


@styled
def schedules(rates: Mapping[str, Sequence[tuple[float, float]]]) -> Figure:
    """Learning rate by epoch, a line for each recipe: points (epochs done, rate)."""
    fig, ax = plt.subplots(figsize=(5.4, 2.5))
    fig.subplots_adjust(0.12, 0.19, 0.9, 0.97)
    for name, points in rates.items():
        color, dash, _ = look(name)
        x, y = zip(*points)
        ax.plot(x, y, dash, color=color, linewidth=1.8)
        ax.annotate(name, (x[-1], y[-1]), (6, 0), textcoords="offset points", va="center", color=color)
    ax.set(xlabel="epochs done", ylabel="learning rate", xlim=(0, x[-1]), ylim=(0, None))
    return fig


@styled
def differences(scores: Mapping[str, Sequence[float]], base: str) -> Figure:
    """What happens to the score when a recipe is changed: each run a dot, relative to the mean of `base`, in points.

    Args:
        scores: of the runs, by name of the change; `base` among them.
        base: the recipe that is changed.
    """
    zero = float(np.mean(scores[base]))
    others = sorted((name for name in scores if name != base), key=lambda name: -np.mean(scores[name]))
    order = [base, *others]
    spread = [100 * (value - zero) for value in scores[base]]
    fig, ax = plt.subplots(figsize=(5.8, 0.36 * len(order) + 0.75))
    fig.subplots_adjust(0.33, 0.55 / (0.36 * len(order) + 0.75), 0.97, 0.98)
    ax.axvspan(min(spread), max(spread), color=PALE["slab"], linewidth=0)
    ax.axvline(0, color=INK["muted"], linewidth=0.8)
    for row, name in enumerate(order):
        values = [100 * (value - zero) for value in scores[name]]
        color, marker = (INK["blue"], "o") if name == base else (INK["accent"], "D")
        ax.plot(
            values, [row] * len(values), marker, color=color, markersize=5, markerfacecolor="none", markeredgewidth=1.2
        )
        ax.plot([np.mean(values)] * 2, [row - 0.26, row + 0.26], color=color, linewidth=2.2)
    ax.set(yticks=range(len(order)), yticklabels=order, ylim=(len(order) - 0.4, -0.6))
    ax.set_xlabel(f"accuracy, percentage points from the mean of {base}")
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:+g}".replace("-", MINUS) if value else "0")
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    ax.set_axisbelow(True)
    return fig


@styled
def race(runs: Mapping[str, Sequence[Sequence[tuple[float, float]]]], goal: float) -> Figure:
    """Accuracy by time, each run a line with a mark for each epoch; the last one is filled, since it is the result.

    Args:
        runs: of each recipe, its runs as points (minutes, accuracy).
        goal: an accuracy to draw a line at.
    """
    fig, ax = plt.subplots(figsize=(5.8, 3.3))
    fig.subplots_adjust(0.12, 0.15, 0.97, 0.97)
    ax.axhline(100 * goal, color=INK["muted"], linewidth=0.8)
    for name, same in runs.items():
        color, dash, marker = look(name)
        for points in same:
            minutes, scores = [x for x, _ in points], [100 * y for _, y in points]
            ax.plot(minutes, scores, dash, color=color, linewidth=1.2, marker=marker, markersize=4,
                    markerfacecolor="none", label=name if points is same[0] else None)  # fmt: skip
            ax.plot(minutes[-1], scores[-1], marker, color=color, markersize=6)
    ax.set(xscale="log", xlabel="minutes of training", ylabel="test accuracy, %")
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_xticks([1, 2, 5, 10, 20, 50, 100])
    ax.minorticks_off()
    ax.grid(True, axis="y")
    ax.set_axisbelow(True)
    ax.legend(loc="lower right", frameon=False)
    return fig
