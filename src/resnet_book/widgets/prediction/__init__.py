"""A prediction: the reader's guess, then the result that the next cell holds, and how the two compare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import traitlets

from ...exercises import CHAPTERS, chapter
from ...exercises.wording import load_words
from ..base import BookWidget, Table

HERE = Path(__file__).parent
WORDS = load_words(HERE)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Prediction(BookWidget):
    """Ask for a guess before the next cell's result is opened.

    The words stand in the chapter's `words.json` under "predictions" and the key: ``options`` for a choice, ``items``
    for an ordering, ``unit`` for a number, and ``said``, what is added once the result is open.

    Args:
        key: the prediction's name.
        right: what came out, computed by a cell before: the key of an option, the keys of items in order, a number or
            [numerator, denominator], a shape as a list.
        guess: what stands in the field.

    Raises:
        LookupError: for a key that no chapter has.
        ValueError: for a result that is none of the options or items.
    """

    name = "prediction"
    module = HERE / "widget.mjs"
    style = HERE / "widget.css"

    key = traitlets.Unicode().tag(sync=True)
    right = traitlets.Any().tag(sync=True)
    guess = traitlets.Unicode().tag(sync=True)
    _words = traitlets.Dict().tag(sync=True)

    def __init__(self, key: str, right: Any, **state: Any) -> None:
        right = list(right) if isinstance(right, tuple) else right
        super().__init__(key=key, right=right, **state)
        words = words_of(key)
        known = words.get("options") or words.get("items")
        self._words = {
            name: list(map(list, said.items())) if isinstance(said, dict) else said for name, said in words.items()
        }
        wrong = known and ({right} if isinstance(right, str) else set(right)) - set(known)
        if wrong:
            raise ValueError(f"prediction {key!r}: {wrong} came out, which its words do not list: {', '.join(known)}")

    def page_state(self) -> dict[str, Any]:
        return {**self.state(), "_words": self._words}  # pairs, since a page sorts what has names

    def fallback(self) -> Table:
        """What there is to choose from; the result stands below, open, where there is no JavaScript."""
        words = self._words
        rows = [(WORDS["or"], label) for _, label in words.get("options", ())]
        rows += [(letter, label) for letter, (_, label) in zip(LETTERS, words.get("items", ()))]
        rows = rows or [(WORDS["guess"], words.get("unit", ""))]
        return Table(WORDS["first"], (WORDS["column"], ""), tuple(rows))


def words_of(key: str) -> dict[str, Any]:
    """The words of a prediction.

    Raises:
        LookupError: for a key that no chapter has; lists those there are.
    """
    every = {
        name: found
        for chapter_name in CHAPTERS
        for name, found in chapter(chapter_name).words.get("predictions", {}).items()
    }
    if key not in every:
        raise LookupError(f"there is no prediction {key!r}. There is: {', '.join(every)}")
    return every[key]
