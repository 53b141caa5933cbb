"""The learning rate over a training, and the test error that goes with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from .ink import INK, styled

__all__ = ["rates"]

LOOKS = ((INK["accent"], "-"), (INK["plum"], "--"), (INK["blue"], "-."), (INK["muted"], ":"))
Curve = Sequence[tuple[float, float]]


@styled
def rates(schedules: Mapping[str, Curve], errors: Mapping[str, Curve]) -> Figure:
    """Two charts over one axis, the part of the training that is done: above the learning rate, below the test error.

    Args:
        schedules: recipe -> points (part done, rate); a rate of zero is not drawn, as the axis has powers of ten.
        errors: the network, under the name of its recipe or with the recipe in front ("cifar, residual-56") -> points
            (part done, error in per cent). It has the color and dash of its recipe.
    """
    fig, (above, below) = plt.subplots(2, 1, figsize=(5.8, 4.4), sharex=True, height_ratios=(1, 1.4))
    fig.subplots_adjust(0.15, 0.11, 0.97, 0.98, hspace=0.1)
    looks = dict(zip(schedules, LOOKS))
    for name, points in schedules.items():
        color, dash = looks[name]
        above.plot(*zip(*[point for point in points if point[1] > 0]), dash, color=color, linewidth=1.8, label=name)
    for name, points in errors.items():
        color, dash = looks[name.split(",")[0]]
        below.plot(*zip(*points), dash, color=color, linewidth=1.8, marker="o", markersize=2.5, label=name)
    above.set(yscale="log", ylabel="learning rate", xlim=(0, 1))
    above.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    below.set(ylabel="test error, %", xlabel="part of the training that is done", ylim=(0, None))
    for ax in (above, below):
        ax.grid(axis="y")
        ax.set_axisbelow(True)
        ax.legend(frameon=False, handlelength=3, loc="lower left")
    return fig
