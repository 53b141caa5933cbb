"""What happens along the depth of a network: activations and gradients, with and without batch norm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from .ink import INK, styled

__all__ = ["along_depth", "starts"]

COLORS = {"plain": INK["plum"], "residual": INK["accent"]}
TITLES = {"activation": "Root mean square of the activations", "gradient": "Gradient / that of the last block"}


@styled
def along_depth(found: Mapping[str, Mapping[str, Sequence]], titles: Sequence[str]) -> Figure:
    """Activations (above) and gradients (below), by block; a column for each group, a line for each network.

    Args:
        found: group -> network -> what `experiments.along_depth` gives. A network's name begins with "plain" or
            "residual"; its depth decides how thick its line is.
        titles: of the groups.
    """
    fig, axes = plt.subplots(2, len(found), figsize=(5.8, 5.0), squeeze=False, sharex=True)
    fig.subplots_adjust(0.11, 0.09, 0.98, 0.94, hspace=0.24, wspace=0.26)
    for column, (networks, title) in enumerate(zip(found.values(), titles)):
        for name, places in networks.items():
            kind, depth = name.split("-")
            width = {20: 1.0, 56: 1.8}.get(int(depth), 2.6)
            dash = "--" if kind == "plain" else "-"
            # from 0, the stem, to 1, the last block: networks of several depths on one axis
            at = np.linspace(0, 1, len(places))
            for row, field in enumerate(TITLES):
                values = np.array([getattr(place, field) for place in places])
                if field == "gradient":
                    values = values / values[-1]
                axes[row][column].plot(at, values, dash, color=COLORS[kind], linewidth=width, label=name)
        for row, field in enumerate(TITLES):
            ax = axes[row][column]
            ax.set(yscale="log")
            ax.grid(axis="y")
            ax.set_axisbelow(True)
            if row == 0:
                ax.set_title(title)
            if column == 0:
                ax.set_ylabel(TITLES[field])
    for ax in axes[1]:
        ax.set(xlabel="place in the depth", xticks=[0, 0.5, 1], xticklabels=["stem", "middle", "last"])
    axes[0][0].legend(frameon=False, fontsize=7.5, ncol=2, handlelength=2.6, loc="upper left")
    low, high = axes[0][0].get_ylim()
    axes[0][0].set_ylim(low, high * 20)
    return fig


@styled
def starts(histories: Mapping[str, Sequence[float]], title: str = "", smooth: int = 10) -> Figure:
    """Training loss by step from several starts, each the mean of `smooth` steps, named at the side.

    Where a loss is no number, or above three times ln 10, its line ends: there training has diverged.
    """
    looks = [("-", 2.4), ("--", 1.8), ("-.", 1.8), (":", 2.2), ((0, (5, 1, 1, 1, 1, 1)), 1.8), ((0, (1, 1)), 1.4)]
    colors = [INK["accent"], INK["blue"], INK["plum"], INK["text"], INK["green"], INK["muted"]]
    fig, ax = plt.subplots(figsize=(5.8, 3.3))
    fig.subplots_adjust(0.09, 0.14, 0.70, 0.9)
    for (name, values), (dash, width), color in zip(histories.items(), looks, colors):
        mean = np.convolve(np.asarray(values, float), np.ones(smooth) / smooth, "valid")
        mean[~(mean < 3 * np.log(10))] = np.nan
        ax.plot(np.arange(len(mean)) + smooth, mean, linestyle=dash, color=color, linewidth=width, label=name)
    ax.axhline(np.log(10), color=INK["muted"], linewidth=0.8)
    end = max(map(len, histories.values()))
    ax.text(end, np.log(10) + 0.04, "guessing", va="bottom", ha="right", fontsize=7.5, color=INK["muted"])
    ax.grid(axis="y")
    ax.set_axisbelow(True)
    ax.set(xlabel="step", ylabel=f"training loss, mean of {smooth} steps", title=title, xlim=(0, end), ylim=(0, 3.2))
    ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.02), handlelength=3.2)
    return fig
