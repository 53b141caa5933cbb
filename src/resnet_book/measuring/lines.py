"""Which line of the reader's is running."""

from __future__ import annotations

import linecache
import sys
from pathlib import Path

import torch

__all__ = ["readers_line", "readers_text"]

_OURS = (str(Path(__file__).parent), str(Path(torch.__file__).parent))


def _frame():
    frame = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename.startswith(_OURS):
        frame = frame.f_back
    return frame


def readers_line() -> tuple[str, int]:
    """File name and line number of the innermost running code that is neither torch's nor this package's."""
    frame = _frame()
    return (Path(frame.f_code.co_filename).name, frame.f_lineno) if frame else ("", 0)


def readers_text() -> str:
    """The text of that line; "" where there is no source."""
    frame = _frame()
    return linecache.getline(frame.f_code.co_filename, frame.f_lineno, frame.f_globals).strip() if frame else ""
