"""The running statistics of batch norm, taken anew."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

__all__ = ["batch_norms", "modes_kept", "recompute", "recomputed"]


def batch_norms(net: nn.Module) -> list[_BatchNorm]:
    """Every batch norm of a network that keeps running statistics."""
    return [m for m in net.modules() if isinstance(m, _BatchNorm) and m.track_running_stats]


@contextmanager
def modes_kept(net: nn.Module) -> Iterator[None]:
    """Leave every layer in the mode, training or evaluation, that it came in."""
    before = {module: module.training for module in net.modules()}
    try:
        yield
    finally:
        for module, mode in before.items():
            module.training = mode


@torch.no_grad()
def recompute(net: nn.Module, batches: Iterable[tuple[Tensor, Tensor] | Tensor]) -> nn.Module:
    """Forget the running mean and variance of every batch norm, and take their average over these batches instead.

    The weights stay. Every batch counts alike, as the batches of training do: give batches of one size, and large
    ones, since a batch norm in the depth sees the maps that the batch's own statistics have made.

    Args:
        net: changed in place; a network without batch norm stays as it is.
        batches: of pictures, (N, C, H, W), or of pairs whose first part they are.

    Returns:
        The same network, every layer in the mode that it came in.

    Raises:
        ValueError: there is no batch.
    """
    layers = batch_norms(net)
    if not layers:
        return net
    momenta = [layer.momentum for layer in layers]
    with modes_kept(net):
        net.eval()
        for layer in layers:
            layer.reset_running_stats()
            layer.momentum = None  # PyTorch's sign for an average over all batches
            layer.training = True
        count = 0
        try:
            for batch in batches:
                net(batch if isinstance(batch, Tensor) else batch[0])
                count += 1
        finally:
            for layer, momentum in zip(layers, momenta):
                layer.momentum = momentum
    if not count:
        raise ValueError("statistics need pictures: expected at least one batch, got none")
    return net


def recomputed(net: nn.Module, batches: Iterable[tuple[Tensor, Tensor] | Tensor]) -> nn.Module:
    """A copy of the network with its statistics taken anew, see `recompute`; the given one is left alone."""
    return recompute(copy.deepcopy(net), batches)
