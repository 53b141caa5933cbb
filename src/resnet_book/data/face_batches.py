"""Batches of faces made where the data lives: pictures and points are moved together, all of a batch at once."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .batches import Loader, resize
from .keypoints import MIRRORED, Faces

__all__ = ["FaceBatches", "Moves", "moved", "recoloured"]


@dataclass(frozen=True)
class Moves:
    """How far faces are moved at random; each number is the most, either way.

    Attributes:
        flip: whether half of the faces are mirrored, left and right points exchanged.
        rotate: degrees.
        scale: a part: 0.1 makes a face up to 1.1 times larger, or smaller.
        shift: a part of the picture's side, across and down.
        colour: a part, of the brightness of each colour, and of the contrast.
    """

    flip: bool = False
    rotate: float = 0.0
    scale: float = 0.0
    shift: float = 0.0
    colour: float = 0.0

    @property
    def any(self) -> bool:
        """Whether pixels change their places."""
        return bool(self.flip or self.rotate or self.scale or self.shift)


def moved(images: Tensor, places: Tensor, maps: Tensor, mirrored: Tensor) -> tuple[Tensor, Tensor]:
    """Pictures and their points, both taken along by the same map.

    What comes in from outside of a picture is its edge, in a mirror.

    Args:
        images: float, (B, C, S, S).
        places: (B, 68, 2), see `Faces`.
        maps: (B, 2, 3): where a place goes, with 0 as the middle of the picture and -1 and 1 as its edges: the first
            two columns are a matrix, the last one is added.
        mirrored: bool, (B,): whether the map mirrors, so that left and right points are exchanged.

    Returns:
        The same shapes.
    """
    inverse = torch.linalg.inv(maps[:, :, :2])
    back = torch.cat([inverse, -inverse @ maps[:, :, 2:]], 2)  # where each new pixel comes from
    grid = F.affine_grid(back.to(images.dtype), list(images.shape), align_corners=False)
    images = F.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
    around = (places * 2 - 1) @ maps[:, :, :2].transpose(1, 2) + maps[:, None, :, 2]
    exchanged = torch.where(mirrored[:, None, None], around[:, MIRRORED], around)
    return images, (exchanged + 1) / 2


def recoloured(images: Tensor, gain: Tensor, contrast: Tensor) -> Tensor:
    """Each colour brighter or darker, and all further from the picture's mean or nearer to it.

    Args:
        images: (B, 3, S, S), from 0 to 1; so is what comes out.
        gain: (B, 3).
        contrast: (B,).
    """
    mean = images.mean((1, 2, 3), keepdim=True)
    return (((images - mean) * contrast[:, None, None, None] + mean) * gain[:, :, None, None]).clamp(0, 1)


class FaceBatches(Loader):
    """Faces as batches (x, y): x float32 (B, 3, size, size), y float32 (B, 68, 2), places.

    x is normalized once, at the end.

    Args:
        faces: what to give out; moved to the device whole.
        batch_size: faces a batch.
        size: height and width to give them out at; by default as they are.
        moves: how far they are moved.
        form: normalize, device, channels_last, generator and share, see `Loader`.
    """

    def __init__(
        self,
        faces: Faces,
        batch_size: int,
        *,
        size: int | None = None,
        moves: Moves | None = None,
        **form: Any,
    ) -> None:
        super().__init__(len(faces), batch_size, size or faces.images.shape[-1], **form)
        self.moves, self.faces = moves or Moves(), faces
        self.images, self.places = faces.images.to(self.device), faces.places.to(self.device)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        for chosen, chance in self.in_batches(*self._draw()):
            x = resize(self.images[chosen], self.size).float() / 255
            y = self.places[chosen]
            if self.generator is not None:
                x, y = self._changed(x, y, chance)
            if self.normalize:
                x = (x - self.normalize.mean) / self.normalize.std
            yield x.contiguous(memory_format=self.format), y

    def _draw(self) -> tuple[Tensor, Tensor]:
        """For one pass: the order, and for each of its faces nine chances from 0 to 1."""
        n, g = self.count, self.generator
        if g is None:
            return torch.arange(n, device=self.device), torch.zeros(n, 9)
        order = torch.randperm(n, generator=g)
        return order.to(self.device), torch.rand(n, 9, generator=g).to(self.device)

    def _changed(self, x: Tensor, y: Tensor, chance: Tensor) -> tuple[Tensor, Tensor]:
        most, even = self.moves, chance * 2 - 1  # from -1 to 1
        if most.any:
            mirrored = (chance[:, 0] < 0.5) & most.flip
            angle = even[:, 1] * (most.rotate * math.pi / 180)
            scale = (1 + most.scale) ** even[:, 2]
            cosine, sine = scale * angle.cos(), scale * angle.sin()
            side = 1 - 2 * mirrored.to(y.dtype)
            shift = even[:, 3:5] * (2 * most.shift)
            rows = [
                torch.stack([cosine * side, -sine, shift[:, 0]], 1),
                torch.stack([sine * side, cosine, shift[:, 1]], 1),
            ]
            x, y = moved(x, y, torch.stack(rows, 1), mirrored)
        if most.colour:
            x = recoloured(x, 1 + most.colour * even[:, 5:8], 1 + most.colour * even[:, 8])
        return x, y
