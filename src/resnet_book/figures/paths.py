"""The paths through a residual network by their length, and how large F(x) is beside x by block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from .ink import INK, styled

__all__ = ["changes", "path_lengths"]


@styled
def path_lengths(rows: Sequence[Any]) -> Figure:
    """How many paths there are of each length, the gradient along one of them, and that of all of them together.

    Args:
        rows: what `experiments.paths.path_gradients` gives.
    """
    panels = [
        ("Number of paths", "count"),
        ("Gradient along one path", "alone"),
        ("Gradient of all of them", "together"),
    ]
    fig, axes = plt.subplots(1, 3, figsize=(5.8, 2.2))
    fig.subplots_adjust(0.09, 0.2, 0.99, 0.86, wspace=0.3)
    for ax, (title, field) in zip(axes, panels):
        values = [getattr(row, field) for row in rows]
        color = INK["muted"] if field == "count" else INK["accent"]
        ax.bar([row.length for row in rows], [value / max(values) for value in values], color=color, width=0.7)
        ax.set_title(title, fontsize=9)
        ax.set(xlabel="branches on the path", xticks=[row.length for row in rows], ylim=(0, 1.05), yticks=[0, 0.5, 1])
        ax.tick_params(labelsize=7.5)
        ax.xaxis.label.set_size(8)
        ax.grid(axis="y")
        ax.set_axisbelow(True)
    axes[0].set_ylabel("relative to the largest", fontsize=8)
    return fig


@styled
def changes(rows: Sequence[Any]) -> Figure:
    """How large F(x) is beside x, and where it points: away from x or along it, and down the loss.

    Args:
        rows: what `experiments.refinement.changes` gives.
    """
    fig, axes = plt.subplots(1, 2, figsize=(5.8, 2.7))
    fig.subplots_adjust(0.08, 0.3, 0.99, 0.88, wspace=0.25)
    at = range(len(rows))
    axes[0].plot(at, [row.ratio for row in rows], "o-", color=INK["accent"], linewidth=1.4)
    axes[0].axhline(1, color=INK["muted"], linewidth=0.9)
    axes[0].set(ylim=(0, None))
    axes[0].set_title("Norm of F(x) / norm of x", fontsize=9)
    axes[1].plot(at, [row.cosine for row in rows], "s--", color=INK["plum"], fillstyle="none", label="F(x) with x")
    axes[1].plot(at, [row.downhill for row in rows], "o-", color=INK["blue"], label="change, with steepest descent")
    axes[1].axhline(0, color=INK["muted"], linewidth=0.9)
    axes[1].set(ylim=(-0.5, 0.8))
    axes[1].set_title("Cosine of the angle", fontsize=9)
    axes[1].legend(frameon=False, fontsize=7.5, loc="upper left")
    for ax in axes:
        ax.set_xticks(at, [row.name for row in rows], rotation=50, ha="right", rotation_mode="anchor", fontsize=7.5)
        ax.grid(axis="y")
        ax.set_axisbelow(True)
    return fig
