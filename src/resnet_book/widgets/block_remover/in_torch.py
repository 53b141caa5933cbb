"""The block remover's networks in PyTorch: what the page runs, built from the same stored weights."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from ...architectures import Architecture, architecture
from ...building import build
from ...experiments.folding import fold
from ...experiments.lesions import lesion
from .weights import ARCHITECTURES, read

__all__ = ["as_network", "network", "normalized", "taken_apart"]


def as_network(state: Mapping[str, np.ndarray], arch: Architecture) -> nn.Module:
    """Folded weights by name, see `weights.read`, as a module in evaluation mode."""
    net = fold(build(arch).eval())
    net.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in state.items()})
    return net


def network(name: str) -> nn.Module:
    """ "residual" or "plain", with the weights that ship."""
    return as_network(read(name), architecture(ARCHITECTURES[name]))


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
