"""Traits that refuse what the page's controls refuse."""

from __future__ import annotations

from typing import Any

import traitlets

from ..errors import ShapeError
from ..rules import integer

__all__ = ["Count"]


class Count(traitlets.TraitType):
    """A whole number from `minimum` to `maximum`; a bool, a float or a string raises `ShapeError`."""

    info_text = "a whole number"

    def __init__(self, default_value: int, *, minimum: int = 1, maximum: int = 8192, **options: Any) -> None:
        self.minimum, self.maximum = minimum, maximum
        super().__init__(default_value, **options)

    def validate(self, obj: Any, value: Any) -> int:
        number = integer(value, str(self.name), self.minimum)
        if number > self.maximum:
            raise ShapeError(str(self.name), str(number), f"at most {self.maximum}", f"give {self.maximum} or less")
        return number
