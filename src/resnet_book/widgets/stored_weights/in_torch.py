"""Stored weights as networks of PyTorch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import nn

from ...architectures import Architecture
from ...building import build
from ...experiments.folding import fold
from . import Stored

__all__ = ["as_network", "network"]


def as_network(state: Mapping[str, np.ndarray], arch: Architecture) -> nn.Module:
    """Folded weights by name, see `Stored.read`, as a module in evaluation mode."""
    net = fold(build(arch).eval())
    net.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in state.items()})
    return net


def network(stored: Stored, name: str) -> nn.Module:
    """One of the stored networks, in evaluation mode."""
    return as_network(stored.read(name), stored.architecture(name))
