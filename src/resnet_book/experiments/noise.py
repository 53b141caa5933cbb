"""A network that is trained on pure noise: whether it can be trained at all, with nothing to understand."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..architectures import Architecture
from ..building import build

__all__ = ["fit_noise", "noise"]


def noise(count: int, size: int, seed: int, channels: int = 3, classes: int = 10) -> tuple[Tensor, Tensor]:
    """Pictures of pure noise, (count, channels, size, size), and random labels: nothing but memory fits them."""
    generator = torch.Generator().manual_seed(seed)
    pictures = torch.randn(count, channels, size, size, generator=generator)
    return pictures, torch.randint(classes, (count,), generator=generator)


def fit_noise(
    arch: Architecture, *, steps: int = 30, count: int = 32, size: int = 8, lr: float = 0.01, seed: int = 0
) -> list[float]:
    """Train a new network on `noise` by gradient descent with momentum 0.9, all pictures at every step.

    Returns:
        steps + 1 training losses: at the start, and after each step.
    """
    pictures, labels = noise(count, size, seed, arch.in_channels, arch.num_classes)
    torch.manual_seed(seed)
    net = build(arch)
    optimizer = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(net(pictures), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    with torch.no_grad():
        losses.append(F.cross_entropy(net(pictures), labels).item())
    return losses
