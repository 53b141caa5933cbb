"""How far found points are from the true ones. Needs numpy alone.

NME, the normalized mean error, is the mean distance of a face's points over the distance between its outer eye corners
(points 36 and 45; "inter-ocular"). That distance shrinks to nothing in profile, so the error over the square root of
the face's box stands beside it.
"""

from __future__ import annotations

import numpy as np

__all__ = ["PARTS", "area", "box_error", "cumulative", "eye_distance", "failures", "nme"]

PARTS = {
    "jaw": slice(0, 17),
    "brows": slice(17, 27),
    "nose": slice(27, 36),
    "eyes": slice(36, 48),
    "mouth": slice(48, 68),
}
"""The parts of a face, in the order of its points."""


def eye_distance(points: np.ndarray) -> np.ndarray:
    """Between the outer eye corners, (N, 68, 2) -> (N,). Raises `ValueError` where they stand at one place."""
    points = _checked(points, "points")
    found = np.linalg.norm(points[:, 36] - points[:, 45], axis=1)
    if not found.all():
        raise ValueError(
            f"face {int(np.flatnonzero(found == 0)[0])}: the outer eye corners, points 36 and 45, stand at the same "
            "place, so NME would divide by zero; leave this face out, or use box_error"
        )
    return found


def nme(predicted: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The NME of each face, as a part of 1: (N, 68, 2) and (N, 68, 2) in pixels -> (N,)."""
    return _distances(predicted, points).mean(1) / eye_distance(points)


def box_error(predicted: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The mean distance of each face's points over the square root of the area of the true ones' box, (N,)."""
    distances, points = _distances(predicted, points), np.asarray(points, np.float64)
    area = np.ptp(points, axis=1).prod(1)
    if not area.all():
        flat = int(np.flatnonzero(area == 0)[0])
        raise ValueError(f"face {flat}: its points lie on one line, so its box has no area")
    return distances.mean(1) / np.sqrt(area)


def failures(errors: np.ndarray, at: float = 0.08) -> float:
    """The part of the faces whose error is above a limit."""
    return float((_errors(errors) > at).mean())


def cumulative(errors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cumulative error curve: errors in order, (N,), and the part of the faces at or below each, (N,)."""
    ordered = np.sort(_errors(errors))
    return ordered, np.searchsorted(ordered, ordered, side="right") / len(ordered)


def area(errors: np.ndarray, most: float = 0.08) -> float:
    """The area under the cumulative error curve from 0 to a limit, over the limit: 1 if no face has an error."""
    return float(np.maximum(0, 1 - _errors(errors) / most).mean())


def _distances(predicted: np.ndarray, points: np.ndarray) -> np.ndarray:
    predicted, points = _checked(predicted, "predicted"), _checked(points, "points")
    if predicted.shape != points.shape:
        raise ValueError(f"predicted: expected the points of {len(points):,} faces, got those of {len(predicted):,}")
    return np.linalg.norm(predicted - points, axis=2)


def _checked(points: np.ndarray, name: str) -> np.ndarray:
    points = np.asarray(points, np.float64)
    if points.ndim != 3 or points.shape[1:] != (68, 2) or not len(points):
        raise ValueError(f"{name}: expected (N, 68, 2), x and y of 68 points of each face, got {points.shape}")
    if not np.isfinite(points).all():
        odd = int(np.flatnonzero(~np.isfinite(points).all((1, 2)))[0])
        raise ValueError(f"{name}: face {odd} has a point that is no number")
    return points


def _errors(errors: np.ndarray) -> np.ndarray:
    errors = np.asarray(errors, np.float64)
    if errors.ndim != 1 or not len(errors):
        raise ValueError(f"errors: expected one of each face, (N,), got {errors.shape}")
    return errors
