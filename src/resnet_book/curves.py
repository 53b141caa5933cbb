"""The figures of the chapter on training; the ground rules are those of `plots`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from .fonts import MINUS
from .plots import INK, PALE, styled
from .reports import Bin

__all__ = ["calibration", "classes", "differences", "race", "schedules", "sides"]

# Recipes are told by dash and color.
_RECIPES = {"d2l": (INK["plum"], "--", "s"), "book": (INK["accent"], "-", "o")}
_OTHER = (INK["blue"], ":", "^")


@styled
def classes(pictures: np.ndarray, labels: np.ndarray, names: Sequence[str], rows: int = 4) -> Figure:
    """The first few pictures of every class, a column for each; dark where a picture is bright, as ink on paper.

    Args:
        pictures: (N, H, W) uint8.
        labels: (N,), positions in `names`.
        names: of the classes.
        rows: pictures of each class.
    """
    fig, axes = plt.subplots(rows, len(names), figsize=(6.4, 0.64 * rows + 0.42))
    fig.subplots_adjust(0.004, 0.01, 0.996, 1 - 0.4 / (0.64 * rows + 0.42), wspace=0.06, hspace=0.06)
    for k, name in enumerate(names):
        for ax, picture in zip(axes[:, k], pictures[labels == k][:rows]):
            ax.imshow(picture, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
            ax.axis("off")
        axes[0, k].set_title(name.replace("/", "/\n").replace(" ", "\n"), fontsize=8, loc="center", pad=3)
    return fig


@styled
def sides(sizes: Mapping[int, np.ndarray], notes: Mapping[int, str]) -> Figure:
    """One picture at several sizes, each drawn equally large, so that its pixels can be compared.

    Args:
        sizes: side to picture, (side, side).
        notes: what stands below each.
    """
    fig, axes = plt.subplots(1, len(sizes), figsize=(1.55 * len(sizes), 2.1))
    fig.subplots_adjust(0.01, 0.2, 0.99, 0.88, wspace=0.08)
    for ax, (side, picture) in zip(axes, sizes.items()):
        ax.imshow(picture, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
        ax.set_title(f"{side} × {side}", loc="center")
        ax.set(xticks=[], yticks=[])
        for spine in ax.spines.values():
            spine.set_visible(False)
        ax.set_xlabel(notes[side], fontsize=8.5)
    return fig


@styled
def schedules(rates: Mapping[str, Sequence[tuple[float, float]]]) -> Figure:
    """Learning rate by epoch, a line for each recipe: points (epochs done, rate)."""
    fig, ax = plt.subplots(figsize=(5.4, 2.5))
    fig.subplots_adjust(0.12, 0.19, 0.9, 0.97)
    for name, points in rates.items():
        color, dash, _ = _RECIPES.get(name, _OTHER)
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
        color, dash, marker = _RECIPES.get(name, _OTHER)
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


@styled
def calibration(runs: Mapping[str, Sequence[Bin]]) -> Figure:
    """Accuracy by confidence, beside the diagonal of a network that is as sure as it is right, and how many pictures
    each bin has; a panel for each run."""
    fig, axes = plt.subplots(
        2, len(runs), figsize=(3.1 * len(runs), 3.7), sharex=True, squeeze=False, height_ratios=(3, 1)
    )
    fig.subplots_adjust(0.8 / (3.1 * len(runs)), 0.13, 0.985, 0.92, hspace=0.12, wspace=0.28)
    for (above, below), (name, bins) in zip(axes.T, runs.items()):
        color, _, marker = _RECIPES.get(name.split(",")[0], _OTHER)
        above.plot((0, 1), (0, 1), color=INK["muted"], linewidth=0.9)
        for one in bins:
            above.plot([one.confidence] * 2, [one.confidence, one.accuracy], color=color, linewidth=1)
        above.plot([b.confidence for b in bins], [b.accuracy for b in bins], marker, color=color, markersize=5)
        above.set(title=name, xlim=(0, 1.02), ylim=(0, 1.02))
        below.bar(
            [(b.low + b.high) / 2 for b in bins], [b.count for b in bins], 0.09, facecolor=PALE["slab side"],
            edgecolor=INK["blue"],
        )  # fmt: skip
        below.set(yscale="log", xlabel="confidence", ylim=(1, None))
        below.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        below.minorticks_off()
    axes[0, 0].set_ylabel("accuracy")
    axes[1, 0].set_ylabel("pictures")
    return fig
