"""Faces with their 68 points as tensors: one form for drawn and for real ones, and how each set is parted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["MIRRORED", "Faces", "by_person", "mean_face", "mirrored", "usual"]

PAIRS = (
    *((i, 16 - i) for i in range(8)),  # jaw
    *((i, 43 - i) for i in range(17, 22)),  # brows
    (31, 35), (32, 34),  # nose
    (36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46),  # eyes
    (48, 54), (49, 53), (50, 52), (55, 59), (56, 58), (60, 64), (61, 63), (65, 67),  # mouth
)  # fmt: skip
MIRRORED = list(range(68))
"""Which point of a face is which point of its mirror image: 0 is 16, 36 is 45, the tip of the nose is itself."""
for left, right in PAIRS:
    MIRRORED[left], MIRRORED[right] = right, left

USUAL_TRAINING = 3_462
"""Pictures of the training part of the public set; those of its test part come behind them."""


@dataclass(frozen=True)
class Faces:
    """Faces, all resized to one square, and where their points are.

    Places are parts of the picture's width and height, 0 being the outer edge of the first pixel and 1 that of the
    last: resizing a picture does not change them. Pixels are those of the picture as its set has it, the middle of the
    first one being 0, as csv files and image libraries count.

    Attributes:
        images: uint8, (N, 3, S, S).
        places: float32, (N, 68, 2), x and y.
        sizes: int64, (N, 2), width and height of each picture as its set has it.
        rows: int64, (N,), where each stands in its whole set, from 0.
        name: what this is, for records: "real faces, training set".
    """

    images: Tensor
    places: Tensor
    sizes: Tensor
    rows: Tensor
    name: str

    def __post_init__(self) -> None:
        n = len(self.images)
        parts = {
            "images": (self.images, torch.uint8, (n, 3, *self.images.shape[-1:] * 2)),
            "places": (self.places, torch.float32, (n, 68, 2)),
            "sizes": (self.sizes, torch.int64, (n, 2)),
            "rows": (self.rows, torch.int64, (n,)),
        }
        for name, (found, dtype, shape) in parts.items():
            if found.dtype != dtype or found.shape != shape:
                raise ValueError(f"{name}: expected {dtype} {shape}, got {found.dtype} {tuple(found.shape)}")

    def __len__(self) -> int:
        return len(self.images)

    @property
    def planes(self) -> Tensor:
        """The images as (N, C, H, W)."""
        return self.images

    @property
    def points(self) -> Tensor:
        """(N, 68, 2) in pixels, float64."""
        return self.in_pixels(self.places)

    def in_pixels(self, places: Tensor) -> Tensor:
        """Places in these pictures as pixels, float64."""
        return places.double() * self.sizes[:, None] - 0.5

    def take(self, index: Tensor, name: str | None = None) -> Faces:
        """The faces at these positions."""
        parts = (self.images, self.places, self.sizes, self.rows)
        return Faces(*(part[index] for part in parts), name or self.name)


def usual(count: int = USUAL_TRAINING, whole: int = 4_232) -> tuple[Tensor, Tensor]:
    """The usual split of a set, as rows: the first ones train, the others test."""
    rows = torch.arange(whole)
    return rows[:count], rows[count:]


def by_person(people: Sequence[str]) -> tuple[Tensor, Tensor]:
    """A split with nobody on both sides: of the people in order of first appearance, every fifth tests.

    Args:
        people: who is seen in each row, by whatever name.

    Returns:
        Rows to train on and rows to test on, each in order.
    """
    order = list(dict.fromkeys(people))
    tested = set(order[4::5])
    tests = torch.tensor([person in tested for person in people], dtype=torch.bool)
    return (~tests).nonzero().flatten(), tests.nonzero().flatten()


def mean_face(training: Faces, testing: Faces) -> Tensor:
    """What can be said without looking at a picture: the mean of all points to train on, each face's over its picture's
    width and height, scaled to each picture to test on. (N, 68, 2) in pixels, float64.
    """
    return (training.points / training.sizes[:, None]).mean(0) * testing.sizes[:, None]


def mirrored(places: Tensor) -> Tensor:
    """The places in the mirrored picture, left and right points exchanged. (N, 68, 2) -> (N, 68, 2)."""
    return torch.stack([1 - places[:, MIRRORED, 0], places[:, MIRRORED, 1]], -1)
