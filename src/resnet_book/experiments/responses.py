"""How large things are along the depth: what layers answer, what blocks hand on, and the gradients that come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .lesions import blocks, parts
from .statistics import modes_kept

__all__ = ["Depth", "along_depth", "responses"]


def responses(net: nn.Module, x: Tensor, *, training: bool = False) -> dict[str, float]:
    """The standard deviation of what every 3x3 layer answers: He et al. 2015, figure 7.

    An answer is what comes out behind batch norm and before the ReLU, and before the addition; of a network without
    batch norm, behind whatever stands in its place. The standard deviation is over all numbers of all pictures.

    Args:
        net: a network of `build` or `build_start`; left as it is.
        x: pictures, (N, C, H, W).
        training: whether batch norm uses the statistics of these pictures instead of the running ones.

    Returns:
        By the name of the convolution, in the order they run; projections on skips are no layers here.
    """
    seen: dict[str, float] = {}
    layers = {"conv1": net.bn1}
    for name, block in blocks(net).items():
        branch = dict(parts(block)[0].named_children())
        layers |= {f"{name}.{key}": branch[key.replace("conv", "bn")] for key in branch if key.startswith("conv")}
    handles = [
        layer.register_forward_hook(lambda _, __, out, name=name: seen.update({name: out.std().item()}))
        for name, layer in layers.items()
    ]
    _run(net, lambda: net(x), training, handles)
    return {name: seen[name] for name in layers}


class Depth(NamedTuple):
    """One place in the depth of a network.

    Attributes:
        name: of the block; ``"stem"`` for what comes before the first.
        activation: root mean square of what leaves it.
        gradient: root mean square, over pictures, of the norm of each one's loss by that output, times the number of
            pictures in the mean: what a picture's own loss says.
        alike: the mean correlation between two pictures' outputs, as vectors less their common mean over numbers.
    """

    name: str
    activation: float
    gradient: float
    alike: float


def along_depth(net: nn.Module, x: Tensor, y: Tensor, *, training: bool = True) -> list[Depth]:
    """Activations and gradients behind the stem and behind every block, for these pictures and their labels.

    Args:
        net: left as it is, running statistics and gradients included.
        x, y: pictures, (N, C, H, W), at least two, and their classes, (N,).
        training: whether batch norm uses the statistics of these pictures; at the start of training it does.
    """
    outputs: dict[str, Tensor] = {}
    layers = {"stem": net.maxpool, **blocks(net)}
    handles = [
        layer.register_forward_hook(lambda _, __, out, name=name: outputs.update({name: out}))
        for name, layer in layers.items()
    ]
    found: list[Depth] = []

    def look() -> None:
        loss = F.cross_entropy(net(x), y, reduction="sum")
        for (name, out), gradient in zip(outputs.items(), torch.autograd.grad(loss, list(outputs.values()))):
            norms = gradient.flatten(1).norm(dim=1)
            found.append(Depth(name, _rms(out), _rms(norms), _alike(out)))

    _run(net, look, training, handles, gradients=True)
    return found


def _rms(values: Tensor) -> float:
    return values.detach().double().square().mean().sqrt().item()


def _alike(out: Tensor) -> float:
    """The mean correlation of two different pictures' outputs."""
    flat = out.detach().double().flatten(1)
    flat = flat - flat.mean(1, keepdim=True)
    flat = flat / flat.norm(dim=1, keepdim=True).clamp_min(1e-300)
    table = flat @ flat.T
    return ((table.sum() - table.trace()) / (table.numel() - len(table))).item()


def _run(net: nn.Module, what: Callable[[], object], training: bool, handles: list, gradients: bool = False) -> None:
    """Run something with hooks; leave the modes, the statistics and no hook behind."""
    kept = {name: value.clone() for name, value in net.named_buffers()}
    try:
        with modes_kept(net), torch.set_grad_enabled(gradients):
            net.train(training)
            what()
    finally:
        for handle in handles:
            handle.remove()
        with torch.no_grad():
            for name, value in net.named_buffers():
                value.copy_(kept[name])
