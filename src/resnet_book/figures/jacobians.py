"""The derivative of a block: the skip's 1 on its diagonal."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from .ink import INK, PALE, styled

__all__ = ["jacobian_diagonal"]


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
