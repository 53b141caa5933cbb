"""Batches made where the data lives: a batch is cropped, flipped and resized at once, on the device."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from .fashion_mnist import Pictures

__all__ = ["Batches", "resize"]


def resize(images: Tensor, size: int) -> Tensor:
    """Pictures of another size: bilinear, smoothed where they shrink, rounded to whole grey levels.

    On a CPU, pictures that grow are bit for bit what Pillow's resizing gives, and so what d2l trains on. Elsewhere it
    is what torchvision's `Resize` gives on tensors: one level of 255 off, in about a tenth of the pixels at 96.

    Shape: (N, C, H, W) -> (N, C, size, size), uint8.
    """
    if images.shape[-2:] == (size, size):
        return images
    whole = images if images.device.type == "cpu" else images.float()
    scaled = F.interpolate(whole, size=(size, size), mode="bilinear", antialias=True)
    return scaled if scaled.dtype == torch.uint8 else scaled.round().clamp(0, 255).to(torch.uint8)


class Batches:
    """Pictures as batches (x, y): x float32 (B, 1, size, size) from 0 to 1, y int64 (B,). Each pass draws a new order.

    All random numbers come from `generator`, on the CPU, whatever the device: its state before a pass is the order of
    that pass, with every crop and flip in it. The last batch holds what is left over.

    Args:
        pictures: what to give out; moved to the device whole.
        batch_size: pictures a batch.
        size: height and width to give them out at; by default as they are.
        crop: pixels of background put around a picture, out of which a window of the old size is cut at random.
        flip: whether half of the pictures, at random, are mirrored left to right.
        device: where the batches are made.
        channels_last: the order of the batches' numbers in memory.
        generator: shuffles, crops and flips; without one the order is the official one and no picture is changed.
        share: (rank, world): every batch is dealt out to `world` processes, this one being number `rank`. A last batch
            with fewer pictures than processes is left out.
    """

    def __init__(
        self,
        pictures: Pictures,
        batch_size: int,
        *,
        size: int | None = None,
        crop: int = 0,
        flip: bool = False,
        device: torch.device | str = "cpu",
        channels_last: bool = False,
        generator: torch.Generator | None = None,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        self.batch_size, self.size = batch_size, size or pictures.images.shape[-1]
        self.crop, self.flip, self.generator, self.share = crop, flip, generator, share
        self.device = torch.device(device)
        self.format = torch.channels_last if channels_last else torch.contiguous_format
        self.images = F.pad(pictures.images, (crop,) * 4).to(self.device)
        self.labels = pictures.labels.to(self.device)
        self.height, self.width = pictures.images.shape[-2:]

    def __len__(self) -> int:
        whole, left = divmod(len(self.labels), self.batch_size)
        return whole + (left >= self.share[1])

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        rank, world = self.share
        for chosen, moves, mirrored in zip(*(drawn.split(self.batch_size) for drawn in self._draw())):
            if len(chosen) < world:
                return
            mine = slice(rank, None, world)
            images = self._cut(chosen[mine], moves[mine], mirrored[mine])
            x = resize(images.unsqueeze(1), self.size).to(torch.float32, memory_format=self.format).div_(255)
            yield x, self.labels[chosen[mine]]

    def _draw(self) -> tuple[Tensor, Tensor, Tensor]:
        """For one pass: the order of the pictures, where each window stands, (N, 2), and which are mirrored."""
        n, g = len(self.labels), self.generator
        order = torch.arange(n) if g is None else torch.randperm(n, generator=g)
        moves, mirrored = torch.full((n, 2), self.crop), torch.zeros(n, dtype=torch.bool)
        if g is not None and self.crop:
            moves = torch.randint(2 * self.crop + 1, (n, 2), generator=g)
        if g is not None and self.flip:
            mirrored = torch.rand(n, generator=g) < 0.5
        return order.to(self.device), moves.to(self.device), mirrored.to(self.device)

    def _cut(self, chosen: Tensor, moves: Tensor, mirrored: Tensor) -> Tensor:
        """The windows of these pictures, (B, H, W): one gather for all of a batch."""
        if self.generator is None or not (self.crop or self.flip):
            return self.images[chosen, self.crop : self.crop + self.height, self.crop : self.crop + self.width]
        rows = torch.arange(self.height, device=self.device).expand(len(chosen), -1)
        columns = torch.arange(self.width, device=self.device)
        columns = torch.where(mirrored[:, None], columns.flip(0), columns)
        rows, columns = rows + moves[:, :1], columns + moves[:, 1:]
        return self.images[chosen[:, None, None], rows[:, :, None], columns[:, None, :]]
