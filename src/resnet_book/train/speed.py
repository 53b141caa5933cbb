"""Where the speed of training comes from: the same step, one change after the other, timed on this machine.

    python -m resnet_book.train.speed book/runs/speed

takes a minute or two and records what it finds in that folder. A step is a whole one: forward, backward, optimizer.
"""

from __future__ import annotations

import datetime
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F

from .. import runs
from ..building import build
from ..commands import folder_asked
from ..files import read_measurements, write_measurements
from .devices import arithmetic, keep_memory, product_rate
from .products import use_products
from .recipes import recipe

__all__ = ["Step", "load", "measure", "record"]

CPU = torch.device("cpu")
PLAIN = "plain"
ROUNDS = 7


class Step(NamedTuple):
    """How fast a training step is.

    Attributes:
        change: what was added to all of the changes before it; the first is the plain step, as d2l takes it.
        size: height and width of the pictures.
        batch: pictures a step.
        rate: pictures a second, the median of several steps.
    """

    change: str
    size: int
    batch: int
    rate: float


def measure(sizes: Sequence[int] = (96, 64, 48), batch: int = 128, rounds: int = ROUNDS) -> list[Step]:
    """Time training steps of the d2l form of ResNet-18 on the processor, change by change.

    The last two changes are left out on a processor without instructions for bfloat16. Memory that is once kept is kept
    until the process ends: measure in a process that has not trained yet.
    """
    changes: dict[str, dict[str, bool]] = {PLAIN: {}, "memory kept": {}, "channels last": {"channels_last": True}}
    if arithmetic(recipe("book"), CPU) == torch.bfloat16:
        changes["bfloat16"] = {"channels_last": True, "half": True}
        changes["small maps as products"] = {"channels_last": True, "half": True, "products": True}
    found = []
    for change, options in changes.items():
        if change == "memory kept":
            keep_memory()
        for size in sizes:
            step = _step(size, batch, **options)
            step()  # not counted
            found.append(Step(change, size, batch, batch / statistics.median(_seconds(step) for _ in range(rounds))))
    return found


def _step(
    size: int, batch: int, channels_last: bool = False, half: bool = False, products: bool = False
) -> Callable[[], None]:
    order = torch.channels_last if channels_last else torch.contiguous_format
    generator = torch.Generator().manual_seed(0)
    x = torch.rand(batch, 1, size, size, generator=generator).contiguous(memory_format=order)
    y = torch.randint(10, (batch,), generator=generator)
    net = build(recipe("d2l").architecture, init="xavier").to(memory_format=order)
    if products:
        use_products(net)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)

    def step() -> None:
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            output = net(x)
        F.cross_entropy(output.float(), y).backward()
        optimizer.step()

    return step


def _seconds(run: Callable[[], Any]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def record(folder: Path) -> list[Step]:
    """Measure, and write it down: config.json, env.json, metrics.csv."""
    start = time.perf_counter()
    steps = measure()
    dtype = arithmetic(recipe("book"), CPU)
    config = {
        "recipe": "speed", "architecture": "resnet18-d2l", "batch": steps[0].batch, "seed": 0,
        "statistic": f"median of {ROUNDS} whole training steps, random numbers for pictures",
    }  # fmt: skip
    env = {
        **runs.environment(),
        "threads": torch.get_num_threads(),
        "product_rate": {
            str(t).removeprefix("torch."): float(f"{product_rate(CPU, t):.4g}")
            for t in sorted({torch.float32, dtype}, key=str)
        },
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "seconds": round(time.perf_counter() - start, 1),
    }
    write_measurements(folder, config, env, [step._replace(rate=f"{step.rate:.4g}") for step in steps])
    return steps


def load(folder: Path | str) -> tuple[list[Step], dict[str, Any]]:
    """Recorded steps and the machine they ran on. Raises `FileNotFoundError` where there is no record."""
    _, env, lines = read_measurements(folder)
    kinds = {"size": int, "batch": int, "rate": float}
    return [Step(**{key: kinds.get(key, str)(text) for key, text in line.items()}) for line in lines], env


if __name__ == "__main__":
    for each in record(folder_asked("resnet_book.train.speed", __doc__)):
        print(f"{each.size:3}  {each.change:24}{each.rate:8.1f} pictures/s")
