"""How sure a network is, and how often it is then right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from .ink import INK, PALE, styled
from .recipes import look

if TYPE_CHECKING:
    from ..reports import Bin

__all__ = ["FEW", "calibration"]

FEW = 10
"""Fewer pictures than these in a bin say nothing of its accuracy."""


@styled
def calibration(runs: Mapping[str, Sequence[Bin]]) -> Figure:
    """Accuracy by confidence, beside the diagonal of a network that is as sure as it is right, and how many pictures
    each bin has; a panel for each run. A bin of fewer than `FEW` pictures shows no accuracy: it would be chance."""
    fig, axes = plt.subplots(
        2, len(runs), figsize=(3.1 * len(runs), 3.7), sharex=True, squeeze=False, height_ratios=(3, 1)
    )
    fig.subplots_adjust(0.8 / (3.1 * len(runs)), 0.13, 0.985, 0.92, hspace=0.12, wspace=0.28)
    for (above, below), (name, bins) in zip(axes.T, runs.items()):
        color, _, marker = look(name.split(",")[0])
        above.plot((0, 1), (0, 1), color=INK["muted"], linewidth=0.9)
        many = [one for one in bins if one.count >= FEW]
        for one in many:
            above.plot([one.confidence] * 2, [one.confidence, one.accuracy], color=color, linewidth=1)
        above.plot([b.confidence for b in many], [b.accuracy for b in many], marker, color=color, markersize=5)
        above.set(title=name, xlim=(0, 1.02), ylim=(0, 1.02))
        below.bar(
            [(b.low + b.high) / 2 for b in bins], [b.count for b in bins], 0.09, facecolor=PALE["slab side"],
            edgecolor=INK["blue"],
        )  # fmt: skip
        below.axhline(FEW, color=INK["muted"], linewidth=0.8, linestyle=":")
        below.set(yscale="log", xlabel="confidence", ylim=(1, None))
        below.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        below.minorticks_off()
    axes[0, 0].set_ylabel("accuracy")
    axes[1, 0].set_ylabel("pictures")
    return fig
