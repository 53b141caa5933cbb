"""Pictures with their labels, as tensors: one form for every data set."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import torch
from platformdirs import user_cache_dir
from torch import Tensor

__all__ = ["DataError", "Pictures", "folder", "mean_of_stds", "split", "statistics"]


class DataError(RuntimeError):
    """Data files are missing or altered and could not be had; the message names them and says what to do."""


@dataclass(frozen=True)
class Pictures:
    """Pictures and what they show.

    Attributes:
        images: uint8, (N, H, W) in grey or (N, C, H, W).
        labels: (N,), int64: classes, counted from 0.
        name: what this is, for records: "CIFAR-10, training set".
    """

    images: Tensor
    labels: Tensor
    name: str

    def __post_init__(self) -> None:
        if self.images.ndim not in (3, 4) or self.images.dtype != torch.uint8:
            raise ValueError(
                f"images: expected uint8 (N, H, W) or (N, C, H, W), got {self.images.dtype} {tuple(self.images.shape)}"
            )
        if self.labels.shape != self.images.shape[:1] or self.labels.dtype != torch.int64:
            raise ValueError(f"labels: expected {len(self.images)} int64, got {self.labels.dtype} {self.labels.shape}")

    def __len__(self) -> int:
        return len(self.images)

    @property
    def channels(self) -> int:
        """1 in grey."""
        return self.images.shape[1] if self.images.ndim == 4 else 1

    @property
    def planes(self) -> Tensor:
        """The images as (N, C, H, W)."""
        return self.images if self.images.ndim == 4 else self.images.unsqueeze(1)

    def take(self, index: Tensor, name: str | None = None) -> Pictures:
        """The pictures at these positions."""
        return Pictures(self.images[index], self.labels[index], name or self.name)


def folder() -> Path:
    """Where data lives: the environment variable `RESNET_BOOK_DATA`, else a folder in the user's cache."""
    return Path(os.environ.get("RESNET_BOOK_DATA") or user_cache_dir("resnet-book", appauthor=False)).expanduser()


def split(pictures: Pictures, every: int = 12) -> tuple[Pictures, Pictures]:
    """A part to train on and a part to choose by: of every class, each twelfth picture, in order, is held out.

    Of the 60,000 training pictures of Fashion-MNIST this holds out 5,000, 500 of each class; of the 50,000 of CIFAR-10,
    4,160. It needs no random numbers, and so is the same on every machine and with every version of every library.
    """
    held_out = torch.zeros(len(pictures), dtype=torch.bool)
    for label in pictures.labels.unique():
        held_out[(pictures.labels == label).nonzero().flatten()[every - 1 :: every]] = True
    return (
        pictures.take(~held_out, f"{pictures.name} less the validation split"),
        pictures.take(held_out, f"{pictures.name}, validation split"),
    )


def statistics(pictures: Pictures) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of every channel, over all pixels of all pictures, on the scale from 0 to 1.

    Whole numbers are summed, so that the result is exact to the last digit of float64.

    Returns:
        Two tensors (C,), float64.
    """
    planes = pictures.planes.transpose(0, 1).flatten(1)  # C x (N * H * W)
    counts = torch.stack([torch.bincount(plane, minlength=256) for plane in planes]).double()
    levels = torch.arange(256, dtype=torch.float64) / 255
    mean = counts @ levels / planes.shape[1]
    return mean, (counts @ levels**2 / planes.shape[1] - mean**2).sqrt()


def mean_of_stds(pictures: Pictures) -> Tensor:
    """The mean over all pictures of each one's own standard deviation, (C,), float64, on the scale from 0 to 1.

    For CIFAR-10 this is the (0.2023, 0.1994, 0.2010) that many scripts divide by (over n - 1, as in `torch.std`). It is
    smaller than the deviation over the set (`statistics`), because it leaves out how much pictures differ from each
    other in brightness.
    """
    stds = [part.double().div_(255).std((2, 3)) for part in pictures.planes.split(1_000)]
    return torch.cat(stds).mean(0)
