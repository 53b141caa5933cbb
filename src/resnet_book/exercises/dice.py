"""Numbers out of a seed, the same in Python and in the page: what `dice.mjs` does, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

__all__ = ["Dice"]

T = TypeVar("T")
BITS = 0xFFFFFFFF


def _times(a: int, b: int) -> int:
    return (a * b) & BITS


class Dice:
    """A small deterministic generator (mulberry32) behind a hash of a name and a number (FNV-1a)."""

    def __init__(self, name: str, seed: int) -> None:
        state = 0x811C9DC5
        for byte in f"{name}:{seed}".encode("ascii"):
            state = _times(state ^ byte, 0x01000193)
        self._state = state

    def _next(self) -> int:
        """A whole number below 2**32."""
        self._state = (self._state + 0x6D2B79F5) & BITS
        t = self._state
        t = _times(t ^ (t >> 15), t | 1)
        t ^= (t + _times(t ^ (t >> 7), t | 61)) & BITS
        return t ^ (t >> 14)

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included; less than 2**20 of them."""
        return low + (self._next() * (high - low + 1) >> 32)

    def pick(self, *options: T) -> T:
        """One of several."""
        return options[self.whole(0, len(options) - 1)]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """All of them, in an order of chance."""
        out: list[Any] = list(items)
        for i in range(len(out) - 1, 0, -1):
            j = self.whole(0, i)
            out[i], out[j] = out[j], out[i]
        return out
