"""Two spirals, drawn by a seed as the page draws them (``widgets/skip_trainer/points.mjs``), for torch."""

from __future__ import annotations

import math
from collections.abc import Callable

__all__ = ["spirals", "uniform"]

MASK = 0xFFFFFFFF


def uniform(seed: int) -> Callable[[], float]:
    """Uniform numbers in [0, 1), those of the engine's ``random.mjs`` (mulberry32)."""
    state = seed & MASK

    def draw() -> float:
        nonlocal state
        state = (state + 0x6D2B79F5) & MASK
        bits = (state ^ (state >> 15)) * (1 | state) & MASK
        bits = ((bits + ((bits ^ (bits >> 7)) * (61 | bits) & MASK)) & MASK) ^ bits
        return (bits ^ (bits >> 14)) / 2**32

    return draw


def spirals(n: int, noise: float, seed: int) -> tuple[list[tuple[float, float]], list[int]]:
    """n points of two spiral arms of one and a half turns, the classes taking turns.

    Args:
        n: how many points.
        noise: the deviation of the normal noise, on a plane from -2 to 2.
        seed: of the draws.
    """
    draw = uniform(seed)
    found, classes = [], []
    for i in range(n):
        k = i % 2
        radius = math.sqrt((i // 2 + draw()) / math.ceil(n / 2))
        turn = 2 * math.pi * (1.5 * radius + k / 2)
        a, b = (sum(draw() for _ in range(12)) - 6 for _ in range(2))
        found.append((1.6 * radius * math.cos(turn) + noise * a, 1.6 * radius * math.sin(turn) + noise * b))
        classes.append(k)
    return found, classes
