"""How much each pixel of a picture has to say about one output: the receptive field, and what of it has an effect."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["convolutions", "influence", "side_of"]


def convolutions(depth: int, channels: int = 16, seed: int = 0) -> nn.Sequential:
    """So many 3x3 convolutions, each with a ReLU behind it, with random weights (He et al. 2015, "Delving deep")."""
    torch.manual_seed(seed)
    net = nn.Sequential()
    for index in range(depth):
        conv = nn.Conv2d(channels if index else 1, channels, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(conv.weight, nonlinearity="relu")
        net.extend([conv, nn.ReLU()])
    return net


def influence(net: nn.Module, size: int, count: int = 64, seed: int = 0) -> np.ndarray:
    """The gradient of the middle output by every pixel, as its root mean square over channels and random pictures.

    Args:
        net: takes (N, 1, size, size) and puts out maps.

    Returns:
        (size, size), the largest entry 1.
    """
    generator = torch.Generator().manual_seed(seed)
    pictures = torch.randn(count, 1, size, size, generator=generator, requires_grad=True)
    maps = net(pictures)
    middle = maps[:, :, maps.shape[2] // 2, maps.shape[3] // 2]
    signs = torch.randn(middle.shape, generator=generator).sign()  # so that channels do not cancel
    gradient: Tensor
    (gradient,) = torch.autograd.grad((signs * middle).sum(), pictures)
    found = gradient.square().mean((0, 1)).sqrt().numpy()
    return found / found.max()


def side_of(found: np.ndarray, share: float = 0.9) -> int:
    """The side of the smallest square around the middle that holds that share of the squared influence."""
    middle, squared = found.shape[0] // 2, found**2
    for reach in range(middle + 1):
        inside = squared[middle - reach : middle + reach + 1, middle - reach : middle + reach + 1]
        if inside.sum() >= share * squared.sum():
            return 2 * reach + 1
    return found.shape[0]
