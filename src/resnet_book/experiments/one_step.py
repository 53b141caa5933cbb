"""One training step of a very deep network: how long it takes, and how much memory.

    python -m resnet_book.experiments.one_step FOLDER

measures residual-110 and residual-1202 of the CIFAR family, each in a process of its own, and records that in the
folder. Nothing is trained: the pictures are random numbers.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F

from ..architectures import architecture
from ..building import build
from ..commands import folder_asked
from ..files import read_rows, write_measurements
from ..runs import environment

__all__ = ["STEPS", "Step", "load", "measured", "record"]

STEPS = (("cifar-resnet110", 8), ("cifar-resnet110", 128), ("cifar-resnet1202", 8))
"""Networks, and pictures at once."""
STATUS = Path("/proc/self/status")
# A thread's own time: while another program has the core, it stands.
clock = time.thread_time


class Step(NamedTuple):
    """One training step: forward, backward, SGD with momentum; in 32 bits, on one thread.

    Attributes:
        network: its public name.
        batch: pictures at once.
        seconds: of the thread's own time, the best of several steps.
        memory: bytes by which the peak of the process's memory rose from before the first step to the end: what the
            forward pass keeps for the backward pass, gradients, momentum.
        peak: bytes of that peak, all told: Python, torch and the weights are in it.
    """

    network: str
    batch: int
    seconds: float
    memory: int
    peak: int


def _peak() -> int:
    """The most memory that this process has had, in bytes. Raises `RuntimeError` where the system does not tell."""
    lines = STATUS.read_text().splitlines() if STATUS.is_file() else []
    line = next((line for line in lines if line.startswith("VmHWM")), None)
    if line is not None:  # `getrusage` would count what the process that started this one had
        return int(line.split()[1]) * 1024
    try:
        import resource
    except ImportError as error:
        raise RuntimeError("this system does not tell a process's peak of memory; measure on Linux or macOS") from error
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def measured(network: str, batch: int, rounds: int = 3) -> Step:
    """Measure one step in this process, which should have done nothing else before: a peak is never forgotten.

    Args:
        network, batch: see `Step`.
        rounds: how many steps are timed, after one that warms up.
    """
    torch.manual_seed(0)
    torch.set_num_threads(1)
    net = build(architecture(network)).train().to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-4, momentum=0.9)
    x = torch.randn(batch, 3, 32, 32).contiguous(memory_format=torch.channels_last)
    y = torch.arange(batch) % 10
    before, best = _peak(), float("inf")
    for turn in range(rounds + 1):
        start = clock()
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
        if turn:
            best = min(best, clock() - start)
    peak = _peak()
    return Step(network, batch, float(f"{best:.4g}"), peak - before, peak)


def _alone(network: str, batch: int, rounds: int) -> Step:
    """`measured`, in a new process."""
    this = f"{__package__}.{Path(__file__).stem}"  # also where this module is the command itself
    call = f"import json; from {this} import measured; print(json.dumps(measured({network!r}, {batch}, {rounds})))"
    paths = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, sys.path)])  # also of what is not installed
    env = {**os.environ, "PYTHONPATH": paths}
    done = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, check=False, env=env)
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1].rstrip(".")
        short = done.returncode < 0 or "MemoryError" in why or "not enough memory" in why
        raise RuntimeError(
            f"a step of {network} with {batch} pictures could not be measured: {why}."
            + (" Memory seems to be short: give fewer." if short else "")
        )
    return Step(*json.loads(done.stdout))


def record(folder: Path, steps: tuple[tuple[str, int], ...] = STEPS, rounds: int = 3) -> list[Step]:
    """Measure a step of each, and write it down: config.json, env.json, metrics.csv.

    Raises:
        RuntimeError: a step could not be measured, for want of memory for example.
    """
    config = {
        "recipe": "one step", "seed": 0, "numbers": "float32", "threads": 1, "rounds": rounds,
        "optimizer": "SGD with momentum", "clock": "own time of the one thread",
        "statistic": "best of all rounds after one to warm up", "memory": "peak of a process of its own",
        "note": "Other programs ran on the machine meanwhile.",
    }  # fmt: skip
    rows = [_alone(*step, rounds) for step in steps]
    day = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    write_measurements(folder, config, {**environment(), "threads": 1, "date": day}, rows)
    return load(folder)


def load(folder: Path | str) -> list[Step]:
    """Recorded steps. Raises `FileNotFoundError` where there are none."""
    return read_rows(folder, Step)


if __name__ == "__main__":
    try:
        for step in record(folder_asked("resnet_book.experiments.one_step", __doc__)):
            print(f"{step.network:18} {step.batch:4} pictures  {step.seconds:8.2f} s  {step.memory / 2**30:6.2f} GiB")
    except RuntimeError as error:
        sys.exit(str(error))
