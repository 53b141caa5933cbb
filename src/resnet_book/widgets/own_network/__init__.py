"""The reader's own network: a text for PyTorch, traced in the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import traitlets

from ...exercises.wording import fill, load_words
from ...rules import times
from ..base import CODE_STYLE, Table
from ..parts import PartedWidget
from . import runtime
from .answering import TRACE, answer
from .examples import EXAMPLES, PUZZLES, example

__all__ = ["EXAMPLES", "PUZZLES", "OwnNetwork", "example"]

HERE = Path(__file__).parent
WORDS = load_words(HERE)
START = next(iter(EXAMPLES))


class OwnNetwork(PartedWidget):
    """Trace a text that is written for PyTorch: every shape, every cost, its mistakes by line and their repair.

    In a page it runs in a sandbox that lets nothing out, on a torch that knows only shapes (`resnet_book.fake_torch`).

    Args:
        code: the text; what it says first is traced when the widget is made.
        network: an expression that makes the network, for example ``"ResNet(num_classes=10)"``; empty to find it.
        input_shape: ``"3,224,224"`` or ``"3x224x224"``, several parted by ``;``; empty for what fits.
        traced: whether the trace is shown before the reader asks for it; a puzzle would be given away by it.
        key: tells several on one page apart, in links.

    Raises:
        TypeError, traitlets.TraitError: for an unknown argument or one that is no text.
        ShapeError: for an input shape that cannot be read.
    """

    name = "own-network"
    module = HERE / "widget.mjs"
    style = (CODE_STYLE, HERE / "widget.css")
    parts = {"brython": runtime.brython, "python": runtime.sources}
    part_files = runtime.FILES
    licences = (runtime.LICENCE,)

    code = traitlets.Unicode(example(START)).tag(sync=True)
    network = traitlets.Unicode().tag(sync=True)
    input_shape = traitlets.Unicode().tag(sync=True)
    traced = traitlets.Bool(True).tag(sync=True)
    key = traitlets.Unicode().tag(sync=True)
    _examples = traitlets.List().tag(sync=True)
    _trace = traitlets.Dict().tag(sync=True)
    _mend = traitlets.List(allow_none=True).tag(sync=True)

    def __init__(self, **state: Any) -> None:
        super().__init__(**state)
        if self.traced:
            told = self.answer()
            self._trace = {key: told[key] for key in TRACE}
            self._mend = told["mend"]
        self._examples = [{"name": n, "title": title, "code": example(n)} for n, title in EXAMPLES.items()]

    def answer(self) -> dict[str, Any]:
        """What the widget shows: the object of ``python -m resnet_book check --json``, and the change that mends it."""
        return answer(self.code, self.network, self.input_shape)

    @property
    def trace(self) -> dict[str, Any]:
        """The trace of the code as the widget was made: the object of ``check --json``; empty for one not `traced`."""
        return self._trace

    def page_state(self) -> dict[str, Any]:
        return {**self.state(), "_examples": self._examples, "_trace": self._trace, "_mend": self._mend}

    def fallback(self) -> Table:
        told, words = self._trace, WORDS["table"]
        if not told:
            lines = tuple((str(n), line) for n, line in enumerate(self.code.split("\n"), 1))
            return Table(words["code"], tuple(words["code_columns"]), lines)
        rows = [
            (r["name"], times(r["output_shape"]), f"{r['params']:,}", f"{r['macs']:,}", str(r["line"] or ""))
            for r in told["rows"]
        ]
        if told["network"] is not None:
            rows.append((words["total"], _shape(told["output_shape"]), f"{told['params']:,}", f"{told['macs']:,}", ""))
        rows += [(e["where"], e["message"], "", "", str(e["line"] or "")) for e in told["errors"]]
        inputs = WORDS["and"].join(times(shape) for shape in told["inputs"]) or words["nothing"]
        caption = fill(words["caption"], {"network": told["network"] or words["no_network"], "inputs": inputs})
        return Table(caption, tuple(words["columns"]), tuple(rows))


def _shape(shape: Any) -> str:
    if shape is None:
        return WORDS["none"]
    return times(shape) if all(isinstance(n, int) for n in shape) else str(shape)
