"""What depth does: training loss by step, and gradients by block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from .ink import styled
from .networks import network_lines

__all__ = ["gradients", "losses"]


@styled
def losses(histories: Mapping[str, Sequence[float]], title: str = "") -> Figure:
    """Training loss by step, a line for each network."""
    fig, ax = plt.subplots(figsize=(5.4, 3.1))
    fig.subplots_adjust(0.1, 0.15, 0.98, 0.9)
    network_lines(ax, {name: (range(len(values)), values) for name, values in histories.items()})
    ax.set(xlabel="step", ylabel="training loss", title=title, xlim=(0, None), ylim=(0, None))
    ax.legend(frameon=False, loc="upper right", handlelength=3)
    return fig


@styled
def gradients(norms: Mapping[str, Sequence[float]], title: str = "") -> Figure:
    """Gradient norm by block, counted from the input, each relative to the network's last block; logarithmic."""
    fig, ax = plt.subplots(figsize=(5.4, 3.1))
    fig.subplots_adjust(0.12, 0.15, 0.98, 0.9)
    relative = {name: np.divide(values, values[-1]) for name, values in norms.items()}
    network_lines(ax, {name: (range(1, len(values) + 1), values) for name, values in relative.items()})
    ax.set(xlabel="block, counted from the input", ylabel="gradient / that of the last block")
    ax.set(yscale="log", title=title)
    ax.legend(frameon=False, loc="upper right", handlelength=3)
    return fig
