"""The residual block: both branches, every shape, where they meet, and the repair where they do not."""

from __future__ import annotations

from pathlib import Path

import traitlets

from ...architectures import Block
from ...exercises.wording import fill, load_words
from ...tracing import attempt
from ..base import Table
from ..traits import Count
from ..verify import VerifiableWidget

HERE = Path(__file__).parent
WORDS = load_words(HERE)


class ResidualBlock(VerifiableWidget):
    """Trace one residual block, in the browser.

    Args:
        block: ``"basic"``, ``"bottleneck"`` or ``"plain"``.
        in_channels, out_channels, height, width, stride: whole numbers.
        shortcut: ``"identity"``, ``"projection"`` or ``"pad"`` (option A); without effect on a plain block.

    Raises:
        TypeError, traitlets.TraitError, ShapeError: for an unknown argument, an unknown name, an impossible number.
    """

    name = "residual-block"
    module = HERE / "widget.mjs"

    block = traitlets.Enum(("basic", "bottleneck", "plain"), "basic").tag(sync=True)
    in_channels = Count(64).tag(sync=True)
    out_channels = Count(64).tag(sync=True)
    height = Count(56).tag(sync=True)
    width = Count(56).tag(sync=True)
    stride = Count(1, maximum=64).tag(sync=True)
    shortcut = traitlets.Enum(("identity", "projection", "pad"), "identity").tag(sync=True)

    def described(self) -> tuple[Block, tuple[int, int, int]]:
        shortcut = "none" if self.block == "plain" else self.shortcut
        block = Block(self.block, self.in_channels, self.out_channels, self.stride, shortcut)
        return block, (self.in_channels, self.height, self.width)

    def fallback(self) -> Table:
        block, shape = self.described()
        found, error = attempt(block, shape)
        words = WORDS["table"]
        sizes = {"kind": block.kind, "from": block.in_channels, "to": block.out_channels, "stride": block.stride}
        caption = fill(words["caption"], sizes, str)
        if block.shortcut != "none":
            caption += fill(words["shortcut"], {"shortcut": block.shortcut})
        if error:
            caption += fill(words["error"], {"error": str(error)})
        header, *rows = found.table()
        return Table(caption, header, tuple(rows))
