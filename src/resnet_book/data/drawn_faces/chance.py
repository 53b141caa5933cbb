"""Numbers of chance that need no order: each is a hash of a seed and a place. `chance.mjs` gives the same ones."""

from __future__ import annotations

import numpy as np

__all__ = ["bits", "uniform"]

STEP = 0x9E3779B9  # 2**32 over the golden ratio: neighbouring places lie far apart


def bits(seed: np.ndarray, place: np.ndarray) -> np.ndarray:
    """32 bits of chance of each pair. uint32 in, uint32 out; the two are broadcast against each other."""
    return _mixed(_mixed(seed) + place * np.uint32(STEP))


def uniform(seed: np.ndarray, place: np.ndarray) -> np.ndarray:
    """A float64 from 0, included, to 1, not included, of each pair."""
    return bits(seed, place) / 2**32


def _mixed(x: np.ndarray) -> np.ndarray:
    """Wellons' `lowbias32`, a permutation of the numbers of 32 bits in which every bit hangs on all others."""
    x = (x ^ (x >> 16)) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> 15)) * np.uint32(0x846CA68B)
    return x ^ (x >> 16)
