"""All answers of a chapter, for its end: what a reader without JavaScript, or with a sheet of paper, looks up."""

from __future__ import annotations

from ..tables import Table
from . import Asked, chapter
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
        steps = [*asked.answer, *_changed(asked)]
        shown = asked.exercise.kind.shown(asked.right, asked)
        rows.append((f"{place}. {asked.words['title']}", shown, " ".join(steps).replace("`", "")))
    words = COMMON["answers"]
    return Table(words["caption"], (words["exercise"], words["answer"], words["how"]), tuple(rows))


def _changed(asked: Asked) -> list[str]:
    """Of code the lines that were not there at the start."""
    if asked.exercise.kind.form != "code":
        return []
    before = set(asked.start.split("\n"))
    return [
        COMMON["code"]["changed"],
        "; ".join(line.strip() for line in asked.solution.split("\n") if line not in before),
    ]
