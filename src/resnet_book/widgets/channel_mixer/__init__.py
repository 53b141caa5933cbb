"""The channel mixer: a 1x1 convolution as a mix of the three colours at each pixel of a real picture."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import traitlets

from ...errors import ShapeError
from ...exercises.wording import fill, load_words
from ...rules import describe
from ..base import BookWidget, Table
from ..traits import Count
from .picture import picture

HERE = Path(__file__).parent
WORDS = load_words(HERE)
COLOURS = ("red", "green", "blue")
WIDTH, HEIGHT = 64, 75


class Multiple(traitlets.TraitType):
    """A number from -`most` to `most` that is a multiple of `step`; anything else raises `ShapeError`."""

    info_text = "a number"

    def __init__(self, default_value: float, *, most: float, step: float, **options: Any) -> None:
        self.most, self.step = most, step
        super().__init__(default_value, **options)

    def validate(self, obj: Any, value: Any) -> float:
        fits = type(value) in (int, float) and math.isfinite(value) and abs(value) <= self.most
        if not fits or value % self.step:
            ends, where = f"{self.step:g} from {-self.most:g} to {self.most:g}", str(self.name)
            raise ShapeError(
                where, describe(value), f"a multiple of {ends}", f"give a multiple of {ends}, for example {self.step:g}"
            )
        return value + 0.0  # no -0.0 either


class ChannelMixer(BookWidget):
    """Mix the red, green and blue of a picture into one output channel, in the browser.

    Args:
        red, green, blue: the weights, from -2 to 2 in steps of 0.25 (exact in binary, so that every sum is exact).
        bias: from -255 to 255, a whole number.
        column, row: the pixel whose numbers the table shows, counted from 0.
        brightness: how the output is drawn: ``"stretched"`` (its smallest value black, its largest white) or
            ``"clamped"`` (0 and less black, 255 and more white).

    Raises:
        TypeError, traitlets.TraitError, ShapeError: for an unknown argument, an unknown name, an impossible number.
    """

    name = "channel-mixer"
    module = HERE / "widget.mjs"
    style = HERE / "widget.css"

    red = Multiple(1, most=2, step=0.25).tag(sync=True)
    green = Multiple(2, most=2, step=0.25).tag(sync=True)
    blue = Multiple(-1, most=2, step=0.25).tag(sync=True)
    bias = Multiple(0, most=255, step=1).tag(sync=True)
    column = Count(31, minimum=0, maximum=WIDTH - 1).tag(sync=True)
    row = Count(28, minimum=0, maximum=HEIGHT - 1).tag(sync=True)
    brightness = traitlets.Enum(("stretched", "clamped"), "stretched").tag(sync=True)

    def mix(self) -> list[float]:
        """The output channel, line by line: the weighted sum of the three numbers of each pixel, and the bias."""
        _, _, (red, green, blue) = picture()
        return [self.red * r + self.green * g + self.blue * b + self.bias for r, g, b in zip(red, green, blue)]

    def fallback(self) -> Table:
        width, _, planes = picture()
        at = self.row * width + self.column
        mixed = self.mix()
        named, weights = WORDS["names"], (self.red, self.green, self.blue)
        rows = [(named[n], f"{p[at]}", f"{w:g}", f"{w * p[at]:g}") for n, w, p in zip(COLOURS, weights, planes)]
        rows += [(named["bias"], "", "", f"{self.bias:g}"), (named["output"], "", "", f"{mixed[at]:g}")]
        ends = {"low": f"{min(mixed):g}", "high": f"{max(mixed):g}"}
        caption = fill(WORDS["table"], dict(height=HEIGHT, width=WIDTH, column=self.column, row=self.row, **ends))
        return Table(caption, tuple(WORDS["columns"]), tuple(rows))
