"""What the usual mistakes in a keypoint tutorial do, each by itself, without a training."""

from __future__ import annotations

import copy

import numpy as np
import torch
from torch import Tensor, nn

from ..data.face_metrics import nme
from ..train.trunks import parts_of

__all__ = ["learning", "moved_statistics", "off", "places_of"]


def off(found: Tensor | np.ndarray, true: Tensor | np.ndarray) -> float:
    """The NME of faces in per cent; two times (N, 68, 2), in one unit."""
    return 100 * float(nme(np.asarray(found, np.float64), np.asarray(true, np.float64)).mean())


@torch.no_grad()
def places_of(net: nn.Module, x: Tensor, batch: int = 64, training: bool = False) -> Tensor:
    """What a network finds in pictures, batch after batch: (N, C, S, S) -> (N, 68, 2), the picture's side being 1.

    Args:
        net: left as it is.
        x: the pictures.
        batch: how many at a time; it matters in training mode only.
        training: whether batch norm takes each batch's own statistics, as in training.
    """
    own = copy.deepcopy(net).train(training)
    return torch.cat([own(part) for part in x.split(batch)]).unflatten(1, (68, 2))


def learning(net: nn.Module) -> int:
    """How many parameters an optimizer would change."""
    return sum(p.numel() for p in net.parameters() if p.requires_grad)


@torch.no_grad()
def moved_statistics(net: nn.Module, x: Tensor) -> int:
    """How many batch norms of the trunk have other running statistics after one batch; the network is left as it is."""
    own = copy.deepcopy(net)
    before = {name: value.clone() for name, value in own.named_buffers() if name.endswith("running_mean")}
    own(x)
    trunk = {id(b) for part in parts_of(own).values() for b in part.buffers()}
    after = {name: value for name, value in own.named_buffers() if name in before and id(value) in trunk}
    return sum(not torch.equal(value, before[name]) for name, value in after.items())
