"""What the counts predict about time: operations timed on this machine, against its two roofs.

    python -m resnet_book.experiments.roofline book/runs/roofline

measures ResNet-50 and a few operations more, in a minute or two, and records them in that folder.

An operation of m MACs that moves b bytes takes at least max(m / peak, b / bandwidth) seconds: Williams, Waterman and
Patterson, "Roofline" (2009). Bytes are counted as if every tensor, weights included, came from memory or went there
once, in 32 bits a number. The peak is the best rate measured, that of a large matrix product or of a layer that was
faster (if something disturbed the product), the bandwidth that of a large copy.

Everything runs on one thread, and a time is that thread's own: while another program has the core, the clock stands.
Of several repetitions the best counts, since what else runs can still disturb caches and memory, and only slow us down.
"""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..architectures import Architecture, Block, architecture
from ..building import build
from ..commands import folder_asked
from ..files import read_measurements, write_measurements
from ..tracing import Row, trace

__all__ = ["Measurement", "Run", "blocks", "channel_sweep", "grouped", "here", "layers", "load", "record", "roofs"]

BYTES = 4  # of a number in 32 bits
# On Windows the thread's own clock ticks too slowly.
clock = time.perf_counter if sys.platform == "win32" else time.thread_time
EXAMPLES = (
    "conv1", "layer1.0.conv2", "layer1.0.conv3", "layer2.1.conv2", "layer3.1.conv1", "layer4.1.conv2", "fc",
)  # fmt: skip
"""Layers of ResNet-50 that `here` times, from its entrance to its end."""


class Measurement(NamedTuple):
    """One operation and the best time it took.

    Attributes:
        part: what it was measured for: ``"roof"``, ``"layer"``, ``"block"``, ``"grouped"`` or ``"sweep"``.
        name: the operation in words.
        kind: its kind, for example ``"1x1 convolution"``.
        count: how often the network has it.
        macs: multiply-accumulates of the whole batch.
        bytes: read and written, each tensor once.
        seconds: the best time of one run.
    """

    part: str
    name: str
    kind: str
    count: int
    macs: int
    bytes: int
    seconds: float

    @property
    def intensity(self) -> float:
        """MACs for each byte moved."""
        return self.macs / self.bytes

    @property
    def rate(self) -> float:
        """MACs a second."""
        return self.macs / self.seconds


@dataclass(frozen=True)
class Run:
    """Measurements of one machine, and what they were made with."""

    config: dict[str, Any]
    env: dict[str, Any]
    rows: tuple[Measurement, ...]

    def part(self, name: str) -> tuple[Measurement, ...]:
        """The measurements made for one purpose."""
        return tuple(row for row in self.rows if row.part == name)

    def __getitem__(self, name: str) -> Measurement:
        """The measurement of that name."""
        for row in self.rows:
            if row.name == name:
                return row
        raise KeyError(f"no measurement {name!r}; there is: {', '.join(row.name for row in self.rows)}")

    @property
    def peak(self) -> float:
        """MACs a second at best: of the matrix product, or of an operation that was faster."""
        return max(row.rate for row in self.rows)

    @property
    def bandwidth(self) -> float:
        """Bytes a second of the copy."""
        return self["copy"].bytes / self["copy"].seconds

    @property
    def ridge(self) -> float:
        """MACs for each byte at which the two roofs meet: with less, memory is the limit."""
        return self.peak / self.bandwidth

    def shares(self, kind: str) -> tuple[float, float]:
        """A kind's share of the MACs and of the time of the network's operations, each as often as it occurs."""
        rows = self.part("layer")
        chosen = [row for row in rows if row.kind == kind]

        def share(field: str) -> float:
            return sum(r.count * getattr(r, field) for r in chosen) / sum(r.count * getattr(r, field) for r in rows)

        return share("macs"), share("seconds")

    @property
    def machine(self) -> str:
        """What ran, as the machine names itself."""
        cores, threads = self.env["cores"], self.env["threads"]
        return f"{self.env['cpu']}, {threads} of {cores} cores" if cores > 1 else f"{self.env['cpu']}, 1 core"


# ---------------------------------------------------------------- timing


