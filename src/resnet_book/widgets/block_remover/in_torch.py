"""The block remover's networks in PyTorch: what the page runs, built from the same stored weights."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from ...experiments.lesions import lesion
from ..stored_weights.in_torch import network as stored_network
from .weights import STORED

__all__ = ["network", "normalized", "taken_apart"]


def network(name: str) -> nn.Module:
    """ "residual" or "plain", with the weights that ship."""
    return stored_network(STORED, name)


@torch.no_grad()
def taken_apart(net: nn.Module, lesions: Mapping[str, str], scales: Mapping[str, float]) -> nn.Module:
    """A new network with lesions in the words of `resnet_book.experiments.lesions`, and with branches multiplied by
    factors, whatever else is done to their blocks: a branch ends in a linear layer, whose weights can carry it."""
    scaled = copy.deepcopy(net)
    for name, factor in scales.items():
        for parameter in scaled.get_submodule(f"{name}.conv2").parameters():
            parameter.mul_(factor)
    return lesion(scaled, lesions)


def normalized(images: np.ndarray, mean: float, std: float) -> Tensor:
    """Pictures (N, 28, 28) uint8 as the networks take them: (N, 1, 28, 28) float32."""
    return (torch.from_numpy(images).float().div(255)[:, None] - mean) / std
