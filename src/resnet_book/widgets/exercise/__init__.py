"""An exercise that answers on the page: a question, a check, feedback that fits the mistake, the worked answer."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import traitlets

from ...exercises import CHAPTERS, Asked, chapter_of
from ...exercises.wording import fill, load_words
from ..base import CODE_STYLE, Table
from ..own_network import runtime
from ..parts import PartedWidget
from ..traits import Count

HERE = Path(__file__).parent
WORDS = load_words(HERE)


class Exercise(PartedWidget):
    """Ask one of a chapter's exercises and check the answer, in the browser.

    Args:
        key: the exercise's name, as the chapter in `resnet_book.exercises` has it.
        seed: from 0 to 8192; one seed draws the same numbers everywhere, 0 those that the exercise is written with.
        answer: what stands in the field, parts parted by ``;``.

    Raises:
        LookupError: for a key that no chapter has; lists those there are.
        TypeError, traitlets.TraitError, ShapeError: for an unknown argument or an impossible seed.
    """

    name = "exercise"
    module = HERE / "widget.mjs"
    style = (CODE_STYLE, HERE / "widget.css")
    parts = {
        "brython": runtime.brython,
        "python": runtime.sources,
    }  # for the code that a reader writes, at its first check
    part_files = runtime.FILES
    licences = (runtime.LICENCE,)

    key = traitlets.Unicode().tag(sync=True)
    seed = Count(0, minimum=0).tag(sync=True)
    answer = traitlets.Unicode().tag(sync=True)
    _facts = traitlets.Dict().tag(sync=True)

    def __new__(cls, key: str, **state: Any) -> Exercise:
        # The class of its chapter: a page loads the exercises of its own chapter and no others.
        return super().__new__(_of_chapter(chapter_of(key).name))

    def __init__(self, key: str, **state: Any) -> None:
        super().__init__(key=key, **state)
        self._facts = dict(self.asked.exercise.facts())

    @classmethod
    def variant(cls, part: str) -> type[Exercise]:
        if part not in CHAPTERS:
            raise LookupError(f"no chapter {part!r} has exercises")
        return _of_chapter(part)

    @property
    def asked(self) -> Asked:
        """The exercise with the numbers of its seed."""
        return chapter_of(self.key).ask(self.key, self.seed)

    def page_state(self) -> dict[str, Any]:
        return {**self.state(), "_facts": self._facts}

    def fallback(self) -> Table:
        """The question, for a reader without JavaScript. The answer stands at the chapter's end."""
        asked = self.asked
        place = list(chapter_of(self.key).exercises).index(self.key) + 1
        labels = [
            *((letter, label) for letter, label in zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", asked.items.values())),
            *((WORDS["or"], label) for label in asked.options.values()),
            *((fill(WORDS["part"], {"place": i}), part) for i, part in enumerate(asked.parts, 1)),
            *(
                (fill(WORDS["code_line"], {"place": i}), _indented(line))
                for i, line in enumerate(asked.start.rstrip().split("\n"), 1)
                if asked.exercise.kind.form == "code"
            ),
        ]
        rows = [(WORDS["question"], asked.question), *labels, (WORDS["hint"], asked.hint)]
        return Table(f"{place}. {asked.words['title']}", (WORDS["exercise"], ""), tuple(rows))


def _indented(line: str) -> str:
    """A line of code whose indentation a table keeps."""
    return line.replace("    ", "\u00a0" * 4)


@cache
def _of_chapter(name: str) -> type[Exercise]:
    class ChapterExercise(Exercise):
        __doc__ = Exercise.__doc__

    ChapterExercise.name = f"{Exercise.name}/{name}"
    ChapterExercise.module = HERE / "chapters" / f"{name}.mjs"
    return ChapterExercise
