"""Nested classes of functions that can be computed: polynomials, fitted by least squares."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

__all__ = ["best_fit_error"]


def best_fit_error(powers: Iterable[int], target: Callable[[np.ndarray], np.ndarray] = np.exp) -> float:
    """How near a polynomial of these powers can come to a function on [-1, 1], as a root mean square."""
    x = np.linspace(-1, 1, 201)
    columns = np.stack([x**power for power in powers], axis=1)
    weights = np.linalg.lstsq(columns, target(x), rcond=None)[0]
    return float(np.sqrt(np.mean((columns @ weights - target(x)) ** 2)))
