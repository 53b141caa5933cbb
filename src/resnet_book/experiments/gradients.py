"""What comes back: gradients by block, and every derivative of a block."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..architectures import Architecture
from ..building import build
from ..models import BasicBlock, Bottleneck, PlainBlock, Residual
from .noise import noise

__all__ = ["gradient_norms", "jacobian", "without_batch_norm"]

BLOCKS = (BasicBlock, Bottleneck, PlainBlock, Residual)


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