@contextmanager
def _alone(threads: int = 1) -> Iterator[None]:
    """One thread and no gradients, and both as they were afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_num_threads(before)


def best(function: Callable[[], Any], seconds: float, at_least: int = 3) -> float:
    """The shortest time that a call took, of all calls within so many seconds; one call first to warm up."""
    function()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while len(times) < at_least or time.perf_counter() < end:
        start = clock()
        function()
        times.append(clock() - start)
    return min(times)


def roofs(seconds: float = 0.5, side: int = 1024, numbers: int = 2**23) -> list[Measurement]:
    """The two roofs: a matrix product of side x side, and the copy of a tensor that is larger than most caches."""
    with _alone():
        a, b, c = torch.randn(side, side), torch.randn(side, side), torch.empty(side, side)
        product = best(lambda: torch.mm(a, b, out=c), seconds)
        x, y = torch.randn(numbers), torch.empty(numbers)
        copy = best(lambda: y.copy_(x), seconds)
    return [
        Measurement("roof", "matrix product", "matrix product", 1, side**3, 3 * side**2 * BYTES, product),
        Measurement("roof", "copy", "copy", 1, 0, 2 * numbers * BYTES, copy),
    ]


def _module(part: str, name: str, kind: str, net: nn.Module, shape: Sequence[int], macs: int, seconds: float):
    """Time a module on one random input of `shape`, batch included; bytes are its input, weights and output."""
    with _alone():
        x = torch.randn(tuple(shape))
        moved = x.numel() + net(x).numel() + sum(p.numel() for p in net.parameters())
        return Measurement(part, name, kind, 1, macs, moved * BYTES, best(lambda: net(x), seconds))


def channel_sweep(
    channels: Iterable[int] = (2, 4, 8, 16, 32, 64, 128), numbers: int = 2**22, kernel_size: int = 1, rounds: int = 12
) -> list[Measurement]:
    """One convolution C -> C for each C, on maps that all hold the same count of numbers.

    The rounds go over all C in turn, so that a disturbance does not hit one of them alone.
    """
    name = f"{kernel_size}x{kernel_size}"
    with _alone():
        runs, times = {}, {}
        for c in channels:
            conv = nn.Conv2d(c, c, kernel_size, padding=kernel_size // 2, bias=False)
            runs[c] = conv, torch.randn(1, c, 64, numbers // c // 64)
        for turn in range(rounds + 1):
            for c, (conv, x) in runs.items():
                start = clock()
                conv(x)
                if turn:  # the first round warms up
                    times.setdefault(c, []).append(clock() - start)
    return [
        Measurement(
            "sweep",
            f"{name}, {c} -> {c} channels",
            f"{name} convolution",
            1,
            conv.weight.numel() * x[0, 0].numel(),
            (2 * x.numel() + conv.weight.numel()) * BYTES,
            min(times[c]),
        )
        for c, (conv, x) in runs.items()
    ]


# ---------------------------------------------------------------- a network, operation by operation


def kind(row: Row, net: nn.Module) -> str:
    """The kind of a row's operation, a convolution with its kernel."""
    if row.op == "conv2d":
        height, width = net.get_submodule(row.name).kernel_size
        return f"{height}x{width} convolution"
    return {
        "batch_norm": "batch norm",
        "relu": "ReLU",
        "add": "addition",
        "max_pool2d": "pooling",
        "adaptive_avg_pool2d": "pooling",
        "linear": "linear layer",
    }[row.op]


def _moved(row: Row, batch: int) -> int:
    """Bytes: what comes in (twice for an addition), the parameters, what goes out."""
    incoming = torch.Size(row.input_shape).numel() * (2 if row.op == "add" else 1)
    # A batch norm in evaluation mode also reads its running mean and variance.
    weights = row.params * (2 if row.op == "batch_norm" else 1)
    return BYTES * (batch * (incoming + row.activations) + weights)


def _operation(row: Row, net: nn.Module, batch: int) -> Callable[[], Tensor]:
    x = torch.randn(batch, *row.input_shape)
    if row.op == "relu":
        return lambda: F.relu(x)
    if row.op == "add":
        y = torch.randn_like(x)
        return lambda: x + y
    module = net.get_submodule(row.name)
    return lambda: module(x)


def layers(
    arch: Architecture, size: int = 224, batch: int = 8, seconds: float = 0.15, only: Iterable[str] | None = None
) -> list[Measurement]:
    """Every different operation of a network, timed by itself on a batch of random numbers.

    Args:
        only: names of the rows to time, by default all.
    """
    net, found = build(arch).eval(), []
    rows = [row for row in trace(arch, (arch.in_channels, size, size)).rows if row.op != "flatten"]
    wanted = None if only is None else set(only)

    def same(row: Row) -> tuple[str, str, str]:
        return kind(row, net), str(row.input_shape), str(row.output_shape)

    with _alone():
        for (what, _, _), group in groupby(sorted(rows, key=same), key=same):
            group = list(group)
            row = group[0]
            if wanted is None or wanted & {member.name for member in group}:
                best_time = best(_operation(row, net, batch), seconds)
                name = f"{what}, {_text(row.input_shape)} -> {_text(row.output_shape)}"
                bytes_moved = _moved(row, batch)
                found.append(Measurement("layer", name, what, len(group), batch * row.macs, bytes_moved, best_time))
    return found


