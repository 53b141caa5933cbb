"""What a widget can do only where a kernel answers: build the shown network with PyTorch and compare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import traitlets

from ..architectures import Architecture, Block
from ..building import build
from ..errors import ShapeError
from ..exercises.wording import fill, load_words
from ..measuring import measure
from ..rules import times
from ..tracing import attempt
from .base import BookWidget

__all__ = ["VerifiableWidget", "verify"]

WORDS = load_words(Path(__file__).parent / "shared")["verify"]


def verify(what: Architecture | Block, input_shape: tuple[int, int, int]) -> dict[str, Any]:
    """Build what is described, measure the real module, and compare it with the formulas.

    Returns:
        ``{"ok": bool, "text": str}``: whether formulas and module agree, and that in a sentence.
    """
    traced, error = attempt(what, input_shape)
    try:
        measured = measure(build(what), input_shape)
    except (ShapeError, ValueError) as refused:
        if error:
            return {"ok": True, "text": fill(WORDS["refused"], {"error": str(refused)})}
        return {"ok": False, "text": fill(WORDS["refuses"], {"error": str(refused)})}
    if error:
        return {"ok": True, "text": fill(WORDS["broadcast"], {"shape": times(measured.output_shape)})}
    if measured == traced:
        counts = {"rows": str(len(measured.rows)), "params": measured.params, "macs": measured.macs}
        return {"ok": True, "text": fill(WORDS["agrees"], counts)}
    differing = next((a.name for a, b in zip(traced.rows, measured.rows) if a != b), WORDS["number"])
    return {"ok": False, "text": fill(WORDS["disagrees"], {"where": differing})}


class VerifiableWidget(BookWidget):
    """A widget with a "Verify with PyTorch" button, which a static page does not show."""

    verify_request = traitlets.Int(0).tag(sync=True, kernel_only=True)
    verify_result = traitlets.Dict().tag(sync=True, kernel_only=True)

    def described(self) -> tuple[Architecture | Block, tuple[int, int, int]]:
        """What is shown, and its input shape."""
        raise NotImplementedError

    def verified(self) -> dict[str, Any]:
        """What PyTorch says to it, as `verify` returns it."""
        return verify(*self.described())

    @traitlets.observe("verify_request")
    def _verify(self, _change: Any) -> None:
        try:
            result = self.verified()
        except Exception as error:  # told in the widget: nobody reads a traceback from a message handler
            result = {"ok": False, "text": f"{type(error).__name__}: {error}"}
        self.verify_result = {**result, "request": self.verify_request}
