"""What the page asks of its Python: a trace of the reader's text, and the change of text that mends it."""

from __future__ import annotations

from json import dumps  # by this name: the reader's text may put another into the module

from ...errors import ShapeError
from ...fake_torch import check_source, parse_shape
from ...fake_torch.mending import mend

__all__ = ["answer", "reply"]

TRACE = ("file", "network", "output_shape", "params", "buffers", "macs", "rows", "notes", "errors", "inputs")
"""The keys of the trace; the others are the page's own."""


def answer(text, network="", shapes="", mending=True):
    """The trace of a text, as `check_source` gives it, with two things that the page shows beside it.

    Args:
        network: an expression, or "" to find the network.
        shapes: "3,224,224" or "3x224x224", several parted by ";"; "" for those that fit.

    Returns:
        The dict of `check_source`, and
            printed: what the text printed.
            mend: None, or the change of text that removes the first error: a list of [line, number of lines that go,
                lines that come], the lowest line first.

    Raises:
        ShapeError: for `shapes` that cannot be read.
    """
    inputs = [parse_shape(part) for part in shapes.split(";") if part.strip()] or None
    printed = []
    out = check_source(text, "<your code>", network.strip() or None, inputs, write=printed.append)

    def again(changed):
        return check_source(changed, "<your code>", network.strip() or None, inputs, write=lambda _: None)

    out["printed"] = "".join(printed)
    out["mend"] = mend(text, out, again) if mending and out["errors"] else None
    return out


def reply(text, network, shapes, mending=True):
    """The answer as JSON; with a wrong shape, an object with `wrong`: where (the trait), got, expected and fix."""
    try:
        return dumps(answer(text, network, shapes, mending))
    except ShapeError as error:
        wrong = {"where": "input_shape", "got": error.got, "expected": error.expected, "fix": error.fix}
        return dumps({"wrong": wrong})
