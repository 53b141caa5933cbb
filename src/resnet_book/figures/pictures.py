"""Pictures of the data set: its classes, and one picture at several sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from .ink import styled

__all__ = ["classes", "sides"]


@styled
def classes(pictures: np.ndarray, labels: np.ndarray, names: Sequence[str], rows: int = 4) -> Figure:
    """The first few pictures of every class, a column for each; dark where a picture is bright, as ink on paper.

    Args:
        pictures: (N, H, W) uint8.
        labels: (N,), positions in `names`.
        names: of the classes.
        rows: pictures of each class.
    """
    fig, axes = plt.subplots(rows, len(names), figsize=(6.4, 0.64 * rows + 0.42))
    fig.subplots_adjust(0.004, 0.01, 0.996, 1 - 0.4 / (0.64 * rows + 0.42), wspace=0.06, hspace=0.06)
    for k, name in enumerate(names):
        for ax, picture in zip(axes[:, k], pictures[labels == k][:rows]):
            ax.imshow(picture, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
            ax.axis("off")
        axes[0, k].set_title(name.replace("/", "/\n").replace(" ", "\n"), fontsize=8, loc="center", pad=3)
    return fig


@styled
def sides(sizes: Mapping[int, np.ndarray], notes: Mapping[int, str]) -> Figure:
    """One picture at several sizes, each drawn equally large, so that its pixels can be compared.

    Args:
        sizes: side to picture, (side, side).
        notes: what stands below each.
    """
    fig, axes = plt.subplots(1, len(sizes), figsize=(1.55 * len(sizes), 2.1))
    fig.subplots_adjust(0.01, 0.2, 0.99, 0.88, wspace=0.08)
    for ax, (side, picture) in zip(axes, sizes.items()):
        ax.imshow(picture, cmap="gray_r", vmin=0, vmax=255, interpolation="nearest")
        ax.set_title(f"{side} × {side}", loc="center")
        ax.set(xticks=[], yticks=[])
        for spine in ax.spines.values():
            spine.set_visible(False)
        ax.set_xlabel(notes[side], fontsize=8.5)
    return fig
