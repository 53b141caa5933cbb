"""What a linear head reads from a trunk at best: fitted in closed form, so that no training was too short."""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import Tensor, nn

from .keypoint_mistakes import off

__all__ = ["features", "linear_head"]


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
    inputs = [nn.functional.pad(features(net, x), (0, 1), value=1.0) for x, _ in (learned, asked)]  # the bias
    count, weights = inputs[0].shape
    if count < weights:
        raise ValueError(f"{count} pictures cannot fix {weights} weights an output: fit to at least {weights}")
    targets = torch.as_tensor(learned[1], dtype=torch.float64).flatten(1)
    head = torch.linalg.lstsq(inputs[0], targets, driver="gelsd").solution  # any rank: a channel may be dead
    return tuple(off((x @ head).unflatten(1, (-1, 2)), y) for x, (_, y) in zip(inputs, (learned, asked)))
