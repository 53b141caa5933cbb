"""The shape quiz: predict a shape or a count, have it checked at once, see the working."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import traitlets

from ...exercises.wording import load_words
from ...rules import times
from ...tracing import trace_layers
from ..base import BookWidget, Table
from ..traits import Count

HERE = Path(__file__).parent
WORDS = load_words(HERE)
TOPICS = ("shapes", "conv", "bottleneck")


def _conv(out_channels: int, kernel_size: int, **rest: int) -> dict[str, Any]:
    return {"op": "conv2d", "out_channels": out_channels, "kernel_size": kernel_size, "bias": False, **rest}


STEM = [_conv(64, 7, stride=2, padding=3), {"op": "max_pool2d", "kernel_size": 3, "stride": 2, "padding": 1}]
BASIC = [_conv(64, 3, padding=1), _conv(64, 3, padding=1)]
BOTTLENECK = [_conv(64, 1), _conv(64, 3, padding=1), _conv(256, 1)]
STRIDED = [_conv(128, 3, stride=2)]
# For readers without JavaScript: (input, layers, what is asked), in the order of the questions in words.json
EXAMPLES = {
    "shapes": [
        ((3, 224, 224), STEM[:1], "output_shape"),
        ((3, 224, 224), STEM, "output_shape"),
        ((64, 56, 56), STRIDED, "output_shape"),
    ],
    "conv": [
        ((3, 6, 6), [_conv(6, 1, stride=2)], "output_shape"),
        ((256, 32, 32), [_conv(64, 1)], "params"),
        ((64, 56, 56), BASIC[:1], "macs"),
    ],
    "bottleneck": [
        ((64, 56, 56), BASIC, "params"),
        ((256, 56, 56), BOTTLENECK, "params"),
        ((256, 56, 56), BOTTLENECK, "macs"),
    ],
}  # fmt: skip


class ShapeQuiz(BookWidget):
    """Ask for shapes and counts, check the answer at once, show the working; in the browser.

    Args:
        topic: ``"shapes"`` (of layers and blocks), ``"conv"`` (convolutions: shapes, weights, MACs, receptive fields)
            or ``"bottleneck"`` (weights and MACs of blocks, shapes inside).
        seed: from 1 to 8192; one seed gives the same questions everywhere.
        index: the number of the question, from 1.

    Raises:
        TypeError, traitlets.TraitError, ShapeError: for an unknown argument, an unknown topic, an impossible number.
    """

    name = "shape-quiz"
    module = HERE / "widget.mjs"
    style = HERE / "widget.css"

    topic = traitlets.Enum(TOPICS, "shapes").tag(sync=True)
    seed = Count(1).tag(sync=True)
    index = Count(1).tag(sync=True)

    def __init__(self, topic: str = "shapes", **state: Any) -> None:
        super().__init__(topic=topic, **state)

    def fallback(self) -> Table:
        rows = []
        for question, (shape, layers, ask) in zip(WORDS["table"][self.topic], EXAMPLES[self.topic]):
            found = getattr(trace_layers(layers, shape), ask)
            rows.append((times(shape), question, times(found) if ask == "output_shape" else f"{found:,}"))
        return Table(WORDS["table"]["caption"], tuple(WORDS["table"]["columns"]), tuple(rows))