def _text(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))


def blocks(batch: int = 8, seconds: float = 0.5) -> list[Measurement]:
    """A basic block and a bottleneck at equal width, and both at the widths of the paper."""
    pairs = {
        "basic, 256 channels, 14x14": (Block("basic", 256, 256), (256, 14, 14)),
        "bottleneck, 256 channels, 14x14": (Block("bottleneck", 256, 256), (256, 14, 14)),
        "basic, 64 channels, 56x56": (Block("basic", 64, 64), (64, 56, 56)),
        "bottleneck, 256 channels, 56x56": (Block("bottleneck", 256, 256), (256, 56, 56)),
    }
    found = []
    for name, (block, shape) in pairs.items():
        macs = batch * trace(block, shape).macs
        found.append(_module("block", name, block.kind, build(block).eval(), (batch, *shape), macs, seconds))
    return found


def grouped(channels: int = 256, size: int = 28, batch: int = 8, seconds: float = 0.3) -> list[Measurement]:
    """A 3x3 convolution of equal width with 1 group, with 32, and with one for each channel (depthwise)."""
    found = []
    for groups, what in ((1, "3x3 convolution"), (32, "3x3 in 32 groups"), (channels, "depthwise 3x3")):
        conv = nn.Conv2d(channels, channels, 3, padding=1, groups=groups, bias=False)
        name = f"{what}, {channels}x{size}x{size}"
        macs = batch * conv.weight.numel() * size**2
        found.append(_module("grouped", name, what, conv, (batch, channels, size, size), macs, seconds))
    return found


# ---------------------------------------------------------------- whole runs


def here(seconds: float = 0.1) -> Run:
    """A short run on this machine: the roofs, some layers of ResNet-50, and a depthwise convolution."""
    resnet50 = architecture("resnet50")
    rows = [*roofs(3 * seconds), *layers(resnet50, batch=4, seconds=seconds, only=EXAMPLES)]
    rows += [row for row in grouped(batch=4, seconds=seconds) if row.kind == "depthwise 3x3"]
    return Run({"recipe": "short", "batch": 4}, environment(), tuple(rows))


def environment(threads: int = 1) -> dict[str, Any]:
    """The machine and the versions, as they report themselves; neither a path nor the name of the host."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count() or 1,
        "threads": threads,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": torch.__version__.split("+")[0],
        "capability": torch.backends.cpu.get_cpu_capability(),
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
    }


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text(encoding="utf-8", errors="ignore").splitlines():
            if line.lower().startswith("model name"):
                return line.split(":", 1)[1].strip()
    if sys.platform == "darwin":
        done = subprocess.run(["sysctl", "-n", "machdep.cpu.brand_string"], capture_output=True, text=True, check=False)
        if done.stdout.strip():
            return done.stdout.strip()
    return platform.processor() or platform.machine() or "unnamed CPU"


def record(folder: Path, batch: int = 8, passes: int = 3) -> Run:
    """Measure everything and write it down: config.json, env.json, metrics.csv.

    Args:
        passes: how often the whole list is measured; the best time of each counts.
    """
    torch.manual_seed(0)
    start, rounds = time.perf_counter(), []
    for _ in range(passes):
        found = [*roofs(1), *layers(architecture("resnet50"), batch=batch), *blocks(batch), *grouped(batch=batch)]
        rounds.append([*found, *channel_sweep()])
    rows = [same[0]._replace(seconds=min(row.seconds for row in same)) for same in zip(*rounds)]
    config = {
        "recipe": "roofline", "architecture": "resnet50", "input_size": 224, "batch": batch, "seed": 0,
        "numbers": "float32", "threads": 1, "passes": passes, "clock": "own time of the one thread",
        "statistic": "best of all repetitions",
    }  # fmt: skip
    env = {**environment(), "wall_seconds": round(time.perf_counter() - start, 1)}
    write_measurements(folder, config, env, [row._replace(seconds=f"{row.seconds:.3e}") for row in rows])
    return Run(config, env, tuple(rows))


def load(folder: Path | str) -> Run:
    """A recorded run. Raises `FileNotFoundError` where there is none."""
    config, env, lines = read_measurements(folder)
    kinds = {"count": int, "macs": int, "bytes": int, "seconds": float}
    rows = (Measurement(**{key: kinds.get(key, str)(text) for key, text in line.items()}) for line in lines)
    return Run(config, env, tuple(rows))


if __name__ == "__main__":
    made = record(folder_asked("resnet_book.experiments.roofline", __doc__))
    print(f"{len(made.rows)} measurements in {made.env['wall_seconds']} s on {made.machine}")
