"""Training and test error by epoch, and what is measured in every layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from .ink import INK, styled
from .networks import network_lines

__all__ = ["by_layer", "errors"]


@styled
def errors(curves: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> Figure:
    """Error in per cent by epoch: while it was learning (left), and on the test pictures (right).

    Args:
        curves: by the network's name ("plain-56"), its training errors and its test errors, a value an epoch.
    """
    fig, axes = plt.subplots(1, 2, figsize=(5.8, 3.0), sharey=True)
    fig.subplots_adjust(0.09, 0.15, 0.99, 0.9, wspace=0.06)
    for ax, title, part in zip(axes, ("training, while learning", "test"), (0, 1)):
        by_name = {name: values[part] for name, values in curves.items()}
        network_lines(ax, {name: (range(1, len(values) + 1), values) for name, values in by_name.items()})
        ax.set(title=title, xlabel="epoch", ylim=(0, None))
    axes[0].set_ylabel("error, %")
    axes[0].legend(frameon=False, loc="upper right", handlelength=3)
    return fig


@styled
def by_layer(
    panels: Mapping[str, Mapping[str, Sequence[float]]],
    ylabel: str,
    logarithmic: bool = False,
    dots: Sequence[int] = (),
    borders: Sequence[int] = (),
) -> Figure:
    """A value for each layer, from the input (left) to the last (right): networks of several depths on one axis.

    Args:
        panels: title -> the network's name ("plain-56") -> its values, a layer each.
        ylabel: what is measured.
        logarithmic: whether the values have an axis of powers of ten.
        dots: places of values that get a dot, counted from 0.
        borders: places of values before which a stage ends: for networks of one depth.
    """
    count = len(panels)
    fig, axes = plt.subplots(1, count, figsize=(5.8, 3.0), sharey=True, squeeze=False)
    fig.subplots_adjust(0.12, 0.15, 0.985, 0.9, wspace=0.08)
    for ax, (title, networks) in zip(axes[0], panels.items()):
        network_lines(ax, {name: (np.linspace(0, 1, len(values)), values) for name, values in networks.items()})
        ax.set(title=title, xlabel="place in the depth", xticks=[0, 0.5, 1], xticklabels=["first", "middle", "last"])
        for line in ax.lines if len(dots) else ():
            line.set(marker="o", markersize=4, markevery=list(dots))
        for border in borders:
            last = max(map(len, networks.values())) - 1
            ax.axvline((border - 0.5) / last, color=INK["muted"], linewidth=0.8, linestyle=(0, (2, 3)))
        ax.get_xticklabels()[0].set_ha("left")
        ax.get_xticklabels()[-1].set_ha("right")
        if logarithmic:
            ax.set_yscale("log")
            every = [value for networks in panels.values() for values in networks.values() for value in values]
            narrow = max(every) < 100 * min(every)  # powers of ten alone would leave the axis without a scale
            ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if narrow else (1,)))
            ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
            ax.yaxis.set_minor_formatter(lambda *_: "")
    axes[0][0].set_ylabel(ylabel)
    axes[0][-1].legend(frameon=False, handlelength=3)
    return fig
