"""The sample that ships with the package: 1,000 training and 500 test pictures; nothing is downloaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from .fashion_mnist import fashion_mnist
from .pictures import Pictures

__all__ = ["make_sample", "sample"]

STORED = Path(__file__).with_name("sample.npz")
PER_CLASS = {"train": 100, "test": 50}


def sample(train: bool) -> Pictures:
    """The 1,000 training or the 500 test pictures of the sample; nothing is downloaded."""
    part = "train" if train else "test"
    with np.load(STORED) as stored:
        images, labels = stored[f"{part}_images"], stored[f"{part}_labels"]
    name = f"Fashion-MNIST sample, {'training' if train else 'test'} set"
    return Pictures(torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64)), name)


def make_sample(path: Path | str = STORED, *, root: Path | str | None = None) -> None:
    """Make the sample anew from the official files: of every class, each 60th training and each 20th test picture.

    Also stored are the positions of the pictures in the official files, as `train_index` and `test_index`.
    """
    arrays = {}
    for part, count in PER_CLASS.items():
        pictures = fashion_mnist(part == "train", root=root)
        places = [(pictures.labels == label).nonzero().flatten() for label in pictures.labels.unique()]
        index = torch.cat([place[:: len(place) // count] for place in places]).sort().values
        arrays[f"{part}_images"] = pictures.images[index].numpy()
        arrays[f"{part}_labels"] = pictures.labels[index].numpy().astype(np.uint8)
        arrays[f"{part}_index"] = index.numpy().astype(np.int32)
    np.savez_compressed(path, **arrays)
