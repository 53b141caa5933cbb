"""Short trainings on the pictures of clothes that ship with the package: seconds each, to see how a start behaves."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..architectures import Architecture, Stem
from ..data import normalization, resize, sample

__all__ = ["accuracy", "clothes", "learn", "small"]


def small(depth: int, kind: str = "basic", width: int = 4) -> Architecture:
    """A thin network of 6n + 2 layers for grey pictures: three stages, of `width`, 2 and 4 times as many channels.

    Args:
        depth: 8, 14, 20, ...
        kind: ``"basic"`` (option A) or ``"plain"``.

    Raises:
        ValueError: a depth that is not 6n + 2.
    """
    if depth < 8 or depth % 6 != 2:
        raise ValueError(f"this family has 6n + 2 layers: 8, 14, 20, ...; got {depth}")
    return Architecture(
        f"small-{'plain' if kind == 'plain' else 'resnet'}{depth}",
        kind,
        ((depth - 2) // 6,) * 3,
        (width, 2 * width, 4 * width),
        Stem(width, 3, 1, 1, pool=False),
        in_channels=1,
        num_classes=10,
        shortcut="none" if kind == "plain" else "A",
    )


def clothes(train: bool, size: int = 14) -> tuple[Tensor, Tensor]:
    """The sample that ships: 1,000 training or 500 test pictures, normalized by the training part, and their classes.

    Shape: (N, 1, size, size), float32, and (N,).
    """
    training, wanted = sample(True), sample(train)
    mean, std = normalization(training, "channels")
    return (resize(wanted.planes, size).float() / 255 - mean) / std, wanted.labels


def learn(
    net: nn.Module,
    pictures: tuple[Tensor, Tensor],
    *,
    steps: int = 100,
    lr: float = 0.1,
    batch: int = 50,
    seed: int = 0,
    momentum: float = 0.9,
    scalars: float = 1.0,
) -> list[float]:
    """Train a network by gradient descent with momentum, in the mode, training or evaluation, that it is in.

    Args:
        pictures: (x, y); their order in every pass is drawn from `seed`, and what is left over is left out.
        scalars: by what the learning rate is multiplied for parameters that are single numbers.

    Returns:
        The loss of each step's batch. After a loss that is infinite or no number training stops: such numbers follow.
    """
    x, y = pictures
    generator = torch.Generator().manual_seed(seed)
    single = [p for p in net.parameters() if p.ndim == 0]
    groups = [{"params": [p for p in net.parameters() if p.ndim]}, {"params": single, "lr": scalars * lr}]
    optimizer = torch.optim.SGD([group for group in groups if group["params"]], lr=lr, momentum=momentum)
    losses: list[float] = []
    while len(losses) < steps:
        for chosen in torch.randperm(len(x), generator=generator).split(batch):
            if len(chosen) < batch or len(losses) == steps:
                break
            loss = F.cross_entropy(net(x[chosen]), y[chosen])
            losses.append(loss.item())
            if not math.isfinite(losses[-1]):
                return losses + [losses[-1]] * (steps - len(losses))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return losses


@torch.no_grad()
def accuracy(net: nn.Module, pictures: tuple[Tensor, Tensor], batch: int = 100) -> float:
    """The share of pictures that a network gets right, batch by batch in their order, in the mode that it is in.

    In training mode batch norm answers for each batch by that batch, and moves its running statistics.
    """
    x, y = pictures
    right = sum(int((net(part).argmax(1) == label).sum()) for part, label in zip(x.split(batch), y.split(batch)))
    return right / len(y)
