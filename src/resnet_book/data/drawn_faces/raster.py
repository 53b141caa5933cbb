"""Shapes to pixels: smooth curves through points, strokes, and the part of each pixel that a shape covers.

Only sums, products, quotients, square roots and comparisons are used, which IEEE 754 rounds alike everywhere. So
`raster.mjs`, step by step the same, gives the same numbers to the last bit.
"""

from __future__ import annotations

import numpy as np

__all__ = ["coverage", "smooth", "stroke"]

BETWEEN = 6  # pieces of a curve between two of its points
LINES = 4  # scan lines through a row of pixels


def smooth(points: np.ndarray, closed: bool) -> np.ndarray:
    """A curve through points (Catmull and Rom 1974), as a chain of short lines.

    Shape: (N, V, 2) -> (N, 6 V, 2) if it is closed, else (N, 6 V - 5, 2) with both ends on it.
    """
    before, after = np.roll(points, 1, 1), np.roll(points, -1, 1)
    if not closed:
        before[:, 0], after[:, -1] = points[:, 0], points[:, -1]
    beyond = np.roll(after, -1, 1)
    if not closed:
        beyond[:, -2:] = points[:, -1:]
    pieces = []
    for step in range(BETWEEN):
        t = step / BETWEEN
        a, b = after - before, before * 2 - points * 5 + after * 4 - beyond
        c = points * 3 - before - after * 3 + beyond
        pieces.append(points + ((c * t + b) * t + a) * t * 0.5)
    curve = np.stack(pieces, 2).reshape(len(points), -1, 2)
    return curve if closed else curve[:, : 1 - BETWEEN]


def stroke(line: np.ndarray, width: np.ndarray) -> np.ndarray:
    """The outline of a pen's stroke along a chain of lines.

    Args:
        line: (N, V, 2).
        width: (N, V), of the pen at each point.

    Returns:
        (N, 2 V, 2), a closed outline.
    """
    ahead, behind = np.roll(line, -1, 1), np.roll(line, 1, 1)
    ahead[:, -1], behind[:, 0] = line[:, -1], line[:, 0]
    along = ahead - behind
    length = np.sqrt(along[..., 0] * along[..., 0] + along[..., 1] * along[..., 1]) + 1e-9
    part = width * 0.5 / length
    aside = np.stack([-along[..., 1] * part, along[..., 0] * part], -1)
    return np.concatenate([line + aside, (line - aside)[:, ::-1]], 1)


def coverage(outline: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """How much of each pixel a closed outline covers, in the rows of pixels that it touches.

    Four scan lines run through a row of pixels. Where an edge crosses one, all that lies to the right of the crossing
    is covered once more, or once less; a running sum along the row adds it up.

    Args:
        outline: (N, V, 2), in pixels: pixel i covers i to i + 1.
        size: height and width of the picture.

    Returns:
        The rows, (R,), counted through all pictures: row r of picture n is n * size + r. And the part of each of their
        pixels that is covered, (R, size), from 0 to 1.
    """
    n, edges = outline.shape[:2]
    x, y = outline[..., 0].ravel(), outline[..., 1].ravel() * LINES
    following = np.roll(outline, -1, 1)
    x_after, y_after = following[..., 0].ravel(), following[..., 1].ravel() * LINES
    down = y_after > y
    top, bottom = np.where(down, y, y_after), np.where(down, y_after, y)
    first, end = (np.clip(np.ceil(at - 0.5), 0, size * LINES).astype(np.int64) for at in (top, bottom))
    count = end - first  # scan line k stands at k + 1/2
    edge = np.repeat(np.arange(n * edges), count)
    line = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count) + first[edge]

    slope = (x_after - x) / np.where(y_after == y, 1.0, y_after - y)
    crossing = x[edge] + (line + 0.5 - y[edge]) * slope[edge]
    crossing = np.minimum(np.maximum(crossing, 0.0), float(size))
    pixel = np.floor(crossing)
    right = crossing - pixel
    sign = np.where(down, 1.0, -1.0)[edge] / LINES

    upper = first.reshape(n, edges).min(1) // LINES
    height = np.maximum(-(-end.reshape(n, edges).max(1) // LINES) - upper, 0)
    before = np.cumsum(height) - height
    rows = np.arange(height.sum()) + np.repeat(np.arange(n) * size + upper - before, height)
    shape = edge // edges
    place = (before[shape] + line // LINES - upper[shape]) * (size + 2) + pixel.astype(np.int64)
    cells = np.bincount(
        np.stack([place, place + 1], 1).ravel(),
        np.stack([sign * (1 - right), sign * right], 1).ravel(),
        len(rows) * (size + 2),
    )
    total = np.cumsum(cells.reshape(len(rows), size + 2), 1)[:, :size]
    return rows, np.minimum(np.abs(total), 1.0)
