"""The receptive field of one output: the pixels that can have an influence, and how much each one has."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .ink import INK, PALE, styled

__all__ = ["field"]


@styled
def field(influence: np.ndarray, whole: int, most: int) -> Figure:
    """Two maps of a picture: where an output depends on it at all, and how strongly.

    Args:
        influence: (H, W), the largest entry 1.
        whole: side of the receptive field.
        most: side of the square that holds nearly all of the influence.
    """
    blues = LinearSegmentedColormap.from_list("ink", ["#ffffff00", PALE["slab side"], INK["blue"]])
    fig, axes = plt.subplots(1, 2, figsize=(5.0, 2.7))
    fig.subplots_adjust(0.01, 0.02, 0.99, 0.88, wspace=0.06)
    panels = (("has any influence", influence > 0, whole, "-"), ("90 % of the influence", influence, most, "--"))
    for ax, (title, shown, side, dash) in zip(axes, panels):
        ax.imshow(shown.astype(float), cmap=blues, vmin=0, vmax=2 if shown.dtype == bool else 1)
        corner = influence.shape[0] // 2 - side / 2
        ax.add_patch(
            Rectangle((corner, corner), side, side, fill=False, edgecolor=INK["accent"], linestyle=dash, linewidth=1.6)
        )
        ax.set(title=f"{title}: {side} × {side}", xticks=[], yticks=[])
        for spine in ax.spines.values():
            spine.set(visible=True, color=INK["muted"], linewidth=0.8)
    return fig
