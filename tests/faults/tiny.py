"""A training run small enough to be killed many times. Run by the tests, as a process of its own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from resnet_book.architectures import Architecture, Stem
from resnet_book.data import Pictures, sample
from resnet_book.train import Recipe, fit

NETWORK = Architecture("tiny", "d2l", (1, 1), (8, 16), Stem(8, 3, 2, 1, pool=False), in_channels=1, num_classes=10)
TINY = Recipe(
    "tiny", NETWORK, size=14, batch_size=32, epochs=4, lr=0.05, schedule="one-cycle", warmup=0.25, momentum=0.9,
    nesterov=True, weight_decay=5e-4, label_smoothing=0.1, flip=True, crop=2, channels_last=True,
)  # fmt: skip


def pictures(count: int, train: bool = True) -> Pictures:
    return sample(train).take(torch.arange(count))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", type=Path, help="where the first process writes the weights at the end")
    parser.add_argument("--epochs", type=int, default=TINY.epochs)
    parser.add_argument("--pictures", type=int, default=160)
    parser.add_argument("--one-step", action="store_true", help="one step of plain SGD at rate 1 on one batch")
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.one_step:
        recipe = Recipe("step", NETWORK, size=14, batch_size=given.pictures, epochs=1, lr=1.0)
    else:
        recipe = Recipe(**{**vars(TINY), "epochs": given.epochs})
    print("training", flush=True)
    result = fit(
        recipe, pictures(given.pictures), pictures(50, train=False), device="cpu", folder=given.folder, progress=False
    )
    if given.weights and not given.weights.exists():
        torch.save({"weights": result.net.state_dict(), "history": result.history}, given.weights)


if __name__ == "__main__":
    sys.exit(main())
