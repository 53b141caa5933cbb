"""The error reader: a message of PyTorch is pasted, and answered with what it says, why it comes, and its repair."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import traitlets

from ..base import BookWidget, Table
from .reading import LONGEST, WORDS, messages, read

HERE = Path(__file__).parent


class ErrorReader(BookWidget):
    """Explain a message of PyTorch with the numbers of that very message, in the browser.

    Args:
        message: the message, or a whole traceback; up to 20,000 characters.

    Raises:
        TypeError, traitlets.TraitError: for an unknown argument, or a message that is no text or too long.
    """

    name = "error-reader"
    module = HERE / "widget.mjs"
    style = HERE / "widget.css"

    message = traitlets.Unicode(messages()[0]["heading"]).tag(sync=True)

    def __init__(self, message: str | None = None, **state: Any) -> None:
        super().__init__(**state if message is None else {"message": message, **state})

    @traitlets.validate("message")
    def _short_enough(self, proposal: dict) -> str:
        if len(proposal["value"]) > LONGEST:
            raise traitlets.TraitError(f"a message of {len(proposal['value'])} characters: at most {LONGEST} are read")
        return proposal["value"]

    def fallback(self) -> Table:
        found, words = read(self.message), WORDS["table"]
        if not found:
            return Table(words["nothing"], tuple(words["nothing_columns"]), ())
        rows = [(reading.message, reading.says, reading.repair) for reading in found]
        return Table(words["caption"], tuple(words["columns"]), tuple(rows))
