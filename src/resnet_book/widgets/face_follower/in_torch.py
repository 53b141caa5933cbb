"""The face follower's networks in PyTorch: what the page runs, built from the same stored weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...data.drawn_faces import draw, face_points, parameters
from ..stored_weights.in_torch import network as stored_network
from .weights import STORED

__all__ = ["drawn", "network", "normalized"]


def network(name: str) -> nn.Module:
    """ "scratch", "frozen" or "fine-tuned", with the weights that ship."""
    return stored_network(STORED, name)


def normalized(images: np.ndarray, mean: list[float], std: list[float]) -> Tensor:
    """Pictures (N, 3, S, S) uint8 as the networks take them, float32."""
    mean, std = (torch.tensor(part, dtype=torch.float32)[:, None, None] for part in (mean, std))
    return (torch.from_numpy(images).float() / 255 - mean) / std


def drawn(changes: dict[str, Any], seed: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The face of a seed with some parameters changed: the picture (1, 3, S, S), uint8, and its points (1, 68, 2)."""
    face = parameters([seed])
    for name, value in changes.items():
        face[name] = np.full(1, float(value))
    return draw(face, size), face_points(face)
