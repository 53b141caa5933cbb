"""Channels mixed by weights: pictures, the sum in words, weights as bars, and which pixels an output sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .fonts import MINUS, choose
from .ink import INK, PALE, styled

__all__ = ["bars", "formula", "mix", "portrait", "seen"]

CHANNELS = ("R", "G", "B")


def formula(weights: Sequence[float], names: Sequence[str] = CHANNELS) -> str:
    """A weighted sum in words: (1, 2, -1) -> "R + 2G − B"."""
    parts = []
    for weight, name in zip(weights, names):
        if weight:
            size = "" if abs(weight) == 1 else f"{abs(weight):g}"
            sign = MINUS if weight < 0 else "+"
            parts.append(f"{sign} {size}{name}" if parts else f"{sign if weight < 0 else ''}{size}{name}")
    return " ".join(parts) or "0"


@styled
def portrait(picture: np.ndarray) -> Figure:
    """A picture by itself, (H, W, 3) of 0 to 255."""
    height, width, _ = picture.shape
    fig, ax = plt.subplots(figsize=(1.5 * width / height, 1.5))
    fig.subplots_adjust(0, 0, 1, 1)
    ax.imshow(picture)
    ax.set_axis_off()
    return fig


@styled
def mix(picture: np.ndarray, weights: Sequence[float]) -> Figure:
    """A picture, (H, W, 3) of 0 to 255, its channels, and their weighted sum, from its least to its largest value."""
    fig, axes = plt.subplots(1, 5, figsize=(6.4, 2.0))
    fig.subplots_adjust(0.005, 0.2, 0.995, 0.88, wspace=0.05)
    planes = np.moveaxis(picture.astype(float), 2, 0)
    total = np.tensordot(np.asarray(weights, dtype=float), planes, 1)
    axes[0].imshow(picture)
    axes[0].set_title("the picture")
    for ax, plane, name, weight in zip(axes[1:], planes, CHANNELS, weights):
        ax.imshow(plane, cmap="gray", vmin=0, vmax=255)
        ax.set_title(name)
        ax.set_xlabel(f"times {weight:g}".replace("-", MINUS))
    axes[4].imshow(total, cmap="gray")
    axes[4].set_title(formula(weights))
    axes[4].set_xlabel(f"{total.min():.0f} to {total.max():.0f}".replace("-", MINUS))
    for ax in axes:
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    return fig


@styled
def bars(weights: Mapping[str, float], otherwise: Sequence[str]) -> Figure:
    """Weights as bars, labelled in any script that a font here has; else with the labels of `otherwise`, and a note."""
    choice = choose("".join(weights) + MINUS)
    fig, ax = plt.subplots(figsize=(4.2, 2.2))
    fig.subplots_adjust(0.12, 0.24, 0.98, 0.95)
    ax.bar(range(len(weights)), list(weights.values()), 0.5, color=PALE["slab side"], edgecolor=INK["blue"])
    ax.axhline(0, color=INK["text"], linewidth=0.8)
    labels = list(otherwise if choice.missing else weights)
    ax.set_xticks(range(len(weights)), labels, family=list(choice.families))
    ax.set(ylabel="weight")
    if choice.missing:
        fig.text(0.02, 0.03, f"No font here has all the characters: {len(choice.missing)} are missing.", fontsize=8)
    return fig


@styled
def seen(masks: Mapping[str, np.ndarray]) -> Figure:
    """Which pixels of a map an output depends on: a dot on those that count, a cross on those that do not."""
    fig, axes = plt.subplots(1, len(masks), figsize=(1.9 * len(masks), 2.1))
    fig.subplots_adjust(0.02, 0.02, 0.98, 0.86, wspace=0.12)
    for ax, (title, mask) in zip(np.atleast_1d(axes), masks.items()):
        rows, columns = mask.shape
        for y in range(rows):
            for x in range(columns):
                face, edge = (PALE["slab"], INK["blue"]) if mask[y, x] else (PALE["node"], INK["muted"])
                ax.add_patch(Rectangle((x, y), 1, 1, facecolor=face, edgecolor=edge, linewidth=0.8))
                style = {"marker": "o", "color": INK["blue"]} if mask[y, x] else {"marker": "x", "color": INK["accent"]}
                ax.plot(x + 0.5, y + 0.5, markersize=5, linestyle="none", **style)
        ax.set(xlim=(-0.1, columns + 0.1), ylim=(rows + 0.1, -0.1), aspect="equal", title=title)
        ax.axis("off")
    return fig
