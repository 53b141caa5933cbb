"""Short trainings of the same networks from several starts, rates and seeds: what one seed shows by luck.

    python -m resnet_book.experiments.start_seeds FOLDER

trains them on the pictures of clothes that ship with the package, in some two minutes on one thread, and records that
in the folder.
"""

from __future__ import annotations

import datetime
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..files import read_rows, write_measurements
from ..models import build_start
from ..runs import environment
from .clothes import clothes, learn, small

__all__ = ["SETTINGS", "Ended", "load", "record", "summary", "train"]

SETTINGS: dict[str, Any] = {
    "depth": 32,
    "steps": 120,
    "seeds": [0, 1, 2, 3, 4, 5],
    "trainings": [  # blocks, start, learning rate
        ["plain", "looks-linear", 0.003],
        ["plain", "looks-linear", 0.01],
        ["plain", "looks-linear", 0.03],
        ["plain", "batch norm", 0.1],
        ["basic", "batch norm", 0.1],
        ["basic", "zero gamma", 0.1],
    ],
}


class Ended(NamedTuple):
    """How one training ended.

    Attributes:
        kind: of the blocks: "plain" or "basic".
        start: one of `models.starts.STARTS`.
        rate: the learning rate.
        seed: of the weights; the batches are the same ones in the same order for all.
        first: mean training loss of the first 5 steps.
        lowest: the lowest mean of 10 steps in a row.
        lowest_at: the last of those 10, counted from 1.
        last: mean of the last 20 steps; infinite or no number where training diverged.
    """

    kind: str
    start: str
    rate: float
    seed: int
    first: float
    lowest: float
    lowest_at: int
    last: float


def summary(losses: Sequence[float]) -> tuple[float, float, int, float]:
    """`first`, `lowest`, `lowest_at` and `last` of a training with these losses, at least 20 of them."""
    means = [mean(losses[end - 10 : end]) for end in range(10, len(losses) + 1)]
    lowest, at = min((value, end) for end, value in enumerate(means, 10) if math.isfinite(value))
    return mean(losses[:5]), lowest, at, mean(losses[-20:])


def train(
    kind: str, start: str, rate: float, seed: int, pictures: tuple[Tensor, Tensor], depth: int, steps: int
) -> Ended:
    """One network from one start.

    Args:
        kind, start, rate, seed: see `Ended`.
        pictures: what it learns from, as `clothes` gives them.
        depth: layers, 6n + 2.
        steps: at least 20.

    Returns:
        An `Ended`.
    """
    torch.manual_seed(seed)
    net = build_start(small(depth, kind), start).train()
    return Ended(kind, start, rate, seed, *summary(learn(net, pictures, steps=steps, lr=rate)))


def record(folder: Path, settings: dict[str, Any] = SETTINGS) -> list[Ended]:
    """Train them all, on one thread, and write down how they ended: config.json, env.json, metrics.csv."""
    torch.set_num_threads(1)
    env = environment()  # of the beginning: the files may change while it runs
    day = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    pictures, rows = clothes(train=True), []
    for kind, start, rate in settings["trainings"]:
        for seed in settings["seeds"]:
            row = train(kind, start, rate, seed, pictures, settings["depth"], settings["steps"])
            figures = {name: float(f"{getattr(row, name):.5g}") for name in ("first", "lowest", "last")}
            rows.append(row._replace(**figures))
            print(*rows[-1], flush=True)
    write_measurements(folder, {"experiment": "start seeds", **settings}, {**env, "threads": 1, "date": day}, rows)
    return rows


def load(folder: Path | str) -> list[Ended]:
    """Recorded trainings. Raises `FileNotFoundError` where there are none."""
    return read_rows(folder, Ended)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m resnet_book.experiments.start_seeds FOLDER")
    record(Path(sys.argv[1]))
