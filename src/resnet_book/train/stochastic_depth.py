"""Stochastic depth: while a network learns, each step leaves some residual branches out (Huang et al. 2016)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from ..models import BasicBlock, Bottleneck, Residual

__all__ = ["drop_branches", "survivals"]

RESIDUAL = (BasicBlock, Bottleneck, Residual)


def survivals(blocks: int, last: float) -> list[float]:
    """The share of steps in which each branch is there: from nearly 1 at the first block to `last` at the last.

    It falls in a straight line, by the same amount from block to block (Huang et al. 2016, section 3).
    """
    return [1 - place / blocks * (1 - last) for place in range(1, blocks + 1)]


def drop_branches(net: nn.Module, last: float) -> list[RemovableHandle]:
    """From now on the network leaves branches out at random in training mode, each for a whole batch.

    What a branch puts out is multiplied by 0, or where it stays by 1 / (its share of steps). So in evaluation mode the
    network is what it always is; in the paper the branches are scaled then instead. A branch that is left out is
    computed all the same: this saves no time. The dice are torch's own, on the CPU: `torch.manual_seed` decides.

    Args:
        net: a network of `build` with skips; its state dict stays what it is.
        last: the share of steps in which the last block's branch is there, above 0.

    Returns:
        The hooks, one a block, to remove again.
    """
    blocks = [module for module in net.modules() if isinstance(module, RESIDUAL)]
    return [
        _end(block).register_forward_hook(_hook(share)) for block, share in zip(blocks, survivals(len(blocks), last))
    ]


def _end(block: nn.Module) -> nn.Module:
    """The last layer of its branch."""
    return block.bn3 if isinstance(block, Bottleneck) else block.bn2


def _hook(share: float):
    def hook(layer: nn.Module, _: tuple, out: Tensor) -> Tensor | None:
        if not layer.training:
            return None
        return out * (float(torch.rand(()) < share) / share)

    return hook
