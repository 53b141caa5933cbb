"""What is left of a network without one of its blocks, and of one that goes through its first blocks only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .ink import INK, KINDS, styled

__all__ = ["by_blocks", "lesions"]

# How a network is drawn: by color, by the form of its marks, and by its name.
LOOKS = {
    "plain": {"color": KINDS["plain"], "marker": "s", "fillstyle": "none"},
    "stochastic": {"color": KINDS["other"], "marker": "D", "fillstyle": "full"},
    "residual": {"color": KINDS["residual"], "marker": "o", "fillstyle": "full"},
}


def _look(name: str) -> dict[str, str]:
    return next((look for kind, look in LOOKS.items() if kind in name), LOOKS["residual"])


@styled
def lesions(found: Mapping[str, Mapping[str, float]], whole: Mapping[str, float], title: str = "") -> Figure:
    """The accuracy of networks without one block, by the block; a thin line shows what each reaches whole.

    Args:
        found: network -> block -> accuracy, 0 to 1. Networks of as many blocks share a panel.
        whole: network -> accuracy.
    """
    panels: dict[int, list[str]] = {}
    for name, blocks in found.items():
        panels.setdefault(len(blocks), []).append(name)
    fig, axes = plt.subplots(len(panels), 1, figsize=(5.8, 0.5 + 2.7 * len(panels)), squeeze=False)
    fig.subplots_adjust(0.11, 0.24 / len(panels), 0.99, 1 - 0.11 / len(panels), hspace=0.55)
    for ax, (count, names) in zip(axes[:, 0], panels.items()):
        for name in names:
            look, values = _look(name), list(found[name].values())
            ax.plot(range(count), [100 * value for value in values], linestyle="none", markersize=6, label=name, **look)
            ax.axhline(
                100 * whole[name], color=look["color"], linewidth=0.9, linestyle="--" if "plain" in name else "-"
            )
        blocks = list(found[names[0]])
        shown = [at for at, block in enumerate(blocks) if count < 12 or block.endswith(".0")]
        ax.set_xticks(shown, [blocks[at] for at in shown], rotation=40, ha="right", rotation_mode="anchor")
        _percent(ax, "test accuracy, %")
        ax.set_xlim(-0.5, 1.1 * count - 0.5)  # room for the word beside the last block
        if title:
            ax.set_title(title)
        ax.legend(frameon=False, fontsize=8, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncol=3, handletextpad=0.2)
    return fig


@styled
def by_blocks(found: Mapping[str, Sequence[float]], title: str = "") -> Figure:
    """The accuracy of networks that go through their first blocks only, by how many; a line for each network."""
    fig, ax = plt.subplots(figsize=(5.4, 2.9))
    fig.subplots_adjust(0.12, 0.17, 0.98, 0.9)
    for name, values in found.items():
        look = _look(name)
        dash = {"plain": "--", "stochastic": "-."}.get(next((k for k in LOOKS if k in name), ""), "-")
        ax.plot(range(len(values)), [100 * v for v in values], dash, label=name, markersize=5, linewidth=1.6, **look)
        ax.set_xticks(range(len(values)))
    _percent(ax, "test accuracy, %")
    ax.set(xlabel="blocks from the entrance on that keep their branches", title=title)
    ax.legend(frameon=False, loc="upper left", handlelength=3)
    return fig


def _percent(ax: Axes, label: str) -> None:
    ax.axhline(10, color=INK["muted"], linewidth=0.8, linestyle=":")
    ax.text(
        0.995,
        8.5,
        "guessing",
        transform=ax.get_yaxis_transform(),
        fontsize=7.5,
        color=INK["muted"],
        ha="right",
        va="top",
    )
    ax.set(ylabel=label, ylim=(0, 103), yticks=range(0, 101, 20))
    ax.grid(axis="y")
    ax.set_axisbelow(True)
