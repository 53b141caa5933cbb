"""Where a greyed patch throws off the points of a face: a map over the mean face for each of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .ink import INK, styled

__all__ = ["occlusion"]

OPEN = (range(17), range(17, 22), range(22, 27), range(27, 31), range(31, 36))  # jaw, brows, nose
CLOSED = (range(36, 42), range(42, 48), range(48, 60), range(60, 68))  # eyes, lips


class Measured(Protocol):
    """See `resnet_book.experiments.occlusion.Occlusion`."""

    size: int
    side: int
    starts: tuple[int, ...]
    whole: dict[str, float]
    covered: dict[str, np.ndarray]

    def worst(self, part: str) -> tuple[float, float]: ...

    def middle(self, place: int) -> float: ...


@styled
def occlusion(measured: Measured, points: np.ndarray, parts: Mapping[str, slice], columns: int = 3) -> Figure:
    """A map for each part, all on one scale: the more ink, the more error a patch with its middle there adds.

    Lines are the mean face, dots the part's points of it, the dashed square is the patch that harms the part most.
    Below stands the part's error without a patch, and with that one.

    Args:
        measured: what a patch does, by part.
        points: (N, 68, 2), of the faces, the picture's side being 1.
        parts: name -> which of the 68 points.
        columns: how many maps stand in a row.
    """
    ink = LinearSegmentedColormap.from_list("ink", [f"{INK['accent']}00", f"{INK['accent']}d0"])
    mean = points.mean(0)
    added = {part: np.maximum(measured.covered[part] - measured.whole[part], 0) for part in parts}
    most = max(float(rise.max()) for rise in added.values())
    steps = len(measured.starts) - 1
    between = (measured.middle(-1) - measured.middle(0)) / steps if steps else measured.side / measured.size
    half_step = between / 2
    low, high = measured.middle(0) - half_step, measured.middle(-1) + half_step
    rows = -(-len(parts) // columns)
    fig, axes = plt.subplots(rows, columns, figsize=(1.55 * columns, 1.98 * rows), squeeze=False)
    fig.subplots_adjust(0.004, 0.12 / rows, 0.996, 1 - 0.1 / rows, wspace=0.05, hspace=0.3)
    for ax in axes.flat[len(parts) :]:
        ax.axis("off")
    for ax, (part, chosen) in zip(axes.flat, parts.items()):
        ax.imshow(added[part], cmap=ink, vmin=0, vmax=most, extent=(low, high, high, low))
        _face(ax, mean)
        ax.plot(*mean[chosen].T, linestyle="none", marker="o", markersize=1.7, color=INK["text"])
        half = measured.side / measured.size / 2
        x, y = measured.worst(part)
        ax.add_patch(Rectangle((x - half, y - half), 2 * half, 2 * half, fill=False, edgecolor=INK["text"],
                               linestyle="--", linewidth=1.0))  # fmt: skip
        ax.set(xlim=(0, 1), ylim=(1, 0), xticks=[], yticks=[])
        ax.set_title(part, loc="center", fontsize=9, pad=3)
        ax.set_xlabel(f"{measured.whole[part]:.1f} → {measured.covered[part].max():.1f} %", fontsize=8.5, labelpad=3)
        for spine in ax.spines.values():
            spine.set(visible=True, color=INK["muted"], linewidth=0.6)
    return fig


def _face(ax: Axes, mean: np.ndarray) -> None:
    for line in OPEN + CLOSED:
        order = [*line, line[0]] if line in CLOSED else [*line]
        ax.plot(*mean[order].T, color=INK["muted"], linewidth=0.7)
