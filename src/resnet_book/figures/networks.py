"""Lines of plain and residual networks, told apart in the same way in every chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from .ink import KINDS

__all__ = ["network_lines"]

# By the kind that a name speaks of: color and dash.
LOOKS = {"plain": (KINDS["plain"], "--"), "res": (KINDS["residual"], "-")}
OTHER = (KINDS["other"], "-.")


def network_lines(ax: Axes, series: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> None:
    """A line for each network: its kind by color and dash; the deepest is the thick one.

    Args:
        ax: where to.
        series: by a name that tells kind and depth ("plain-56", "cifar-resnet20"), places across and values.
    """
    depth = {name: int("".join(filter(str.isdigit, name)) or 0) for name in series}
    for name, (x, y) in series.items():
        color, dash = next((look for kind, look in LOOKS.items() if kind in name), OTHER)
        width = 2.4 if depth[name] == max(depth.values()) else 1.2
        label = name.replace("cifar-plain", "plain-").replace("cifar-resnet", "residual-")
        ax.plot(x, y, dash, color=color, linewidth=width, label=label)
    ax.grid(axis="y")
    ax.set_axisbelow(True)
