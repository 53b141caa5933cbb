"""What a random plane shows of a surface that curves both ways."""

from __future__ import annotations

import numpy as np

__all__ = ["bowls"]


def bowls(downward: int, dimensions: int = 1_000, planes: int = 1_000, seed: int = 0, steep: float = 1.0) -> float:
    """The share of random planes on which a saddle looks like a bowl.

    The loss is half the sum of c x^2 over all dimensions, with c = -steep for so many of them and +1 for the others. On
    a plane through its middle along two random directions u, v it is a quadratic form of two variables, and a bowl
    where both of its eigenvalues are above zero.

    Args:
        downward: dimensions along which the loss falls.
        dimensions: all of them.
        planes: how many are drawn.
        seed: decides them.
        steep: how strongly the loss curves downward, beside upward.
    """
    draw = np.random.default_rng(seed)
    curvature = np.where(np.arange(dimensions) < downward, -steep, 1.0)
    u, v = draw.standard_normal((2, planes, dimensions))
    uu, vv, uv = ((one * other) @ curvature for one, other in ((u, u), (v, v), (u, v)))
    return float(((uu > 0) & (uu * vv > uv**2)).mean())
