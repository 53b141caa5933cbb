"""Counts: the convolutions of a block term by term, shares by stage, and how counts grow."""

from __future__ import annotations

from collections.abc import Mapping
from math import log2

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from ..tracing import Trace
from .ink import INK, PALE, styled

__all__ = ["by_stage", "scaling", "stage", "terms"]


@styled
def terms(groups: Mapping[str, Mapping[str, Trace]], per: Mapping[str, float]) -> Figure:
    """The convolutions of several blocks as stacked bars, in each group on the scale of its `per`.

    Args:
        groups: title of a group -> label of a block -> its trace.
        per: title of a group -> MACs that stand for 1 on its axis.
    """
    fig, axes = plt.subplots(len(groups), 1, figsize=(6.0, 1.75 * len(groups)))
    below = 0.28 / fig.get_figheight()
    fig.subplots_adjust(0.135, below, 0.985, 1 - below, hspace=0.85)
    for ax, (title, blocks) in zip(np.atleast_1d(axes), groups.items()):
        widest = max(trace.macs for trace in blocks.values()) / per[title]
        for y, trace in enumerate(blocks.values()):
            left = 0.0
            for row in trace.rows:
                if row.op != "conv2d":
                    continue
                wide = row.params == 9 * row.input_shape[0] * row.output_shape[0]
                length = row.macs / per[title]
                face, edge = (PALE["slab"], INK["blue"]) if wide else (PALE["accent"], INK["accent"])
                hatch = None if wide else "...."
                ax.barh(y, length, 0.55, left, facecolor=face, edgecolor=edge, hatch=hatch, linewidth=1)
                if length > 0.13 * widest:
                    text = f"{'3×3' if wide else '1×1'}, {row.input_shape[0]} → {row.output_shape[0]}"
                    box = {"facecolor": face, "edgecolor": "none", "pad": 1.5}
                    ax.text(left + length / 2, y, text, ha="center", va="center", fontsize=8.5, bbox=box)
                left += length
            ax.text(left + 0.012 * widest, y, f"{left:.4g}", va="center")
        ax.set(yticks=range(len(blocks)), yticklabels=list(blocks), title=title, xlim=(0, widest * 1.1))
        ax.set_ylim(len(blocks) - 0.5, -0.5)
        ax.tick_params(axis="y", length=0)
    return fig


def stage(name: str) -> str:
    """The part of a network that a row belongs to, from its name."""
    if name.startswith("layer"):
        return f"stage {name.split('.')[0].removeprefix('layer')}"
    return "stem" if name in ("conv1", "bn1", "relu", "maxpool") else "head"


@styled
def by_stage(trace: Trace) -> Figure:
    """Where a network has its MACs, parameters and activations: the share of every stage."""
    parts = list(dict.fromkeys(stage(row.name) for row in trace.rows))
    fig, axes = plt.subplots(1, 3, figsize=(6.4, 2.5), sharey=True)
    fig.subplots_adjust(0.1, 0.05, 0.985, 0.88, wspace=0.12)
    for ax, field in zip(axes, ("macs", "params", "activations")):
        whole = getattr(trace, field)
        for y, part in enumerate(parts):
            share = sum(getattr(row, field) for row in trace.rows if stage(row.name) == part) / whole
            ax.barh(y, share, 0.62, facecolor=PALE["slab side"], edgecolor=INK["blue"])
            ax.text(share + 0.012, y, f"{share:.1%}", va="center", fontsize=8.5)
        ax.set(title={"macs": "MACs", "params": "parameters"}.get(field, field), xticks=[], xlim=(0, 0.8))
        ax.set(ylim=(len(parts) - 0.5, -0.5), yticks=range(len(parts)), yticklabels=parts)
        ax.spines["bottom"].set_visible(False)
        ax.tick_params(axis="y", length=0)
    return fig


@styled
def scaling(panels: Mapping[str, Mapping[str, Mapping[float, float]]]) -> Figure:
    """How counts grow with a factor, relative to the factor 1, on logarithmic axes.

    Args:
        panels: title of a panel -> what grows -> factor -> count.
    """
    fig, axes = plt.subplots(1, len(panels), figsize=(6.2, 2.9), sharey=True)
    fig.subplots_adjust(0.075, 0.16, 0.99, 0.9, wspace=0.08)
    looks = (("o", "-", INK["accent"]), ("s", "--", INK["blue"]), ("^", ":", INK["plum"]))
    for ax, (title, series) in zip(np.atleast_1d(axes), panels.items()):
        for (name, points), (marker, dash, color) in zip(series.items(), looks):
            x = sorted(points)
            y = [points[factor] / points[1] for factor in x]
            style = {"marker": marker, "color": color, "markersize": 8 - len(dash), "linewidth": 1.6}
            ax.plot(x, y, dash, label=name, **style)
        ax.set(xscale="log", yscale="log", xlabel="factor", title=title)
        ax.set_xticks(x, [f"{tick:g}" for tick in x])
        low, high = (round(log2(limit)) for limit in ax.get_ylim())
        ax.set_yticks([2.0**p for p in range(low, high + 1)], [f"{2.0**p:g}" for p in range(low, high + 1)])
        ax.minorticks_off()
        ax.grid()
        ax.legend(frameon=False, loc="upper left", handlelength=3)
    return fig
