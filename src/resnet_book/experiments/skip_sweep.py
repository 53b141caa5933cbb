"""The sweep of the widget `skip-trainer` in torch: plain and residual networks on spirals, by depth and seed.

``python -m resnet_book.experiments.skip_sweep`` trains them and writes the record that a reader without JavaScript sees.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn import functional as F

from ..files import write_measurements
from .spirals import spirals

__all__ = ["SETTINGS", "PointNet", "Row", "sweep", "train"]

SETTINGS = {
    "data": "spirals", "points": 256, "noise": 0.05, "width": 8, "norm": True, "init": "he", "optimizer": "adam", "rate": 0.01,
    "steps": 800, "blocks": [1, 5, 10, 20, 50], "seeds": [0, 1, 2],
}  # fmt: skip


class Row(NamedTuple):
    """One network, trained."""

    network: str  # "plain" or "residual"
    blocks: int
    seed: int
    loss: float
    train_accuracy: float  # of the points it learned from
    held_out_accuracy: float  # of as many others
    seconds: float


class PointNet(nn.Module):
    """Two linear layers a block, batch norm behind each; y = relu(x + F(x)), or relu(F(x)) for a plain net."""

    def __init__(self, blocks: int, width: int, skip: bool) -> None:
        super().__init__()
        self.skip = skip
        self.stem = _layer(2, width)
        self.branches = nn.ModuleList(
            nn.Sequential(_layer(width, width), nn.ReLU(), _layer(width, width)) for _ in range(blocks)
        )
        self.head = nn.Linear(width, 2)
        for module in self.modules():
            if isinstance(module, nn.Linear):
                gain = 1 if module is self.head else 2**0.5
                nn.init.normal_(module.weight, std=gain / module.in_features**0.5)
        nn.init.zeros_(self.head.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (n, 2) of points (n, 2)."""
        x = F.relu(self.stem(x))
        for branch in self.branches:
            x = F.relu(x + branch(x)) if self.skip else F.relu(branch(x))
        return self.head(x)


def _layer(inputs: int, outputs: int) -> nn.Sequential:
    """A linear layer and its batch norm, whose running moments are the last batch's: every batch is all the points."""
    return nn.Sequential(nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs, momentum=1.0))


def train(blocks: int, skip: bool, seed: int, settings: dict[str, Any] = SETTINGS) -> Row:
    """One network on one draw of the points, all of them at every step."""
    torch.manual_seed(seed)
    net = PointNet(blocks, settings["width"], skip)
    optimizer = torch.optim.Adam(net.parameters(), settings["rate"])
    x, y = _tensors(settings, seed)
    began = time.perf_counter()
    for _ in range(settings["steps"]):
        optimizer.zero_grad()
        F.cross_entropy(net(x), y).backward()
        optimizer.step()
    seconds = time.perf_counter() - began
    with torch.no_grad():
        logits = net(x)  # in training mode: the moments of these points, by the weights as they are now
        held_x, held_y = _tensors(settings, seed + 1_000_003)
        held = (net.eval()(held_x).argmax(1) == held_y).double().mean().item()
        right = (logits.argmax(1) == y).double().mean().item()
        loss = F.cross_entropy(logits, y).item()
    return Row("residual" if skip else "plain", blocks, seed, loss, right, held, seconds)


def _tensors(settings: dict[str, Any], seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    points, classes = spirals(settings["points"], settings["noise"], seed)
    return torch.tensor(points), torch.tensor(classes)


def sweep(settings: dict[str, Any] = SETTINGS) -> Iterator[Row]:
    """Every depth, plain and residual, every seed; each as it is done."""
    for blocks in settings["blocks"]:
        for skip in (False, True):
            for seed in settings["seeds"]:
                yield train(blocks, skip, seed, settings)


def main() -> None:
    """Run the sweep and write its record."""
    from ..runs import environment

    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--out", type=Path, default=Path("book/runs/skip-sweep"), help="the folder of the record")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    env = environment()  # of the beginning: the files may change while it runs
    rows = []
    for row in sweep():
        rows.append(
            row._replace(**{key: f"{value:.6g}" for key, value in row._asdict().items() if isinstance(value, float)})
        )
        print(*rows[-1], flush=True)
    write_measurements(out, {"experiment": "skip-sweep", **SETTINGS}, env, rows)


if __name__ == "__main__":
    main()
