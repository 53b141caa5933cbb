"""What depth does: training loss by step, and gradients by block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .ink import INK, styled

__all__ = ["gradients", "losses"]

# How each kind of network is drawn in every chart: by color, by dash and by its name at the end of the line.
_LINES = {"plain": (INK["plum"], "--"), "resnet": (INK["accent"], "-")}


def _kind(name: str) -> tuple[str, str]:
    return next((style for kind, style in _LINES.items() if kind in name), (INK["blue"], "-."))


def _lines(ax: Axes, series: Mapping[str, Sequence[float]], start: int) -> None:
    """A line for each series; the deeper network of a kind is the thicker one."""
    depth = {name: int("".join(filter(str.isdigit, name)) or 0) for name in series}
    for name, values in series.items():
        color, dash = _kind(name)
        width = 2.4 if depth[name] == max(depth.values()) else 1.2
        label = name.replace("cifar-plain", "plain-").replace("cifar-resnet", "residual-")
        ax.plot(range(start, start + len(values)), values, dash, color=color, linewidth=width, label=label)
    ax.grid(axis="y")
    ax.set_axisbelow(True)


@styled
def losses(histories: Mapping[str, Sequence[float]], title: str = "") -> Figure:
    """Training loss by step, a line for each network."""
    fig, ax = plt.subplots(figsize=(5.4, 3.1))
    fig.subplots_adjust(0.1, 0.15, 0.98, 0.9)
    _lines(ax, histories, start=0)
    ax.set(xlabel="step", ylabel="training loss", title=title, xlim=(0, None), ylim=(0, None))
    ax.legend(frameon=False, loc="upper right", handlelength=3)
    return fig


@styled
def gradients(norms: Mapping[str, Sequence[float]], title: str = "") -> Figure:
    """Gradient norm by block, counted from the input, each relative to the network's last block; logarithmic."""
    fig, ax = plt.subplots(figsize=(5.4, 3.1))
    fig.subplots_adjust(0.12, 0.15, 0.98, 0.9)
    _lines(ax, {name: np.divide(values, values[-1]).tolist() for name, values in norms.items()}, start=1)
    ax.set(xlabel="block, counted from the input", ylabel="gradient / that of the last block")
    ax.set(yscale="log", title=title)
    ax.legend(frameon=False, loc="upper right", handlelength=3)
    return fig
