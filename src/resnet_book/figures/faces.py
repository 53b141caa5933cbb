"""Drawn faces, points with their numbers, the part of the faces with an error of at most so much, errors by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .ink import INK, styled

__all__ = ["error_curves", "faces", "nme_by_block", "nme_by_epoch", "numbered"]

LOOKS = (("accent", "-"), ("blue", "--"), ("plum", "-."), ("muted", ":"))  # by colour, and by the form of the line
DOTS = {"linestyle": "none", "marker": "o", "markersize": 1.6, "color": "white", "markeredgecolor": "#12161c",
        "markeredgewidth": 0.3}  # fmt: skip


@styled
def faces(pictures: np.ndarray, points: np.ndarray | None = None, columns: int = 6) -> Figure:
    """Faces side by side, their points as dots.

    Args:
        pictures: (N, 3, S, S) uint8.
        points: (N, 68, 2), the picture's side being 1; none for the faces alone.
        columns: how many stand in a row.
    """
    rows = -(-len(pictures) // columns)
    fig, axes = plt.subplots(rows, columns, figsize=(1.07 * columns, 1.07 * rows), squeeze=False)
    fig.subplots_adjust(0.005, 0.005, 0.995, 0.995, wspace=0.04, hspace=0.04)
    size = pictures.shape[-1]
    for ax in axes.flat:
        ax.axis("off")
    for k, (ax, picture) in enumerate(zip(axes.flat, pictures)):
        ax.imshow(picture.transpose(1, 2, 0))
        if points is not None:
            x, y = points[k].T * size - 0.5
            ax.plot(x, y, **DOTS)
            ax.set(xlim=(-0.5, size - 0.5), ylim=(size - 0.5, -0.5))
    return fig


@styled
def numbered(points: np.ndarray, parts: Mapping[str, slice], between: tuple[int, int]) -> Figure:
    """The points of one face with their numbers, a colour a part, and the distance that errors are measured in.

    Args:
        points: (68, 2), the picture's side being 1.
        parts: name -> which points it has.
        between: the two points whose distance is drawn.
    """
    fig, ax = plt.subplots(figsize=(5.6, 3.9))
    fig.subplots_adjust(0, 0, 0.8, 1)
    away = np.linalg.norm(points[:, None] - points, axis=-1) / np.linalg.norm(np.subtract(*points[list(between)]))
    crowded = ((away < 0.045) & (points[:, None, 1] > points[:, 1])).any(1)  # close below another point
    ax.plot(*points[list(between)].T, color=INK["text"], linewidth=0.8)
    for (name, part), color in zip(parts.items(), ("muted", "blue", "green", "accent", "plum")):
        numbers = range(*part.indices(len(points)))
        ax.plot(*points[part].T, "o", color=INK[color], markersize=2.4, label=f"{name} {numbers[0]}–{numbers[-1]}")
        for number in numbers:
            below = crowded[number]
            ax.annotate(
                str(number), points[number], xytext=(0, -2.4 if below else 2.4), textcoords="offset points",
                color=INK[color], fontsize=7, ha="center", va="top" if below else "bottom",
            )  # fmt: skip
    ax.set_aspect("equal")
    ax.invert_yaxis()
    ax.axis("off")
    fig.legend(frameon=False, fontsize=8.5, loc="center right", handletextpad=0.2)
    return fig


@styled
def error_curves(errors: Mapping[str, np.ndarray], most: float = 0.3) -> Figure:
    """The part of the faces whose error is at most so much, a line for each network.

    Args:
        errors: network -> the error of each face, as a part of 1.
        most: where the axis ends.
    """
    fig, ax = plt.subplots(figsize=(5.4, 2.9))
    fig.subplots_adjust(0.12, 0.18, 0.98, 0.96)
    for (name, found), (color, line) in zip(errors.items(), LOOKS):
        ordered = np.sort(found)
        shown = np.concatenate([[0], ordered, [max(most, ordered[-1])]])
        part = np.concatenate([[0], np.arange(1, len(ordered) + 1), [len(ordered)]]) / len(ordered)
        ax.step(100 * shown, 100 * part, where="post", color=INK[color], linestyle=line, label=name)
    ax.axvline(8, color=INK["muted"], linewidth=0.8)
    ax.set(
        xlim=(0, 100 * most), ylim=(0, 101), xlabel="NME, % of the distance of the eyes", ylabel="faces at or below, %"
    )
    ax.legend(frameon=False, fontsize=8.5, loc="lower right")
    return fig


@styled
def nme_by_epoch(runs: Mapping[str, Sequence[Sequence[float]]], mean_face: float) -> Figure:
    """The NME on the test faces after each epoch, a line a run; runs of one name have one colour.

    Args:
        runs: name -> for each run the NME after each epoch, in per cent.
        mean_face: the NME of the mean face, in per cent: a thin line.
    """
    fig, ax = plt.subplots(figsize=(5.4, 2.9))
    fig.subplots_adjust(0.12, 0.18, 0.98, 0.96)
    most = _lines(ax, runs, mean_face, first=1)
    ax.set(ylim=(0, None), xticks=range(1, most + 1), xlabel="epoch", ylabel="test NME, %")
    ax.legend(frameon=False, fontsize=8.5, loc="lower left")
    return fig


@styled
def nme_by_block(heads: Mapping[str, Sequence[Mapping[str, float]]], mean_face: float) -> Figure:
    """The NME of what is read after each block, a line a network; networks of one name have one colour.

    Args:
        heads: name -> for each network block -> NME in per cent; every network has the same blocks.
        mean_face: the NME of the mean face, in per cent: a thin line.
    """
    fig, ax = plt.subplots(figsize=(5.8, 2.7))
    fig.subplots_adjust(0.1, 0.25, 0.99, 0.9)
    blocks = list(next(iter(heads.values()))[0])
    _lines(ax, {name: [list(values.values()) for values in found] for name, found in heads.items()}, mean_face)
    ax.set(ylim=(None, mean_face + 1), ylabel="test NME, %")
    ax.set_xticks(range(len(blocks)), blocks, rotation=35, ha="right", fontsize=8)
    ax.legend(frameon=False, fontsize=8.5, ncols=len(heads), loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return fig


def _lines(ax: Axes, given: Mapping[str, Sequence[Sequence[float]]], mean_face: float, first: int = 0) -> int:
    """Lines of one look a name, from `first` on, and the mean face's; returns the last place."""
    for (name, found), (color, line) in zip(given.items(), LOOKS):
        for place, values in enumerate(found):
            label = None if place else name
            along = range(first, first + len(values))
            ax.plot(along, values, line, color=INK[color], marker="o", markersize=3.5, label=label)
    last = first + max(len(values) for found in given.values() for values in found) - 1
    ax.axhline(mean_face, color=INK["muted"], linewidth=0.8)
    ax.text(last, mean_face, "the mean face", color=INK["muted"], fontsize=8, ha="right", va="bottom")
    return last
