"""The usual way to load pictures, one at a time in Python, as d2l does: what `Batches` is compared with."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

from .pictures import Pictures

__all__ = ["per_image_loader"]


class _OneByOne(Dataset):
    def __init__(self, pictures: Pictures, size: int | None) -> None:
        self.pictures = pictures
        steps = [transforms.Resize(size)] if size else []
        self.transform = transforms.Compose([*steps, transforms.ToTensor()])

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.transform(Image.fromarray(self.pictures.images[index].numpy())), int(self.pictures.labels[index])


def per_image_loader(
    pictures: Pictures,
    batch_size: int,
    *,
    size: int | None = None,
    order: Iterable[Tensor] | None = None,
    shuffle: bool = False,
    workers: int = 4,
) -> DataLoader:
    """The loader that `d2l.load_data_fashion_mnist` makes, with the same transforms and workers, from our data folder.

    Args:
        pictures: what to load.
        batch_size: pictures a batch.
        size: what to resize to.
        order: positions in the order to load them in, one tensor for each pass; in place of `shuffle`.
        shuffle: whether every pass draws a new order.
        workers: processes.
    """
    sampler = None if order is None else _Passes(order, len(pictures))
    return DataLoader(_OneByOne(pictures, size), batch_size, shuffle, sampler=sampler, num_workers=workers)


class _Passes(torch.utils.data.Sampler):
    """A given order for each pass."""

    def __init__(self, orders: Iterable[Tensor], length: int) -> None:
        self.orders, self.length = iter(orders), length

    def __iter__(self):
        return iter(next(self.orders).tolist())

    def __len__(self) -> int:
        return self.length
