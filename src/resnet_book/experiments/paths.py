"""A residual network as a sum over paths, and how much of the gradient comes by paths of each length.

Each block offers two ways, through its branch or past it, so n blocks offer 2**n paths (Veit, Wilber and Belongie
2016). The gradient of a picture's loss is exactly the sum of what comes back along each: a block hands back J^T g by
its branch and g by its skip, where g has passed the ReLU behind the sum, which all paths share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import comb
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import ShapeError
from .lesions import blocks, parts
from .statistics import modes_kept

__all__ = ["Length", "by_length", "head", "path_gradients", "stem"]

MOST = 12  # blocks, of whose paths each one is followed: 4,096


def stem(net: nn.Module, x: Tensor) -> Tensor:
    """What enters the first block."""
    return net.maxpool(net.relu(net.bn1(net.conv1(x))))


def head(net: nn.Module, y: Tensor) -> Tensor:
    """The logits, from what leaves the last block."""
    return net.fc(torch.flatten(net.avgpool(y), 1))


class Length(NamedTuple):
    """All paths of one length.

    Attributes:
        length: branches that such a path goes through.
        count: how many paths there are.
        alone: the norm of the gradient that comes back along a single one: the mean over paths and pictures.
        together: the norm of their sum, the mean over pictures.
    """

    length: int
    count: int
    alone: float
    together: float


class _Open:
    """A block run once, forward, with both of its ways back held open."""

    def __init__(self, block: nn.Module, x: Tensor) -> None:
        branch, skip = parts(block)
        self.x = x.detach().requires_grad_()
        self.branch, self.skip = branch(self.x), skip(self.x)
        total = (self.branch + self.skip).detach()
        self.mask, self.out = total > 0, torch.relu(total)

    def by_branch(self, gradient: Tensor) -> Tensor:
        return torch.autograd.grad(self.branch, self.x, gradient, retain_graph=True)[0]

    def by_skip(self, gradient: Tensor) -> Tensor:
        if self.skip is self.x:  # the identity
            return gradient
        return torch.autograd.grad(self.skip, self.x, gradient, retain_graph=True)[0]


@contextmanager
def _opened(net: nn.Module, x: Tensor, y: Tensor) -> Iterator[tuple[list[_Open], Tensor]]:
    """Every block, open, and the gradient of each picture's loss in what leaves the last; in evaluation mode."""
    if any(parts(block)[1] is None for block in blocks(net).values()):
        raise ShapeError(
            type(net).__name__, "a plain network", "blocks with skips", "a plain network has a single path"
        )
    with modes_kept(net):
        net.eval()
        opened, out = [], stem(net, x)
        for block in blocks(net).values():
            opened.append(_Open(block, out))
            out = opened[-1].out
        out = out.detach().requires_grad_()
        loss = F.cross_entropy(head(net, out), y, reduction="sum")
        yield opened, torch.autograd.grad(loss, out)[0]


def by_length(net: nn.Module, x: Tensor, y: Tensor) -> list[Tensor]:
    """The gradient of each picture's loss in what enters the first block, sorted by the lengths of paths.

    Args:
        net: a network of `build` with skips; run in evaluation mode, and left as it is.
        x, y: pictures, (N, C, H, W), and their classes, (N,).

    Returns:
        For each length, from 0 to the number of blocks, the sum over all paths of that length, shaped as what enters
        the first block. Their sum is the gradient.
    """
    with _opened(net, x, y) as (opened, last):
        sums = [last]
        for block in reversed(opened):
            sums = [block.mask * gradient for gradient in sums]
            longer = [block.by_branch(gradient) for gradient in sums]
            past = [block.by_skip(gradient) for gradient in sums]
            sums = [past[0], *(a + b for a, b in zip(past[1:], longer)), longer[-1]]
        return sums


def path_gradients(net: nn.Module, x: Tensor, y: Tensor) -> list[Length]:
    """How much of the gradient comes by paths of each length: along one path, and by all of them together.

    Every path is followed, none drawn at random.

    Args:
        net, x, y: see `by_length`.

    Raises:
        ShapeError: more blocks than 12, too many paths to follow each; or a plain network.
    """
    count = len(blocks(net))
    if count > MOST:
        fix = "`by_length` gives the sums for any number of blocks"
        raise ShapeError(type(net).__name__, f"{count} blocks, {2**count:,} paths", f"at most {MOST} blocks", fix)
    alone = [0.0] * (count + 1)

    def visit(length: int, gradient: Tensor) -> None:
        alone[length] += _norms(gradient).sum().item()

    with _opened(net, x, y) as (opened, last):
        _follow(opened, last, 0, visit)
    together = by_length(net, x, y)
    return [
        Length(k, comb(count, k), alone[k] / comb(count, k) / len(x), _norms(together[k]).mean().item())
        for k in range(count + 1)
    ]


def _follow(opened: list[_Open], gradient: Tensor, length: int, visit: Callable[[int, Tensor], None]) -> None:
    """Every path back from here, depth first: so no more than one gradient a block has to be held."""
    if not opened:
        visit(length, gradient)
        return
    block, before = opened[-1], opened[:-1]
    gradient = block.mask * gradient
    _follow(before, block.by_skip(gradient), length, visit)
    _follow(before, block.by_branch(gradient), length + 1, visit)


def _norms(gradient: Tensor) -> Tensor:
    """One a picture."""
    return gradient.flatten(1).double().norm(dim=1)
