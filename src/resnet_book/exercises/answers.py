"""All answers of a chapter, for its end: what a reader without JavaScript, or with a sheet of paper, looks up."""

from __future__ import annotations

from ..tables import Table
from . import chapter
from .exercise import COMMON

__all__ = ["answers"]


def answers(name: str) -> Table:
    """The worked answer of every exercise of a chapter, with the numbers that the page opens with.

    Raises:
        LookupError: for a chapter without exercises.
    """
    found = chapter(name)
    rows = []
    for place, key in enumerate(found.exercises, 1):
        asked = found.ask(key)
        rows.append((f"{place}. {asked.words['title']}", asked.typed, " ".join(asked.answer).replace("`", "")))
    words = COMMON["answers"]
    return Table(words["caption"], (words["exercise"], words["answer"], words["how"]), tuple(rows))
