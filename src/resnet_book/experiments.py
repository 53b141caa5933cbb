"""Small measurements that the chapters make, each a function of what it is given and a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from numbers import Number
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .architectures import Architecture
from .building import build
from .models import BasicBlock, Bottleneck, PlainBlock, Residual

__all__ = ["best_fit_error", "check", "fit_noise", "gradient_norms", "jacobian", "noise", "without_batch_norm"]

BLOCKS = (BasicBlock, Bottleneck, PlainBlock, Residual)


def check(prediction: Any, truth: Any, unit: str = "") -> str:
    """What to tell a reader about a prediction: whether it is right, and nothing that gives the answer away.

    Numbers and shapes must be equal; a list counts as a tuple. `None` stands for no prediction yet.
    """
    if prediction is None or prediction is Ellipsis:
        return "No prediction yet: write yours into the cell and run it again."
    if isinstance(prediction, list):
        prediction = tuple(prediction)
    unit = f" {unit}" if unit else ""
    if type(prediction) is type(truth) or (isinstance(prediction, Number) and isinstance(truth, Number)):
        if prediction == truth:
            return f"Right: {prediction}{unit}."
        hint = ""
        if isinstance(truth, Number) and not isinstance(truth, bool):
            hint = " The true number is larger." if prediction < truth else " The true number is smaller."
        return f"Not {prediction}{unit}.{hint} The solution below shows the way."
    return f"The answer is of another kind: {type(truth).__name__}, not {type(prediction).__name__}."


def best_fit_error(powers: Iterable[int], target: Callable[[np.ndarray], np.ndarray] = np.exp) -> float:
    """How near a polynomial of these powers can come to a function on [-1, 1], as a root mean square."""
    x = np.linspace(-1, 1, 201)
    columns = np.stack([x**power for power in powers], axis=1)
    weights = np.linalg.lstsq(columns, target(x), rcond=None)[0]
    return float(np.sqrt(np.mean((columns @ weights - target(x)) ** 2)))


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
        The training loss before each step.
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
    return losses


def gradient_norms(arch: Architecture, *, count: int = 16, size: int = 16, seed: int = 0) -> list[float]:
    """Norm of the loss gradient at the output of every block of a new, untrained network, from the input on."""
    pictures, labels = noise(count, size, seed, arch.in_channels, arch.num_classes)
    torch.manual_seed(seed)
    net = build(arch)
    outputs: list[Tensor] = []
    for module in net.modules():
        if isinstance(module, BLOCKS):
            module.register_forward_hook(lambda _, __, out: outputs.append(out))
    loss = F.cross_entropy(net(pictures), labels)
    return [gradient.norm().item() for gradient in torch.autograd.grad(loss, outputs)]


def jacobian(function: Callable[[Tensor], Tensor] | nn.Module, x: Tensor) -> Tensor:
    """Every derivative of the first picture's output by the first picture's input, the rest of the batch held still.

    Args:
        function: takes a batch, (N, C, H, W), and puts out a batch.
        x: the batch.

    Returns:
        (outputs, inputs): entry (i, j) says how much output i moves for a small push at input j.
    """
    first, rest = x[:1], x[1:]

    def of_first(picture: Tensor) -> Tensor:
        return function(torch.cat([picture, rest]))[0].flatten()

    return torch.autograd.functional.jacobian(of_first, first, vectorize=True).flatten(1).detach()


def without_batch_norm(net: nn.Module) -> nn.Module:
    """The same module, each of its batch norms replaced in place by nothing at all."""
    for name, child in net.named_children():
        if isinstance(child, nn.BatchNorm2d):
            setattr(net, name, nn.Identity())
        else:
            without_batch_norm(child)
    return net
