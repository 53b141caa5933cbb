"""What a linear head reads from a trunk at best: fitted in closed form, so that no training was too short."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from .keypoint_mistakes import off

__all__ = ["answers", "closed_form", "features", "heads_by_block", "linear_head", "read_off"]


@torch.no_grad()
def features(net: nn.Module, x: Tensor, batch: int = 64) -> Tensor:
    """What goes into a network's last layer, in evaluation mode: (N, C, S, S) -> (N, F), float64."""
    own = copy.deepcopy(net).eval()
    own.fc = nn.Identity()
    return torch.cat([own(part) for part in x.split(batch)]).double()


def linear_head(
    net: nn.Module, learned: tuple[Tensor, np.ndarray], asked: tuple[Tensor, np.ndarray]
) -> tuple[float, float]:
    """The NME, in per cent, of the linear layer with bias that is best by squares in place of a network's last one.

    Args:
        net: the trunk; its own head does not matter.
        learned: the pictures that the layer is fitted to, (N, C, S, S), and their points, (N, 68, 2).
        asked: others.

    Returns:
        On the pictures that it is fitted to, and on the others.

    Raises:
        ValueError: fewer pictures than the layer has weights for each output: it would fit any points.
    """
    return read_off([features(net, x) for x, _ in (learned, asked)], [y for _, y in (learned, asked)])


def heads_by_block(
    net: nn.Module, learned: tuple[Tensor, np.ndarray], asked: tuple[Tensor, np.ndarray], side: int = 2
) -> dict[str, tuple[float, float]]:
    """The same of linear layers that stand earlier: after the stem, and after each block.

    Args:
        net: one of the book's networks.
        learned, asked: see `linear_head`.
        side: a layer is given the means of each channel over side × side equal parts of its map.

    Returns:
        By the name of the block, "stem" first, what `linear_head` returns.

    Raises:
        ValueError: see `linear_head`.
    """
    own = copy.deepcopy(net).eval()
    places = {"stem": own.bn1} | {
        f"{stage}.{name}": block for stage in own.stages for name, block in own.get_submodule(stage).named_children()
    }
    found: dict[str, list[Tensor]] = {name: [] for name in places}
    for name, module in places.items():
        # a block puts out no negative numbers: the activation changes only the stem's, whose ReLU comes behind it
        module.register_forward_hook(lambda _, __, maps, name=name: found[name].append(_means(maps.relu(), side)))
    for x, _ in (learned, asked):
        features(own, x)
    count = len(learned[0])
    points = [y for _, y in (learned, asked)]
    return {name: read_off(torch.cat(parts).split([count, len(asked[0])]), points) for name, parts in found.items()}


def read_off(inputs: Sequence[Tensor], points: Sequence[np.ndarray]) -> tuple[float, float]:
    """The NME of the linear layer with bias that is best by squares on the first of two sets, on each of them.

    Args:
        inputs: what the layer is given, (N, F) each, float64.
        points: what it is to put out, (N, 68, 2) each.

    Raises:
        ValueError: see `linear_head`.
    """
    head = closed_form(inputs[0], torch.as_tensor(points[0], dtype=torch.float64))
    fitted, found = (off(answers(head, x), y) for x, y in zip(inputs, points))
    return fitted, found


def closed_form(inputs: Tensor, places: Tensor) -> Tensor:
    """The linear layer that is best by squares: (N, F) and (N, 68, 2) -> (F + 1, 136), its bias last.

    Raises:
        ValueError: see `linear_head`.
    """
    inputs = nn.functional.pad(inputs, (0, 1), value=1.0)
    count, weights = inputs.shape
    if count < weights:
        raise ValueError(f"{count} pictures cannot fix {weights} weights an output: fit to at least {weights}")
    return torch.linalg.lstsq(inputs, places.flatten(1), driver="gelsd").solution  # any rank: a channel may be dead


def answers(head: Tensor, inputs: Tensor) -> Tensor:
    """The points that such a layer finds: (F + 1, 136) and (N, F) -> (N, 68, 2)."""
    return (inputs @ head[:-1] + head[-1]).unflatten(1, (-1, 2))


def _means(maps: Tensor, side: int) -> Tensor:
    return nn.functional.adaptive_avg_pool2d(maps, side).flatten(1).double()
