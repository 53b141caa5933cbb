"""Batch norm folded into the convolution before it: for inference, the same network with fewer operations.

    python -m resnet_book.experiments.folding FOLDER

measures what it saves in a few networks, in a minute or so, and records that in the folder.

In evaluation mode a batch norm multiplies each channel by a constant and adds another. A convolution can do both by
itself: its kernels times the first, the second as its bias.
"""

from __future__ import annotations

import copy
import datetime
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..architectures import architecture, usual_input
from ..building import build
from ..commands import folder_asked
from ..errors import ShapeError
from ..files import read_rows, write_measurements
from ..measuring import measure
from ..rules import describe
from ..runs import environment

__all__ = ["Cost", "Saved", "cost", "fold", "load", "pairs", "record", "seconds"]

BYTES = 4  # of a number in 32 bits
# A thread's own time: while another program has the core, it stands. On Windows that clock ticks too slowly.
clock = time.perf_counter if sys.platform == "win32" else time.thread_time


def pairs(net: nn.Module) -> list[tuple[str, str]]:
    """The names of every convolution and of the batch norm that takes what it puts out, in order.

    By the names of the book's networks: ``bn2`` stands behind ``conv2`` of the same module, and in a sequence a batch
    norm behind the convolution before it.
    """
    found = []
    for parent, module in net.named_modules():
        before: tuple[str, nn.Module | None] = "", None
        layers = dict(module.named_children())
        for name, child in layers.items():
            if isinstance(child, nn.BatchNorm2d):
                behind = name.replace("bn", "conv") if name.startswith("bn") else before[0]
                if isinstance(layers.get(behind), nn.Conv2d):
                    found.append(tuple(f"{parent}.{part}".removeprefix(".") for part in (behind, name)))
            before = name, child
    return found


@torch.no_grad()
def fold(net: nn.Module) -> nn.Module:
    """A new network whose convolutions do the work of their batch norms; the given one is left alone.

    What it puts out is the same but for rounding. Trained further it is a network without batch norm: its statistics
    are part of its weights.

    Args:
        net: a network of `build`, in evaluation mode.

    Raises:
        ShapeError: (a ValueError) a network in training mode, where batch norm depends on the batch, or one that holds
            nothing to fold.
    """
    if any(isinstance(module, nn.BatchNorm2d) and module.training for module in net.modules()):
        raise ShapeError("net", "batch norm in training mode", "a network in evaluation mode", "call net.eval() first")
    found = pairs(net)
    if not found:
        got = f"{describe(type(net).__name__)} without a batch norm behind a convolution"
        raise ShapeError("net", got, "a network of `build`", 'give build(architecture("cifar-resnet20")).eval()')
    made = copy.deepcopy(net)
    for conv, norm in found:
        made.set_submodule(conv, _folded(made.get_submodule(conv), made.get_submodule(norm)))
        made.set_submodule(norm, nn.Identity())
    return made


def _folded(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Conv2d:
    """The convolution whose output is norm(conv(x)); computed in float64."""
    scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    bias = 0 if conv.bias is None else conv.bias.double()
    made = copy.deepcopy(conv)
    made.weight = nn.Parameter((conv.weight.double() * scale[:, None, None, None]).to(conv.weight))
    shifted = norm.bias.double() + (bias - norm.running_mean.double()) * scale
    made.bias = nn.Parameter(shifted.to(conv.weight))
    return made


# ---------------------------------------------------------------- what it saves


class Cost(NamedTuple):
    """What a network costs.

    Attributes:
        operations: leaf operations that do something.
        params: parameters.
        macs: multiply-accumulates of convolutions and linear layers, for one picture.
        bytes: read and written in 32 bits a number: for every operation of a batch what comes in, what goes out, and
            once the weights.
    """

    operations: int
    params: int
    macs: int
    bytes: int


def cost(net: nn.Module, shape: tuple[int, int, int], batch: int = 1) -> Cost:
    """Operations, parameters, MACs and memory traffic of a network for pictures of this shape, each measured."""
    found = measure(net, shape)
    rows = [row for row in found.rows if row.op != "identity"]
    moved = 0
    for row in rows:
        arriving = torch.Size(row.input_shape).numel() * (2 if row.op == "add" else 1)
        weights = row.params * (2 if row.op == "batch_norm" else 1)  # the running mean and variance, too
        moved += batch * (arriving + row.activations) + weights
    return Cost(len(rows), found.params, found.macs, BYTES * moved)


@torch.inference_mode()
def seconds(*nets: Callable[[Tensor], Tensor], x: Tensor, rounds: int = 5) -> list[float]:
    """The best time of each network on the same batch, on one thread; they take turns, as the machine may change."""
    best = [float("inf")] * len(nets)
    for turn in range(rounds + 1):
        for place, net in enumerate(nets):
            start = clock()
            net(x)
            if turn:  # the first turn warms up
                best[place] = min(best[place], clock() - start)
    return best


class Saved(NamedTuple):
    """What folding saves in one network.

    Attributes:
        network: its public name.
        batch: pictures at once.
        macs: a picture, before and after: they are the same.
        bytes_before, bytes_after: a batch, see `Cost`.
        seconds_before, seconds_after: a batch, the best of several times.
    """

    network: str
    batch: int
    macs: int
    bytes_before: int
    bytes_after: int
    seconds_before: float
    seconds_after: float


NETWORKS = {"cifar-resnet20": 64, "cifar-resnet56": 64, "resnet18": 8, "resnet50": 8}  # and pictures at once


def record(folder: Path, rounds: int = 5) -> list[Saved]:
    """Measure what folding saves, on one thread, and write it down: config.json, env.json, metrics.csv."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    rows = []
    for name, batch in NETWORKS.items():
        net, shape = build(architecture(name)).eval(), usual_input(name)
        folded = fold(net)
        before, after = cost(net, shape, batch), cost(folded, shape, batch)
        times = seconds(net, folded, x=torch.randn(batch, *shape), rounds=rounds)
        best = [f"{value:.4g}" for value in times]
        rows.append(Saved(name, batch, before.macs, before.bytes, after.bytes, *best))
    config = {
        "recipe": "folding", "seed": 0, "numbers": "float32", "threads": 1, "rounds": rounds,
        "clock": "own time of the one thread", "statistic": "best of all rounds, the two networks in turn",
    }  # fmt: skip
    day = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    write_measurements(folder, config, {**environment(), "threads": 1, "date": day}, rows)
    return load(folder)


def load(folder: Path | str) -> list[Saved]:
    """Recorded measurements. Raises `FileNotFoundError` where there are none."""
    return read_rows(folder, Saved)


if __name__ == "__main__":
    for saved in record(folder_asked("resnet_book.experiments.folding", __doc__)):
        print(f"{saved.network:16} {saved.seconds_before:.3f} -> {saved.seconds_after:.3f} s")
