"""One exercise: numbers out of a seed, the right value by a rule, and mistakes each by its own wrong rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from .dice import Dice
from .kinds import Kind, Parts
from .reading import Unreadable
from .wording import fill, load_words, written

__all__ = ["Asked", "Chapter", "Exercise", "Verdict"]

COMMON = load_words(Path(__file__).parent)
Rule = Callable[[Any], Any]


@dataclass(frozen=True)
class Exercise:
    """A question without its words, which stand under its key in the chapter's `words.json`.

    Attributes:
        kind: what an answer looks like.
        first: the numbers of seed 0, the draw that a page opens with.
        right: the numbers -> the right value, as the kind describes it.
        draw: gives other numbers; None where there is nothing to draw.
        mistakes: name -> the numbers -> the value that somebody gets who makes it; for parts, None in place of a part
            that is not mistaken. A value that happens to be right is passed over.
        working: more numbers, for the words of the worked answer.
        facts: numbers from recorded runs, which the page cannot compute and is given.
    """

    kind: Kind
    first: Mapping[str, Any]
    right: Rule
    draw: Callable[[Dice], Mapping[str, Any]] | None = None
    mistakes: Mapping[str, Rule] = field(default_factory=dict)
    working: Rule = lambda n: {}
    facts: Callable[[], Mapping[str, Any]] = dict


@dataclass(frozen=True)
class Verdict:
    """What is said to an answer.

    Attributes:
        correct: whether it is right.
        why: ``"right"``, the name of a mistake, else a key of the common words, such as ``"near.less"``.
        text: the sentence that is shown.
    """

    correct: bool
    why: str
    text: str


@dataclass(frozen=True)
class Chapter:
    """The exercises of a chapter, by key, in the order in which they stand there."""

    name: str
    folder: Path
    exercises: Mapping[str, Exercise]

    @property
    def words(self) -> dict[str, Any]:
        return load_words(self.folder)

    def ask(self, key: str, seed: int = 0) -> Asked:
        """An exercise with the numbers of a seed.

        Raises:
            KeyError: for a key that the chapter does not have.
        """
        exercise = self.exercises[key]
        drawn = exercise.first if seed == 0 or exercise.draw is None else exercise.draw(Dice(key, seed))
        return Asked(key, exercise, {**exercise.facts(), **drawn}, self.words["exercises"][key])


@dataclass(frozen=True)
class Asked:
    """An exercise with its numbers and its words."""

    key: str
    exercise: Exercise
    numbers: dict[str, Any]
    words: dict[str, Any]

    def _by(self, rule: Rule) -> Any:
        return rule(SimpleNamespace(**self.numbers))

    @cached_property
    def _known(self) -> dict[str, Any]:
        return {**self.numbers, **self._by(self.exercise.working)}

    def fill(self, text: str, **more: Any) -> str:
        return fill(text, {**self._known, **more})

    @cached_property
    def right(self) -> Any:
        """The right value, computed now."""
        return self._by(self.exercise.right)

    @cached_property
    def mistakes(self) -> dict[str, Any]:
        """The mistakes that these numbers tell from the truth, by name, each with its value."""
        right, kind = self.right, self.exercise.kind
        found = {name: self._by(rule) for name, rule in self.exercise.mistakes.items()}
        if isinstance(kind, Parts):
            return {n: v for n, v in found.items() if any(self._wrong(i, part, right) for i, part in enumerate(v))}
        return {name: value for name, value in found.items() if not kind.same(value, right)}

    def _wrong(self, place: int, part: Any, right: Any) -> bool:
        return part is not None and not self.exercise.kind.kinds[place].same(part, right[place])

    @property
    def question(self) -> str:
        return self.fill(self.words["question"])

    @property
    def hint(self) -> str:
        return self.fill(self.words["hint"])

    @property
    def answer(self) -> list[str]:
        """The worked answer, a sentence a step."""
        right = self.exercise.kind.shown(self.right, self)
        return [self.fill(step, right=right) for step in self.words["answer"]]

    @property
    def typed(self) -> str:
        """The right value as a reader would type it."""
        return self.exercise.kind.typed(self.right, self)

    def _labels(self, name: str) -> dict[str, str]:
        labels = self.words.get(name, {})
        return {key: self.fill(labels[key]) for key in self.numbers.get(name, labels)}

    @property
    def options(self) -> dict[str, str]:
        """The options of a choice, key -> label, in the order in which they are shown."""
        return self._labels("options")

    @property
    def items(self) -> dict[str, str]:
        """What is to be ordered, key -> label; the first is A."""
        return self._labels("items")

    @property
    def parts(self) -> list[str]:
        """What each part asks for."""
        return [self.fill(part) for part in self.words.get("parts", ())]

    @property
    def start(self) -> str:
        """The text that a reader of code starts with."""
        return self._code("start")

    @property
    def solution(self) -> str:
        """A text that is right."""
        return self._code("solution")

    def _code(self, name: str) -> str:
        lines = self.words.get(name, ())
        return self.numbers[name] if name in self.numbers else fill("\n".join([*lines, ""]), self._known, str)

    @property
    def wanted(self) -> str:
        """The form of an answer, in words."""
        letters = ", ".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(self.items)][::-1])
        return fill(COMMON["wanted"][self.exercise.kind.wanted], {"letters": letters})

    def check(self, text: str) -> Verdict:
        """What is said to an answer as it was typed (the label of an option, parts parted by ``;``). Never raises."""
        kind, right = self.exercise.kind, self.right
        try:
            given = kind.read(text, self)
        except Unreadable as error:
            return Verdict(False, f"unreadable.{error.why}", self._unreadable(error))
        if kind.form == "code":
            return self._said_to_code(given)
        entered = " ".join(text.split())
        if kind.same(given, right):
            return Verdict(True, "right", fill(COMMON["right"], {"given": entered}))
        why, feedback = self._feedback(given, right)
        wrong = fill(COMMON["not_chosen" if kind.form == "choice" else "wrong"], {"given": entered})
        return Verdict(False, why, f"{wrong} {feedback}".strip())

    def _said_to_code(self, found: dict[str, Any]) -> Verdict:
        """What is said to what `check_source` found in a text."""
        kind, right = self.exercise.kind, self.right
        if found["errors"]:
            first, count = found["errors"][0], len(found["errors"]) - 1
            if not first["line"] and first["where"] == "network":
                return Verdict(False, "unmade", fill(COMMON["code"]["unmade"], {**first, "network": kind.network}))
            place = fill(COMMON["code"]["line" if first["line"] else "nowhere"], first)
            more = fill(COMMON["code"]["more"], {"count": count}) if count else ""
            return Verdict(
                False, "broken", fill(COMMON["code"]["broken"], {**first, "place": place, "more": more}).strip()
            )
        shown = {"given": kind.shown(found, self)}
        if kind.same(found, right):
            return Verdict(True, "right", fill(COMMON["right"], shown))
        why, feedback = self._feedback(found, right)
        return Verdict(
            False, why, " ".join([fill(COMMON["wrong"], shown), feedback, *map(_sentence, found["notes"][:2])])
        )

    def _unreadable(self, error: Unreadable) -> str:
        if error.part is None:
            return fill(COMMON["unreadable"][error.why], {"wanted": self.wanted})
        wanted = COMMON["wanted"][self.exercise.kind.kinds[error.part].wanted]
        return _of_part(error.part, fill(COMMON["unreadable"][error.why], {"wanted": wanted}))

    def _feedback(self, given: Any, right: Any) -> tuple[str, str]:
        kind, said = self.exercise.kind, self.words.get("mistakes", {})
        if kind.form == "choice":
            return (given, self.fill(said[given])) if given in said else ("near.other", "")
        if not isinstance(kind, Parts):
            for name, value in self.mistakes.items():
                if kind.same(given, value):
                    return name, self.fill(said[name])
            name, values = kind.near(given, right)
            return f"near.{name}", fill(COMMON["near"][name], values)
        place = kind.first_wrong(given, right)
        name, values = kind.near(given, right)
        why, text = f"near.{name}", fill(COMMON["near"][name], values)
        for name, value in self.mistakes.items():
            if self._wrong(place, value[place], right) and kind.kinds[place].same(given[place], value[place]):
                why, text = name, self.fill(said[name])
                break
        return why, _of_part(place, text)


def _sentence(note: str) -> str:
    return f"{note}." if "." in note.split()[0] else f"{note[0].upper()}{note[1:]}."  # a name stays as it is


def _of_part(place: int, text: str) -> str:
    return fill(COMMON["near"]["part"], {"part": written(place + 1), "text": text})
