"""Where a network looks: how far its points go astray when a patch is greyed (Zeiler and Fergus 2014)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from ..data.drawn_faces import Face, parameters
from ..data.drawn_faces.head import RANGES
from ..data.face_metrics import PARTS, eye_distance
from .keypoint_mistakes import places_of

__all__ = ["REGIONS", "Occlusion", "by_part", "covered_at", "occlusion", "upright"]

REGIONS = {**PARTS, "all points": slice(0, 68)}
"""The parts of a face, and the whole of it."""
POSE = ("turn", "nod", "tilt", "x", "y", "scale")


@dataclass(frozen=True)
class Occlusion:
    """How far the points of faces are off, by part of the face, with a patch at each of some places.

    Attributes:
        size: height and width of the pictures, in pixels.
        side: of the patch.
        starts: its first row, or first column, at each place.
        whole: part of the face, see `REGIONS` -> the error without a patch, in per cent of the outer eye corners'
            distance.
        covered: part -> (rows, columns), the same with the patch at each place.
    """

    size: int
    side: int
    starts: tuple[int, ...]
    whole: dict[str, float]
    covered: dict[str, np.ndarray]

    def worst(self, part: str) -> tuple[float, float]:
        """The middle of the patch that harms a part most: x and y, the picture's side being 1."""
        row, column = np.unravel_index(self.covered[part].argmax(), self.covered[part].shape)
        return self.middle(column), self.middle(row)

    def middle(self, place: int) -> float:
        """Where the middle of the patch lies, at one of `starts`."""
        return (self.starts[place] + self.side / 2) / self.size

    def at(self, part: str, x: float, y: float) -> float:
        """The error with the patch at the place whose middle is nearest to x and y."""
        middles = [self.middle(place) for place in range(len(self.starts))]
        row, column = (min(range(len(middles)), key=lambda i: abs(middles[i] - v)) for v in (y, x))
        return float(self.covered[part][row, column])

    def touches(self, points: np.ndarray, x: float, y: float) -> bool:
        """Whether the patch around x and y covers at least one of some points, (N, 2)."""
        return bool((np.abs(points - (x, y)) <= self.side / self.size / 2).all(1).any())


def upright(seeds: Sequence[int] | np.ndarray) -> Face:
    """The faces of seeds, all straight, centred and of one size, so that their parts lie over each other."""
    face = parameters(seeds)
    for name in POSE:
        face[name] = np.full(len(face["seed"]), float(RANGES[name][0]))
    return face


def by_part(found: np.ndarray, points: np.ndarray) -> dict[str, float]:
    """Part of the face, see `REGIONS` -> mean error of its points, in per cent of the outer eye corners' distance."""
    apart = np.linalg.norm(np.asarray(found, np.float64) - points, axis=2) / eye_distance(points)[:, None]
    return {name: 100 * float(apart[:, part].mean()) for name, part in REGIONS.items()}


def occlusion(net: nn.Module, x: Tensor, points: np.ndarray, side: int = 8, step: int = 2) -> Occlusion:
    """Put a patch on pictures, at one place after another, and see what becomes of the points that a network finds.

    Args:
        net: takes (N, C, S, S) and puts out (N, 136); left as it is.
        x: the pictures as the network takes them. The patch is 0: with colours normalized by channel, the mean colour.
        points: the true ones, (N, 68, 2), the picture's side being 1.
        side, step: of the patch, and from one place to the next, in pixels.

    Raises:
        ValueError: a patch that is larger than the picture, no step, or one that ends before the picture's edge.
    """
    size = x.shape[-1]
    if not (1 <= side <= size and step >= 1):
        raise ValueError(f"expected a side from 1 to {size} and a step from 1, got a side of {side}, a step of {step}")
    if (size - side) % step:
        raise ValueError(f"expected a step that divides {size - side}, for patches up to the edge, got {step}")
    starts = tuple(range(0, size - side + 1, step))
    found: dict[str, list[float]] = {part: [] for part in REGIONS}
    for top in starts:
        for left in starts:
            patched = x.clone()
            patched[..., top : top + side, left : left + side] = 0
            for part, error in by_part(places_of(net, patched).numpy(), points).items():
                found[part].append(error)
    maps = {part: np.array(errors).reshape(len(starts), len(starts)) for part, errors in found.items()}
    return Occlusion(size, side, starts, by_part(places_of(net, x).numpy(), points), maps)


def covered_at(net: nn.Module, x: Tensor, points: np.ndarray, part: slice, side: int | None = None) -> dict[str, float]:
    """How far the points of faces are off, see `by_part`, with a patch on a part of each, wherever it lies there.

    Args:
        net, x, points: see `occlusion`.
        part: the points whose middle the patch is put on.
        side: of the patch, in pixels; by default a quarter of the picture's.
    """
    size = x.shape[-1]
    side = side or size // 4
    corners = np.rint(points[:, part].mean(1) * size - side / 2).clip(0, size - side).astype(int)
    patched = x.clone()
    for picture, (left, top) in zip(patched, corners):
        picture[:, top : top + side, left : left + side] = 0
    return by_part(places_of(net, patched).numpy(), points)
