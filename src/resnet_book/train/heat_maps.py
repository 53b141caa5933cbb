"""Points out of heat maps: a map for each point, and the middle of its weight as the place.

The maximum of a map has no gradient; its mean place under a softmax has one ("soft-argmax", "integral regression":
Sun et al. 2018, Nibali et al. 2018), and it falls between the cells, so that a coarse map will do.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

__all__ = ["HeatMaps", "soft_argmax", "use_heat_maps"]


def soft_argmax(maps: Tensor) -> Tensor:
    """The mean place of each map, its softmax being the weight of its cells.

    Args:
        maps: (N, K, H, W), before the softmax.

    Returns:
        (N, K, 2): x and y of the middle, the picture's sides being 1. It lies between the centres of the outermost
        cells, so no point is ever found at the very edge.
    """
    weight = maps.flatten(2).softmax(2).unflatten(2, maps.shape[2:])
    x, y = ((torch.arange(count).to(maps) + 0.5) / count for count in (maps.shape[3], maps.shape[2]))
    return torch.stack([weight.sum(2) @ x, weight.sum(3) @ y], 2)


class HeatMaps(nn.Module):
    """The last layer of a network that finds points by heat maps: a 1x1 convolution, then `soft_argmax`.

    Args:
        channels: of the trunk's last map, which is square.
        points: how many are looked for.

    Shape: (N, channels * S * S), the flattened map, -> (N, 2 * points), x and y in turn.

    Raises:
        ValueError: the map is not square.
    """

    def __init__(self, channels: int, points: int) -> None:
        super().__init__()
        self.channels = channels
        self.conv = nn.Conv2d(channels, points, 1)

    def forward(self, x: Tensor) -> Tensor:
        side = math.isqrt(x.shape[1] // self.channels)
        if side**2 * self.channels != x.shape[1]:
            raise ValueError(f"{x.shape[1]} values are no square map of {self.channels} channels; give square pictures")
        with torch.autocast(x.device.type, enabled=False):  # in 16 bits places would come in steps
            maps = self.conv(x.float().unflatten(1, (self.channels, side, side)))
            return soft_argmax(maps).flatten(1)


def use_heat_maps(net: nn.Module, points: int) -> nn.Module:
    """Put `HeatMaps` in place of a network's last layer, and nothing in place of the pooling before it; returns it."""
    channels = net.fc.in_features // net.avgpool.output_size**2
    net.avgpool, net.fc = nn.Identity(), HeatMaps(channels, points)
    return net
