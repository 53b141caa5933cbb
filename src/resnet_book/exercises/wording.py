"""Words with numbers in them: `{name}` in a text of `words.json` becomes the number of that name; `wording.mjs` again.

A whole number is grouped (36,864), a list is a shape (64 × 56 × 56), a text stands as it is; `{name:2}` is a number
with two decimals, rounded from its exact value, and grouped as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from json import loads
from pathlib import Path
from typing import Any

__all__ = ["fill", "grouped", "load_words", "quotient", "rational", "rounded", "significant", "written"]

MOST_DECIMALS = 4  # of a fraction that is written as a decimal number
HOLE = re.compile(r"\{(?P<name>[a-z_]\w*)(?::(?P<digits>\d))?\}")


@cache
def load_words(folder: Path) -> dict[str, Any]:
    """The `words.json` of a folder."""
    return loads((folder / "words.json").read_text(encoding="utf-8"))


def rational(value: int | float | Fraction | list[int]) -> Fraction:
    """A number exactly; a list of two is numerator and denominator."""
    return Fraction(*value) if isinstance(value, list) else Fraction(value)


def rounded(value: int | float | Fraction | list[int], digits: int) -> str:
    """A number with so many decimals, halves away from zero."""
    exact = rational(value)
    scaled = (abs(exact) * 10**digits * 2 + 1) // 2
    sign = "-" if exact < 0 and scaled else ""
    integer, rest = divmod(scaled, 10**digits)
    return f"{sign}{integer}" + (f".{rest:0{digits}}" if digits else "")


def significant(value: int | float | Fraction, digits: int) -> str:
    """A number with so many significant digits, zeros at the end of its decimals left out."""
    exact = rational(value)
    decimals = digits
    while decimals > 0 and abs(exact) >= 10 ** (digits - decimals):
        decimals -= 1
    while exact and decimals < 40 and abs(exact) * 10**decimals < 10 ** (digits - 1):
        decimals += 1
    text = rounded(exact, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def quotient(value: Fraction | list[int], decimal: bool) -> str:
    """A fraction in its lowest terms: [54, 3] -> "18", [15, 18] -> "5/6"; [26, 4] as a decimal number -> "6.5".

    Args:
        value: the fraction.
        decimal: whether it becomes a decimal number where that ends soon; 5/6 stays 5/6.
    """
    exact = rational(value)
    for digits in range(MOST_DECIMALS + 1 if decimal else 1):
        if 10**digits % exact.denominator == 0:
            return rounded(exact, digits)
    return f"{exact.numerator}/{exact.denominator}"


def grouped(text: str) -> str:
    """A number's digits before the point in groups of three, with a true minus; a fraction is not grouped."""
    whole = re.sub(r"^-?\d+(?![\d/])", lambda found: re.sub(r"\B(?=(\d{3})+$)", ",", found[0]), text)
    return whole.replace("-", "−")


def written(value: Any) -> str:
    """A value as it is shown: 36864 -> "36,864", [64, 56, 56] -> "64 × 56 × 56"."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return " × ".join(map(str, value))
    if isinstance(value, int):
        return grouped(str(value))
    raise TypeError(f"{value!r} needs a number of decimals: write {{name:2}}, say")


def fill(text: str, values: dict[str, Any], write: Callable[[Any], str] = written) -> str:
    """A text with its numbers, each as `write` writes it.

    Raises:
        KeyError: for a name that there is not.
        TypeError: for a number that is not whole and is given no number of decimals.
    """

    def put(hole: re.Match) -> str:
        value = values[hole["name"]]
        return grouped(rounded(value, int(hole["digits"]))) if hole["digits"] else write(value)

    return HOLE.sub(put, text)
