"""Checkpoints that are whole or not there: written beside, flushed to the disk, then put in place in one move."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..data import Faces, Pictures
from ..files import replace_file
from .recipes import Recipe

__all__ = ["FILE_NAME", "CheckpointError", "identity", "load", "save"]

FILE_NAME = "checkpoint.pt"
FORMAT = 1
PARTS = {"format", "run", "epoch", "model", "optimizer", "order", "rng", "history", "seconds"}
# Fields that recipes had not always, with what was done then: a run that was begun before they came goes on.
LATER = {"survival": 1.0, "start": "batch norm", "scalar_lr": 1.0, "keypoints": None}
LATER_OF_NETWORKS = {"pooled": 1}


class CheckpointError(RuntimeError):
    """A checkpoint cannot be written, or is not one of this run; the message says what to do."""


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint. If that fails, the one before it stays.

    Args:
        path: the file.
        state: `PARTS`, without the format; tensors, numbers, strings, lists and dictionaries only.
    """
    content = io.BytesIO()
    torch.save({"format": FORMAT, **state}, content)
    try:
        replace_file(path, content.getvalue())
    except OSError as error:
        raise CheckpointError(
            f"the checkpoint of epoch {state['epoch']} could not be written to {path} ({error.strerror}); it takes "
            f"{len(content.getvalue()) / 1e6:.1f} MB. What was there before is whole. "
            "Make room, and run again: it goes on."
        ) from error


def load(path: Path, run: dict[str, Any]) -> dict[str, Any] | None:
    """Read a checkpoint of this run; None if there is none.

    Args:
        path: the file.
        run: what the run is: a checkpoint of another is refused.

    Raises:
        CheckpointError: the file is cut short, altered, no checkpoint, or one of another run.
    """
    advice = "Move it away to start anew, or give another folder."
    try:
        if not path.exists():
            return None
        with zipfile.ZipFile(path) as file:  # torch does not look at the sums that it stores
            if file.testzip():
                raise zipfile.BadZipFile("a sum is wrong")
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for a file that is not its own
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointError(f"{path} is cut short, altered or no checkpoint ({reason}). {advice}") from error
    is_ours = isinstance(state, dict) and set(state) == PARTS and state["format"] == FORMAT
    if not is_ours or not isinstance(state["run"], dict):
        raise CheckpointError(f"{path} is a file of torch, but no checkpoint of this loop. {advice}")
    differs = [
        f"{key} was {state['run'].get(key)!r}, is {run.get(key)!r}"
        for key in sorted(state["run"].keys() | run.keys())
        if state["run"].get(key) != run.get(key)
    ]
    if differs:
        raise CheckpointError(f"{path} is the checkpoint of another run: {'; '.join(differs)}. {advice}")
    return state


def identity(
    recipe: Recipe, seed: int, training: Pictures | Faces, targets: tuple[Tensor, Tensor], scored: str
) -> dict[str, Any]:
    """What makes a run this run: a checkpoint goes on only if all of it is the same."""
    sums = [zlib.crc32(part.numpy().tobytes()) for part in (training.images, *targets)]

    def told(fields: dict[str, Any], later: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in fields.items() if key not in later or value != later[key]}

    fields = told(asdict(recipe), LATER)
    fields["architecture"] = told(fields["architecture"], LATER_OF_NETWORKS)
    settings = {key: json.dumps(value) for key, value in fields.items()}
    return {**settings, "seed": seed, "training set": training.name, "scored": scored, "data": json.dumps(sums)}
