"""Times: operations under a machine's two roofs, a sweep over channels, and shares of MACs and of time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, NullFormatter

from .ink import INK, PALE, styled

if TYPE_CHECKING:
    from ..experiments.roofline import Measurement, Run

__all__ = ["roofline", "shares", "sweep"]

# A kind of operation is told by its marker and its color.
_KINDS = {
    "3x3 convolution": ("s", INK["blue"]),
    "1x1 convolution": ("o", INK["accent"]),
    "7x7 convolution": ("D", INK["plum"]),
    "linear layer": ("^", INK["text"]),
    "depthwise 3x3": ("v", INK["plum"]),
    "3x3 in 32 groups": ("P", INK["text"]),
}


@styled
def sweep(recorded: Run, here: Sequence[Measurement] = ()) -> Figure:
    """Time of a 1x1 convolution C -> C whose maps hold the same count of numbers for every C."""
    fig, ax = plt.subplots(figsize=(5.4, 3.2))
    fig.subplots_adjust(0.12, 0.15, 0.98, 0.94)
    rows = recorded.part("sweep")
    x, y = [_channels(row) for row in rows], [1e3 * row.seconds for row in rows]
    ax.plot(x, y, "-", marker="o", color=INK["accent"], label=f"recorded: {recorded.machine}")
    if here:
        style = {"linestyle": "none", "marker": "x", "markersize": 8, "markeredgewidth": 1.8, "color": INK["blue"]}
        ax.plot([_channels(row) for row in here], [1e3 * row.seconds for row in here], label="this run", **style)
    copy = recorded["copy"]
    floor = 1e3 * rows[0].bytes / (copy.bytes / copy.seconds)
    ax.plot(x, [floor] * len(x), "--", color=INK["muted"], label="reading and writing the numbers once")
    work = [1e3 * row.macs / recorded.peak for row in rows]
    ax.plot(x, work, ":", color=INK["text"], label="the MACs at the best rate measured")
    ax.set(xscale="log", yscale="log", xlabel="channels C", ylabel="milliseconds", ylim=(min(work) * 0.8, max(y) * 6))
    ax.set_xticks(x, [str(c) for c in x])
    _plain_ticks(ax)
    ax.minorticks_off()
    ax.grid(axis="y")
    ax.legend(frameon=False, loc="upper left", fontsize=8.5)
    return fig


def _channels(row: Measurement) -> int:
    return int(row.name.split(", ")[1].split()[0])


@styled
def roofline(run: Run) -> Figure:
    """Operations with MACs under the two roofs of a machine."""
    fig, ax = plt.subplots(figsize=(5.8, 3.9))
    fig.subplots_adjust(0.11, 0.13, 0.98, 0.91)
    rows = [row for row in run.rows if row.part in ("layer", "grouped") and row.macs]
    low, high = min(row.intensity for row in rows) / 5, max(row.intensity for row in rows) * 2
    x = np.array([low, run.ridge, high])
    ax.plot(x, np.minimum(x * run.bandwidth, run.peak) / 1e9, color=INK["text"], linewidth=1.6)
    above = run.peak / 1e9
    ax.text(high, above * 1.12, "line: best rate measured", ha="right", va="bottom", fontsize=8.5)
    kinds = [kind for kind in _KINDS if any(row.kind == kind for row in rows)]
    for kind in kinds:
        marker, color = _KINDS[kind]
        here = [row for row in rows if row.kind == kind]
        style = {"linestyle": "none", "marker": marker, "color": color, "markerfacecolor": "none"}
        points = [row.intensity for row in here], [row.rate / 1e9 for row in here]
        ax.plot(*points, label=_proper(kind), **style)
    lowest = min(min(row.rate for row in rows) / 2e9, low * run.bandwidth / 1e9)
    ax.set(xscale="log", yscale="log", xlim=(low, high), ylim=(lowest, above * 1.9))
    ax.set(xlabel="MACs for each byte moved", ylabel="billion MACs a second")
    ax.set_title(f"{run.machine}, {run.env['date']}")
    ax.axvline(run.ridge, color=INK["muted"], linewidth=0.8, linestyle=":")
    bottom = ax.get_ylim()[0] * 1.12
    ax.text(run.ridge / 1.08, bottom, "limited by memory", ha="right", fontsize=8.5, color=INK["muted"])
    ax.text(run.ridge * 1.08, bottom, "limited by arithmetic", ha="left", fontsize=8.5, color=INK["muted"])
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    _plain_ticks(ax)
    ax.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 0.08), fontsize=8.5)
    return fig


def _proper(kind: str) -> str:
    return re.sub(r"(?<=\d)x(?=\d)", "×", kind)


def _plain_ticks(ax: Axes) -> None:
    """Numbers as numbers on logarithmic axes, and none at the smaller ticks."""
    for axis in (ax.xaxis, ax.yaxis):
        if not isinstance(axis.get_major_locator(), FixedLocator):
            axis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.set_minor_formatter(NullFormatter())


@styled
def shares(run: Run) -> Figure:
    """Every kind of operation of the recorded network: its share of the MACs, and its share of the time."""
    kinds = list(dict.fromkeys(row.kind for row in sorted(run.part("layer"), key=lambda row: -row.count * row.macs)))
    table = {kind: run.shares(kind) for kind in kinds}
    kinds.sort(key=lambda kind: -table[kind][1])
    fig, ax = plt.subplots(figsize=(5.8, 3.6))
    fig.subplots_adjust(0.215, 0.04, 0.97, 0.98)
    looks = (("MACs", PALE["slab side"], INK["blue"], None), ("time", PALE["accent"], INK["accent"], "////"))
    for index, (label, face, edge, hatch) in enumerate(looks):
        values = [table[kind][index] for kind in kinds]
        y = np.arange(len(kinds)) + (index - 0.5) * 0.36
        ax.barh(y, values, 0.34, facecolor=face, edgecolor=edge, hatch=hatch, label=f"share of the {label}")
        for height, value in zip(y, values):
            ax.text(value + 0.006, height, f"{value:.1%}", va="center", fontsize=8.5)
    ax.set(yticks=range(len(kinds)), yticklabels=[_proper(kind) for kind in kinds])
    ax.set(ylim=(len(kinds) - 0.5, -0.6), xticks=[], xlim=(0, 0.62))
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.legend(frameon=False, loc="lower right")
    return fig
