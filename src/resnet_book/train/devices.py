"""What a run computes on: a device, its fastest sound arithmetic, and the processes that share the work."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.distributed as dist

from .recipes import Recipe

__all__ = ["Team", "arithmetic", "join", "keep_memory", "pick_device", "product_rate"]


def pick_device(name: str | None = None) -> torch.device:
    """The device of this name, "cpu", "cuda", "cuda:1" or "mps"; without a name, the fastest there is.

    Raises:
        ValueError: there is no such device; the message lists what there is.
    """
    there = [f"cuda:{i}" for i in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    there += ["mps"] if torch.backends.mps.is_available() else []
    there += ["cpu"]
    chosen = name or there[0]
    if chosen == "cuda" and torch.cuda.is_available():
        chosen = f"cuda:{int(os.environ.get('LOCAL_RANK', 0))}"  # torchrun numbers the processes of a machine
    if chosen not in there:
        raise ValueError(f"there is no device {chosen!r} here; there is: {', '.join(there)}")
    return torch.device(chosen)


def arithmetic(recipe: Recipe, device: torch.device) -> torch.dtype:
    """What convolutions compute in: bfloat16 if the recipe asks for it and the device has instructions for it.

    A device without such instructions emulates them, many times slower than float32.
    """
    if recipe.precision == "fp32":
        return torch.float32
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:  # private names of torch, so that a version without them means no
        tests = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        fast = device.type == "cpu" and any(getattr(torch.cpu, test, bool)() for test in tests)
    return torch.bfloat16 if fast else torch.float32


def keep_memory() -> bool:
    """Keep memory that tensors gave back for the next step, under the GNU C library; whether it was told so.

    By default each large tensor is asked of the system and given back to it, and the system clears every page anew,
    in every step. This holds for the whole process until it ends: it stays as large as it once was. The names and
    numbers are those of mallopt(3).
    """
    if not sys.platform.startswith("linux"):
        return False
    mmap_max, trim_threshold, top_pad = -4, -1, -2
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # another C library
        return False
    return all([mallopt(mmap_max, 0), mallopt(trim_threshold, 2**31 - 1), mallopt(top_pad, 2**26)])


def product_rate(device: torch.device, dtype: torch.dtype, side: int = 2048, rounds: int = 5) -> float:
    """Multiply-accumulates a second of a product of two square matrices, the best of some rounds: what the device can
    do when nothing is in its way."""
    a = torch.randn(side, side, device=device).to(dtype)
    times = []
    for _ in range(rounds + 1):  # the first one warms up
        start = time.perf_counter()
        product = a @ a
        if device.type != "cpu":
            product[0, 0].item()  # waits for the device
        times.append(time.perf_counter() - start)
    return side**3 / min(times[1:])


@dataclass(frozen=True)
class Team:
    """The processes of one run: this is number `rank` of `world`."""

    rank: int = 0
    world: int = 1

    def total(self, numbers: torch.Tensor) -> torch.Tensor:
        """The sum over all processes."""
        if self.world > 1:
            dist.all_reduce(numbers)
        return numbers

    def wait(self) -> None:
        """Return when every process has come here."""
        if self.world > 1:
            dist.barrier()


@contextlib.contextmanager
def join(device: torch.device) -> Iterator[Team]:
    """The team that torchrun started, or a team of one."""
    if int(os.environ.get("WORLD_SIZE", 1)) == 1 or dist.is_initialized():
        yield Team(dist.get_rank(), dist.get_world_size()) if dist.is_initialized() else Team()
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Team(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()
