"""Classes of functions that grow, apart and nested: why a larger network should never be a worse one."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse

from .ink import INK, styled

__all__ = ["APART", "NESTED", "distances", "function_classes", "nearest"]

Point = tuple[float, float]


def nearest(target: Point, center: Point, radii: Point) -> Point:
    """The point of an upright ellipse's edge that is nearest to the target."""
    angle = np.linspace(0, 2 * np.pi, 20_001)
    x, y = center[0] + radii[0] * np.cos(angle), center[1] + radii[1] * np.sin(angle)
    best = np.argmin((x - target[0]) ** 2 + (y - target[1]) ** 2)
    return float(x[best]), float(y[best])


APART = (((-1.35, 0.42), (0.8, 0.55)), ((-0.1, -0.35), (1.15, 0.6)), ((-1.05, -0.85), (1.5, 0.75)))
NESTED = (((-1.2, -0.55), (0.7, 0.45)), ((-0.85, -0.45), (1.2, 0.75)), ((-0.45, -0.3), (1.75, 1.1)))
TARGET = (1.05, 0.85)


def distances(classes: Sequence[tuple[Point, Point]]) -> list[float]:
    """How near each class of a drawing comes to `TARGET`."""
    return [float(np.hypot(*np.subtract(TARGET, nearest(TARGET, *shape)))) for shape in classes]


@styled
def function_classes() -> Figure:
    """Three classes of functions that grow, once apart and once nested, each with its nearest point to the target."""
    fig, axes = plt.subplots(1, 2, figsize=(5.4, 2.7))
    fig.subplots_adjust(0.01, 0.02, 0.99, 0.88, wspace=0.04)
    fills = ("#dbe7f5", "#e4ddef", "#fbe6cf")
    for ax, classes, title in zip(axes, (APART, NESTED), ("Larger, but not nested", "Nested")):
        ax.set(xlim=(-2.6, 1.6), ylim=(-1.75, 1.45), aspect="equal", title=title)
        ax.axis("off")
        order = np.argsort([-shape[1][0] * shape[1][1] for shape in classes])
        for index in order:
            center, (a, b) = classes[index]
            color = (INK["blue"], INK["plum"], INK["accent"])[index]
            ax.add_patch(Ellipse(center, 2 * a, 2 * b, facecolor=fills[index], edgecolor=color, alpha=0.85, zorder=1))
        for index, (center, radii) in enumerate(classes):
            color = (INK["blue"], INK["plum"], INK["accent"])[index]
            x, y = nearest(TARGET, center, radii)
            ax.plot([x, TARGET[0]], [y, TARGET[1]], ":", color=color, linewidth=1.4, zorder=3)
            ax.plot(x, y, marker=("o", "s", "^")[index], color=color, markersize=5.5, zorder=4)
            spot = center[0] - radii[0] * 0.62, center[1] - radii[1] * (0.3 if index == 0 else 0.55)
            if classes is NESTED:
                spot = center[0], center[1] + radii[1] - 0.19
            name = rf"$\mathcal{{F}}_{index + 1}$"
            ax.text(*spot, name, color=color, fontsize=12, ha="center", va="center", zorder=5)
        ax.plot(*TARGET, marker="*", color=INK["text"], markersize=11, zorder=5)
        ax.text(TARGET[0] + 0.14, TARGET[1] + 0.08, "$f^*$", fontsize=12, va="bottom")
    return fig
