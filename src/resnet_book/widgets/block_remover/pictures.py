"""The pictures that ship with the block remover: of each class, the first 40 of the 50 test pictures of the sample.

The sample (`resnet_book/data/README.md`) takes every 20th test picture of a class, in the official order.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ...classes import CLASSES

if TYPE_CHECKING:
    import numpy as np

__all__ = ["PER_CLASS", "RULE", "SIDE", "Shipped", "part", "shipped"]

SAMPLE = Path(__file__).parents[2] / "data" / "sample.npz"
PER_CLASS = 40
SIDE = 28
RULE = "of each class, in the official order, every 20th test picture, and of these the first 40"

# Letters that JSON, HTML and JavaScript all leave alone: one for each of the `ONE` values around 0, two for the others.
LETTERS = "".join(chr(code) for code in range(32, 127) if chr(code) not in "\"\\<&'`")
ONE = 86


class Shipped(NamedTuple):
    """Pictures with their classes, a class after the other.

    Attributes:
        images: (400, 28, 28) uint8.
        labels: (400,) uint8.
        index: (400,) their places in the official test file.
    """

    images: np.ndarray
    labels: np.ndarray
    index: np.ndarray


def shipped() -> Shipped:
    """The pictures, from the sample that ships with the package."""
    import numpy as np

    with np.load(SAMPLE) as stored:
        images, labels, index = (stored[f"test_{name}"] for name in ("images", "labels", "index"))
    chosen = np.concatenate([np.flatnonzero(labels == label)[:PER_CLASS] for label in range(len(CLASSES))])
    return Shipped(images[chosen], labels[chosen], index[chosen])


def part() -> dict[str, Any]:
    """What the page loads: ``{"side", "per_class", "text"}``, see `coded`."""
    return {"side": SIDE, "per_class": PER_CLASS, "text": coded(shipped().images)}


def coded(images: np.ndarray) -> str:
    """Pictures as printable text that a web server's gzip makes small: what each pixel differs from its neighbours'
    guess by (Paeth's, as in PNG), modulo 256, around 0, in one letter or two. `coding.mjs` reads it."""
    import numpy as np

    pixels = images.astype(np.int64)
    left, above, corner = np.zeros((3, *pixels.shape), np.int64)
    left[:, :, 1:], above[:, 1:], corner[:, 1:, 1:] = pixels[:, :, :-1], pixels[:, :-1], pixels[:, :-1, :-1]
    guess = left + above - corner
    off_left, off_above, off_corner = (abs(guess - value) for value in (left, above, corner))
    nearest = np.where(off_above <= off_corner, above, corner)
    nearest = np.where((off_left <= off_above) & (off_left <= off_corner), left, nearest)
    return "".join(WORDS[value] for value in (pixels - nearest).astype(np.uint8).ravel())


def _word(byte: int) -> str:
    value = byte - 256 if byte > 127 else byte
    if -ONE // 2 <= value < ONE // 2:
        return LETTERS[value + ONE // 2]
    group, rest = divmod(value + 128, ONE)
    return LETTERS[ONE + group] + LETTERS[rest]


WORDS = tuple(map(_word, range(256)))
