"""Whether a training step fits into memory, and what to say if it does not."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace

import torch

from ..tracing import trace
from .errors import TrainingError
from .recipes import Recipe

__all__ = ["MemoryShort", "batch_that_fits", "enough_memory", "memory_of", "step_bytes"]

SAYS = ("out of memory", "can't allocate memory", "not enough memory")  # torch, on its several devices


class MemoryShort(TrainingError):
    """A training step needs more memory than there is; the message says how much, and which batch fits."""


def step_bytes(recipe: Recipe, dtype: torch.dtype = torch.float32) -> int:
    """Bytes that a step keeps for its backward pass, at the least: what every convolution puts out, for all pictures.

    What batch norms and activations keep comes on top of it, up to twice as much again.
    """
    arch = recipe.architecture
    rows = trace(arch, (arch.in_channels, recipe.size, recipe.size)).rows
    kept = sum(row.activations for row in rows if row.op == "conv2d")
    return recipe.batch_size * kept * dtype.itemsize


def memory_of(device: torch.device) -> int | None:
    """Bytes of memory that a device has in all; None if it does not tell."""
    if device.type == "cuda":
        return torch.cuda.get_device_properties(device).total_memory
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # a system without these names
        return None


def batch_that_fits(recipe: Recipe, dtype: torch.dtype, room: int | None) -> int:
    """The batch, halved until three times `step_bytes` fit; half of the batch where the room is not known. 0: none."""
    if room is None:
        return recipe.batch_size // 2
    batch = recipe.batch_size // 2
    while batch and 3 * step_bytes(replace(recipe, batch_size=batch), dtype) > room:
        batch //= 2
    return batch


@contextlib.contextmanager
def enough_memory(recipe: Recipe, device: torch.device, dtype: torch.dtype, processes: int = 1) -> Iterator[None]:
    """Turn a lack of memory into words: before anything is computed if it is certain, else when it happens.

    A system that promises more memory than it has would end the process without a word.

    Raises:
        MemoryShort: in place of torch's error.
    """
    room, least = memory_of(device), step_bytes(recipe, dtype)
    if room is not None and least / processes > room:
        raise MemoryShort(_words(recipe, device, dtype, room))
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not isinstance(error, (MemoryError, torch.OutOfMemoryError)) and not any(
            words in str(error) for words in SAYS
        ):
            raise
        raise MemoryShort(_words(recipe, device, dtype, room)) from error


def _words(recipe: Recipe, device: torch.device, dtype: torch.dtype, room: int | None) -> str:
    needs = f"a step of {recipe.architecture.name} keeps at least {step_bytes(recipe, dtype) / 1e9:,.1f} GB"
    there = f", and {device} has {room / 1e9:,.1f} GB" if room else f"; {device} has less"
    fits = batch_that_fits(recipe, dtype, room)
    repair = f"give --set batch_size={fits}" if fits else "even one picture is too much: give a smaller network or size"
    return f"memory is short: {needs} with {recipe.batch_size} pictures of side {recipe.size}{there}; fix: {repair}"
