"""A small colour picture as a few kilobytes of text, without loss, read back by this module and by picture.mjs.

The three planes green, red - green, blue - green are predicted pixel by pixel from their neighbors to the left and
above (the median predictor of LOCO-I: Weinberger, Seroussi and Sapiro 2000, section III.A); what is stored is by how
much each prediction was off, a printable character a number. So the compression that any web server applies does the
rest, and a page can decode it at once, without waiting for an image to load.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from ...exercises.wording import load_words

__all__ = ["ALPHABET", "FILE", "SOURCE", "decode", "encode", "picture", "portrait"]

FILE = Path(__file__).parent / "picture.json"
SOURCE = load_words(FILE.parent)["source"]
ALPHABET = "".join(c for c in map(chr, range(32, 127)) if c not in '"\\')
"""93 characters that JSON leaves as they are; the last one announces a number in two digits."""

BASE = len(ALPHABET) - 1

Plane = list[int]  # height * width numbers, line by line


def predict(plane: Plane, i: int, width: int) -> int:
    """Number i of a plane, guessed from those before it: the median of left, above and left + above - corner."""
    x, y = i % width, i // width
    if not x or not y:
        return plane[i - 1] if x else plane[i - width] if y else 128
    left, above, corner = plane[i - 1], plane[i - width], plane[i - width - 1]
    return sorted((left, above, left + above - corner))[1]


def encode(pixels: Sequence[Plane], width: int) -> str:
    """The text of a picture.

    Args:
        pixels: three planes (red, green, blue) of numbers from 0 to 255.
        width: of a line, in pixels.
    """
    red, green, blue = pixels
    text = []
    for plane in (green, *([(n - g + 128) % 256 for n, g in zip(other, green)] for other in (red, blue))):
        for i, value in enumerate(plane):
            off = (value - predict(plane, i, width) + 128) % 256 - 128
            code = 2 * off if off >= 0 else -2 * off - 1
            digits = [code] if code < BASE else [BASE, code // BASE, code % BASE]
            text += [ALPHABET[digit] for digit in digits]
    return "".join(text)


def decode(text: str, width: int, height: int) -> tuple[Plane, Plane, Plane]:
    """The planes (red, green, blue) that `encode` made this text of."""
    codes = map(ALPHABET.index, text)
    planes: list[Plane] = []
    for _ in range(3):
        plane: Plane = []
        for i in range(width * height):
            code = next(codes)
            if code == BASE:
                code = next(codes) * BASE + next(codes)
            off = -(code + 1) // 2 if code % 2 else code // 2
            plane.append((predict(plane, i, width) + off) % 256)
        planes.append(plane)
    green, red, blue = planes
    return [(n + g - 128) % 256 for n, g in zip(red, green)], green, [(n + g - 128) % 256 for n, g in zip(blue, green)]


@lru_cache(maxsize=1)
def picture() -> tuple[int, int, tuple[Plane, Plane, Plane]]:
    """The stored picture: width, height and its three planes."""
    stored = json.loads(FILE.read_text(encoding="utf-8"))
    width, height = stored["width"], stored["height"]
    return width, height, decode(stored["text"], width, height)


def portrait() -> dict[str, int | str]:
    """What is stored, made anew from matplotlib's sample: each pixel the mean of 8 x 8. Needs matplotlib and Pillow."""
    from matplotlib.cbook import get_sample_data
    from PIL import Image

    with get_sample_data("grace_hopper.jpg") as file:
        small = Image.open(file).convert("RGB").reduce(8)
    planes = [list(band.tobytes()) for band in small.split()]
    return {
        "source": SOURCE,
        "width": small.width,
        "height": small.height,
        "text": encode(planes, small.width),
    }
