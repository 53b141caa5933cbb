"""The network tracer: a whole network to scale, and what every layer of it costs."""

from __future__ import annotations

from pathlib import Path

import traitlets

from ...architectures import Architecture, architecture, names, options
from ...exercises.wording import fill, load_words
from ...tracing import Trace, trace
from ..base import Table
from ..traits import Count
from ..verify import VerifiableWidget

HERE = Path(__file__).parent
WORDS = load_words(HERE)


class NetworkTracer(VerifiableWidget):
    """Trace a named network for any input, in the browser.

    Args:
        architecture: a public name, for example ``"resnet50"``.
        version: ``"v1"`` or ``"v1.5"``, where the architecture has versions.
        shortcut: ``"A"``, ``"B"`` or ``"C"``, where the architecture has options.
        in_channels, input_size: of the square picture, in channels and pixels.
        unit: ``"MACs"``, or ``"FLOPs"`` (twice as many).

    Raises:
        TypeError, traitlets.TraitError, ShapeError: for an unknown argument, an unknown name, an impossible number.
    """

    name = "network-tracer"
    module = HERE / "widget.mjs"

    architecture = traitlets.Enum(names(), "resnet50").tag(sync=True)
    version = traitlets.Enum(("v1", "v1.5"), "v1.5").tag(sync=True)
    shortcut = traitlets.Enum(("A", "B", "C"), "A").tag(sync=True)
    in_channels = Count(3, maximum=4096).tag(sync=True)
    input_size = Count(224, maximum=8192).tag(sync=True)
    unit = traitlets.Enum(("MACs", "FLOPs"), "MACs").tag(sync=True)

    def __init__(self, architecture: str = "resnet50", **state) -> None:
        super().__init__(architecture=architecture, **state)

    def chosen(self) -> Architecture:
        """The architecture that the widget shows."""
        given = {"in_channels": self.in_channels, "version": self.version, "shortcut": self.shortcut}
        return architecture(
            self.architecture, **{key: value for key, value in given.items() if key in options(self.architecture)}
        )

    def input_shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of the picture."""
        return self.in_channels, self.input_size, self.input_size

    def trace(self) -> Trace:
        """What the widget shows, as Python traces it."""
        return trace(self.chosen(), self.input_shape())

    def fallback(self) -> Table:
        found = self.trace()
        if self.unit == "FLOPs":
            found = Trace(found.input_shape, tuple(row._replace(macs=2 * row.macs) for row in found.rows), found.name)
        header, *rows = found.table(found.groups(1))
        header = tuple(self.unit if text == "MACs" else text for text in header)
        shape = " x ".join(map(str, self.input_shape()))
        return Table(fill(WORDS["table"], {"name": self.architecture, "shape": shape}), header, tuple(rows))

    def described(self):
        return self.chosen(), self.input_shape()
