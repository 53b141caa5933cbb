"""The figures of the chapters on 1x1 convolutions and on costs; the ground rules are those of `plots`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import log2

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, LogLocator, NullFormatter

from .fonts import MINUS, choose
from .plots import INK, PALE, styled
from .roofline import Measurement, Run
from .tracing import Trace

__all__ = [
    "bars", "by_stage", "formula", "mix", "roofline", "scaling", "seen", "shares", "sweep", "terms",
]  # fmt: skip

CHANNELS = ("R", "G", "B")

# A kind of operation is told by its marker and its color.
_KINDS = {
    "3x3 convolution": ("s", INK["blue"]),
    "1x1 convolution": ("o", INK["accent"]),
    "7x7 convolution": ("D", INK["plum"]),
    "linear layer": ("^", INK["text"]),
    "depthwise 3x3": ("v", INK["plum"]),
    "3x3 in 32 groups": ("P", INK["text"]),
}


# ---------------------------------------------------------------- a picture, and what a 1x1 convolution makes of it


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


# ---------------------------------------------------------------- counts


@styled
def terms(groups: Mapping[str, Mapping[str, Trace]], per: Mapping[str, float]) -> Figure:
    """The convolutions of several blocks as stacked bars, in each group on the scale of its `per`.

    Args:
        groups: title of a group -> label of a block -> its trace.
        per: title of a group -> MACs that stand for 1 on its axis.
    """
    fig, axes = plt.subplots(len(groups), 1, figsize=(6.0, 1.75 * len(groups)))
    below = 0.28 / fig.get_figheight()
    fig.subplots_adjust(0.135, below, 0.985, 1 - below, hspace=0.85)
    for ax, (title, blocks) in zip(np.atleast_1d(axes), groups.items()):
        widest = max(trace.macs for trace in blocks.values()) / per[title]
        for y, trace in enumerate(blocks.values()):
            left = 0.0
            for row in trace.rows:
                if row.op != "conv2d":
                    continue
                wide = row.params == 9 * row.input_shape[0] * row.output_shape[0]
                length = row.macs / per[title]
                face, edge = (PALE["slab"], INK["blue"]) if wide else (PALE["accent"], INK["accent"])
                hatch = None if wide else "...."
                ax.barh(y, length, 0.55, left, facecolor=face, edgecolor=edge, hatch=hatch, linewidth=1)
                if length > 0.13 * widest:
                    text = f"{'3×3' if wide else '1×1'}, {row.input_shape[0]} → {row.output_shape[0]}"
                    box = {"facecolor": face, "edgecolor": "none", "pad": 1.5}
                    ax.text(left + length / 2, y, text, ha="center", va="center", fontsize=8.5, bbox=box)
                left += length
            ax.text(left + 0.012 * widest, y, f"{left:.4g}", va="center")
        ax.set(yticks=range(len(blocks)), yticklabels=list(blocks), title=title, xlim=(0, widest * 1.1))
        ax.set_ylim(len(blocks) - 0.5, -0.5)
        ax.tick_params(axis="y", length=0)
    return fig


def stage(name: str) -> str:
    """The part of a network that a row belongs to, from its name."""
    if name.startswith("layer"):
        return f"stage {name.split('.')[0].removeprefix('layer')}"
    return "stem" if name in ("conv1", "bn1", "relu", "maxpool") else "head"


@styled
def by_stage(trace: Trace) -> Figure:
    """Where a network has its MACs, parameters and activations: the share of every stage."""
    parts = list(dict.fromkeys(stage(row.name) for row in trace.rows))
    fig, axes = plt.subplots(1, 3, figsize=(6.4, 2.5), sharey=True)
    fig.subplots_adjust(0.1, 0.05, 0.985, 0.88, wspace=0.12)
    for ax, field in zip(axes, ("macs", "params", "activations")):
        whole = getattr(trace, field)
        for y, part in enumerate(parts):
            share = sum(getattr(row, field) for row in trace.rows if stage(row.name) == part) / whole
            ax.barh(y, share, 0.62, facecolor=PALE["slab side"], edgecolor=INK["blue"])
            ax.text(share + 0.012, y, f"{share:.1%}", va="center", fontsize=8.5)
        ax.set(title={"macs": "MACs", "params": "parameters"}.get(field, field), xticks=[], xlim=(0, 0.8))
        ax.set(ylim=(len(parts) - 0.5, -0.5), yticks=range(len(parts)), yticklabels=parts)
        ax.spines["bottom"].set_visible(False)
        ax.tick_params(axis="y", length=0)
    return fig


@styled
def scaling(panels: Mapping[str, Mapping[str, Mapping[float, float]]]) -> Figure:
    """How counts grow with a factor, relative to the factor 1, on logarithmic axes.

    Args:
        panels: title of a panel -> what grows -> factor -> count.
    """
    fig, axes = plt.subplots(1, len(panels), figsize=(6.2, 2.9), sharey=True)
    fig.subplots_adjust(0.075, 0.16, 0.99, 0.9, wspace=0.08)
    looks = (("o", "-", INK["accent"]), ("s", "--", INK["blue"]), ("^", ":", INK["plum"]))
    for ax, (title, series) in zip(np.atleast_1d(axes), panels.items()):
        for (name, points), (marker, dash, color) in zip(series.items(), looks):
            x = sorted(points)
            y = [points[factor] / points[1] for factor in x]
            style = {"marker": marker, "color": color, "markersize": 8 - len(dash), "linewidth": 1.6}
            ax.plot(x, y, dash, label=name, **style)
        ax.set(xscale="log", yscale="log", xlabel="factor", title=title)
        ax.set_xticks(x, [f"{tick:g}" for tick in x])
        low, high = (round(log2(limit)) for limit in ax.get_ylim())
        ax.set_yticks([2.0**p for p in range(low, high + 1)], [f"{2.0**p:g}" for p in range(low, high + 1)])
        ax.minorticks_off()
        ax.grid()
        ax.legend(frameon=False, loc="upper left", handlelength=3)
    return fig


# ---------------------------------------------------------------- times


@styled
def sweep(recorded: Run, here: Sequence[Measurement] = ()) -> Figure:
    """Time of a 1x1 convolution C -> C whose maps hold the same count of numbers for every C."""
    fig, ax = plt.subplots(figsize=(5.4, 3.2))
    fig.subplots_adjust(0.12, 0.15, 0.98, 0.94)
    rows = recorded.part("sweep")
    x, y = [_channels(row) for row in rows], [1e3 * row.seconds for row in rows]
    ax.plot(x, y, "-", marker="o", color=INK["accent"], label=f"recorded: {recorded.machine}")
    if here:
        style = {"linestyle": "none", "marker": "x", "markersize": 8, "markeredgewidth": 1.8, "color": INK["blue"]}
        ax.plot([_channels(row) for row in here], [1e3 * row.seconds for row in here], label="this run", **style)
    copy = recorded["copy"]
    floor = 1e3 * rows[0].bytes / (copy.bytes / copy.seconds)
    ax.plot(x, [floor] * len(x), "--", color=INK["muted"], label="reading and writing the numbers once")
    work = [1e3 * row.macs / recorded.peak for row in rows]
    ax.plot(x, work, ":", color=INK["text"], label="the MACs at the rate of a large matrix product")
    ax.set(xscale="log", yscale="log", xlabel="channels C", ylabel="milliseconds", ylim=(min(work) * 0.8, max(y) * 6))
    ax.set_xticks(x, [str(c) for c in x])
    _plain_ticks(ax)
    ax.minorticks_off()
    ax.grid(axis="y")
    ax.legend(frameon=False, loc="upper left", fontsize=8.5)
    return fig


def _channels(row: Measurement) -> int:
    return int(row.name.split(", ")[1].split()[0])


@styled
def roofline(run: Run, name: Mapping[str, str] | None = None) -> Figure:
    """Operations with MACs under the two roofs of a machine.

    Args:
        name: measurements to write a label beside, by their name.
    """
    fig, ax = plt.subplots(figsize=(5.8, 3.9))
    fig.subplots_adjust(0.11, 0.13, 0.98, 0.91)
    rows = [row for row in run.rows if row.part in ("layer", "grouped") and row.macs]
    low, high = min(row.intensity for row in rows) / 5, max(row.intensity for row in rows) * 2
    x = np.array([low, run.ridge, high])
    ax.plot(x, np.minimum(x * run.bandwidth, run.peak) / 1e9, color=INK["text"], linewidth=1.6)
    ax.text(high, run.peak / 1e9 * 1.09, "peak of a matrix product", ha="right", va="bottom", fontsize=8.5)
    kinds = [kind for kind in _KINDS if any(row.kind == kind for row in rows)]
    for kind in kinds:
        marker, color = _KINDS[kind]
        here = [row for row in rows if row.kind == kind]
        style = {"linestyle": "none", "marker": marker, "color": color, "markerfacecolor": "none"}
        points = [row.intensity for row in here], [row.rate / 1e9 for row in here]
        ax.plot(*points, label=_proper(kind), **style)
    for row in rows:
        if name and row.name in name:
            spot = {"textcoords": "offset points", "xytext": (7, -9), "fontsize": 8.5}
            ax.annotate(name[row.name], (row.intensity, row.rate / 1e9), **spot)
    lowest = min(min(row.rate for row in rows) / 2e9, low * run.bandwidth / 1e9)
    ax.set(xscale="log", yscale="log", xlim=(low, high), ylim=(lowest, run.peak / 1e9 * 1.9))
    ax.set(xlabel="MACs for each byte moved", ylabel="billion MACs a second")
    ax.set_title(f"{run.machine}, {run.env['date']}")
    ax.axvline(run.ridge, color=INK["muted"], linewidth=0.8, linestyle=":")
    bottom = ax.get_ylim()[0] * 1.12
    ax.text(run.ridge / 1.08, bottom, "limited by memory", ha="right", fontsize=8.5, color=INK["muted"])
    ax.text(run.ridge * 1.08, bottom, "limited by arithmetic", ha="left", fontsize=8.5, color=INK["muted"])
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    _plain_ticks(ax)
    ax.legend(frameon=False, loc="center right", bbox_to_anchor=(1, 0.3), fontsize=8.5)
    return fig


def _proper(kind: str) -> str:
    return re.sub(r"(?<=\d)x(?=\d)", "×", kind)


def _plain_ticks(ax: Axes) -> None:
    """Numbers as numbers on logarithmic axes, and none at the smaller ticks."""
    for axis in (ax.xaxis, ax.yaxis):
        if not isinstance(axis.get_major_locator(), FixedLocator):
            axis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.set_minor_formatter(NullFormatter())


@styled
def shares(run: Run) -> Figure:
    """Every kind of operation of the recorded network: its share of the MACs, and its share of the time."""
    kinds = list(dict.fromkeys(row.kind for row in sorted(run.part("layer"), key=lambda row: -row.count * row.macs)))
    table = {kind: share_of(run, kind) for kind in kinds}
    kinds.sort(key=lambda kind: -table[kind][1])
    fig, ax = plt.subplots(figsize=(5.8, 3.6))
    fig.subplots_adjust(0.215, 0.04, 0.97, 0.98)
    looks = (("MACs", PALE["slab side"], INK["blue"], None), ("time", PALE["accent"], INK["accent"], "////"))
    for index, (label, face, edge, hatch) in enumerate(looks):
        values = [table[kind][index] for kind in kinds]
        y = np.arange(len(kinds)) + (index - 0.5) * 0.36
        ax.barh(y, values, 0.34, facecolor=face, edgecolor=edge, hatch=hatch, label=f"share of the {label}")
        for height, value in zip(y, values):
            ax.text(value + 0.006, height, f"{value:.1%}", va="center", fontsize=8.5)
    ax.set(yticks=range(len(kinds)), yticklabels=[_proper(kind) for kind in kinds])
    ax.set(ylim=(len(kinds) - 0.5, -0.6), xticks=[], xlim=(0, 0.62))
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    ax.legend(frameon=False, loc="lower right")
    return fig


def share_of(run: Run, kind: str) -> tuple[float, float]:
    """A kind's share of the MACs and of the time of the recorded network's operations, each as often as it occurs."""
    rows = run.part("layer")
    chosen = [row for row in rows if row.kind == kind]
    macs, seconds = (
        sum(row.count * getattr(row, field) for row in chosen) / sum(row.count * getattr(row, field) for row in rows)
        for field in ("macs", "seconds")
    )
    return macs, seconds
