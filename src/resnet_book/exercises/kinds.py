"""The kinds of question: how an answer is read, when it is right, and what a near miss reveals; `kinds.mjs` again.

A kind has a `form` (the name that the page chooses its controls by) and five methods; another kind is one more class
here and in `kinds.mjs`. The right value is plain JSON data: a whole number, a float or [numerator, denominator]; a list
for a shape; the key of an option; the keys of items in order; a list of values for parts; for code what is asked of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..fake_torch import check_source
from .reading import Unreadable, read_number, read_order, read_shape
from .wording import fill, grouped, load_words, quotient, rational, significant, written

if TYPE_CHECKING:
    from .exercise import Asked

__all__ = ["Choice", "Code", "Number", "Ordering", "Parts", "Shape", "steps_of"]

Near = tuple[str, dict[str, Any]]
WORDS, STEPS = (load_words(Path(__file__).parent)[name] for name in ("code", "steps"))


@dataclass(frozen=True)
class Number:
    """One number. Exact, unless a tolerance is given.

    Attributes:
        whole: whether a whole number is asked for.
        tolerance: how far off a right answer may be, as a share of the right value; at least 0.001 if not 0.
        digits: significant digits of a right value that is a float.
    """

    whole: bool = True
    tolerance: float = 0.0
    digits: int = 4

    form = "number"

    @property
    def wanted(self) -> str:
        return "whole" if self.whole else "number"

    def read(self, text: str, asked: Asked) -> Fraction:
        return read_number(text, asked.words.get("unit", ""), self.whole, asked.words.get("question", ""))

    def same(self, given: Any, right: Any) -> bool:
        exact = rational(right)
        return abs(rational(given) - exact) <= abs(exact) * rational(self.tolerance)

    def typed(self, value: Any, asked: Asked) -> str:
        if isinstance(value, list):
            return quotient(value, decimal="unit" in asked.words)  # 6.5 branches, but 5/6
        return str(value) if isinstance(value, int) else significant(value, self.digits)

    def shown(self, value: Any, asked: Asked) -> str:
        text = grouped(self.typed(value, asked))
        unit = asked.words.get("unit", "")
        return f"{text} {unit}" if unit else text

    def near(self, given: Any, right: Any) -> Near:
        found, exact = rational(given), rational(right)
        off = abs(found - exact)
        if off == 0 or off * 1000 <= abs(exact) * 20:
            return ("roughly" if self.tolerance else "close"), {}
        if exact and (found == -exact or self.same(-found, right)):
            return "sign", {}
        if any(self.same(found * by, right) for by in (1000, 10**6, 10**9)):
            return "thousand", {}
        if any(self.same(found / by, right) for by in (1000, 10**6, 10**9)):
            return "thousand", {}
        return ("less" if found > exact else "more"), {}


@dataclass(frozen=True)
class Shape:
    """A shape, (channels, height, width)."""

    form = "shape"
    wanted = "shape"

    def read(self, text: str, asked: Asked) -> list[int]:
        return read_shape(text)

    def same(self, given: Any, right: Any) -> bool:
        return given == right

    def typed(self, value: Any, asked: Asked) -> str:
        return "x".join(map(str, value))

    def shown(self, value: Any, asked: Asked) -> str:
        return written(value)

    def near(self, given: Any, right: Any) -> Near:
        if len(given) != len(right):
            return ("batch" if given[1:] == right else "length"), {}
        if sorted(given) == sorted(right):
            return "order", {}
        if given[0] == right[0]:
            return "channels", {}
        return ("size" if given[1:] == right[1:] else "other"), {}


@dataclass(frozen=True)
class Choice:
    """One of the options that the words list; the right value is the option's key."""

    form = "choice"
    wanted = "choice"

    def read(self, text: str, asked: Asked) -> str:
        for key, label in asked.options.items():
            if text.strip() == label or text == key:
                return key
        raise Unreadable("choose", text)

    def same(self, given: Any, right: Any) -> bool:
        return given == right

    def typed(self, value: Any, asked: Asked) -> str:
        return asked.options[value]

    def shown(self, value: Any, asked: Asked) -> str:
        return asked.options[value]

    def near(self, given: Any, right: Any) -> Near:
        return "other", {}


@dataclass(frozen=True)
class Ordering:
    """All items that the words list, in the right order, typed as letters; the right value is a list of their keys."""

    form = "ordering"
    wanted = "ordering"

    def read(self, text: str, asked: Asked) -> list[str]:
        keys = list(asked.items)
        return [keys[place] for place in read_order(text, len(keys))]

    def same(self, given: Any, right: Any) -> bool:
        return given == right

    def typed(self, value: Any, asked: Asked) -> str:
        keys = list(asked.items)
        return ", ".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[keys.index(key)] for key in value)

    def shown(self, value: Any, asked: Asked) -> str:
        return self.typed(value, asked)

    def near(self, given: Any, right: Any) -> Near:
        return "places", {"count": sum(a == b for a, b in zip(given, right)), "all": len(right)}


@dataclass(frozen=True)
class Parts:
    """Several answers, each of a kind of its own; typed one after the other, parted by ``;``."""

    kinds: tuple[Number | Shape, ...]

    form = "parts"
    wanted = "parts"

    def read(self, text: str, asked: Asked) -> list[Any]:
        texts = text.split(";")
        if len(texts) != len(self.kinds):
            raise Unreadable("parts", text)
        return [self._read(place, part, asked) for place, part in enumerate(texts)]

    def _read(self, place: int, text: str, asked: Asked) -> Any:
        try:
            return self.kinds[place].read(text, replace(asked, words={"question": asked.words["parts"][place]}))
        except Unreadable as error:
            error.part = place
            raise

    def same(self, given: Any, right: Any) -> bool:
        return all(kind.same(a, b) for kind, a, b in zip(self.kinds, given, right))

    def typed(self, value: Any, asked: Asked) -> str:
        return " ; ".join(kind.typed(part, asked) for kind, part in zip(self.kinds, value))

    def shown(self, value: Any, asked: Asked) -> str:
        return "; ".join(kind.shown(part, asked) for kind, part in zip(self.kinds, value))

    def near(self, given: Any, right: Any) -> Near:
        part = self.first_wrong(given, right)
        return self.kinds[part].near(given[part], right[part])

    def first_wrong(self, given: Any, right: Any) -> int:
        """The place of the first part that is not right."""
        return next(i for i, kind in enumerate(self.kinds) if not kind.same(given[i], right[i]))


MOST_CODE = 20_000  # characters
ASKED_OF_CODE = ("output_shape", "params", "steps", "macs")
FOLLOWED = ("conv2d", "add")  # operations of which it matters what comes after them


@dataclass(frozen=True)
class Code:
    """A text for PyTorch that the reader writes or mends; right when its network has what is asked of it.

    The right value is a dict of some of ``output_shape``, ``params``, ``macs`` and ``steps``, see `steps_of`; what is
    read in a text is the dict of `check_source` with the steps beside it. Among the numbers stands ``input``, the shape
    of one picture. The text to start with and one that is right are lists of lines among the words, ``start`` and
    ``solution``, or texts of that name among the numbers.

    Attributes:
        network: the expression that makes the network out of the reader's text.
    """

    network: str = "Block()"

    form = "code"
    wanted = "code"

    def read(self, text: str, asked: Asked) -> dict[str, Any]:
        """Runs the text, as importing it would, without a limit: for texts of one's own. The page has a sandbox."""
        if not text.strip():
            raise Unreadable("no-code")
        if len(text) > MOST_CODE:
            raise Unreadable("long-code", f"{len(text)} characters")
        shape = tuple(asked.numbers["input"])
        found = check_source(text, network=self.network, inputs=[shape], write=lambda printed: None)
        return {**found, "steps": steps_of(row["op"] for row in found["rows"])}

    def same(self, given: Any, right: Any) -> bool:
        return not given.get("errors") and all(given.get(name) == value for name, value in right.items())

    def typed(self, value: Any, asked: Asked) -> str:
        return asked.solution

    def shown(self, value: Any, asked: Asked) -> str:
        return ", ".join(_of_code(name, value[name]) for name in ASKED_OF_CODE if name in asked.right and name in WORDS)

    def near(self, given: Any, right: Any) -> Near:
        name = next(name for name in ASKED_OF_CODE if name in right and given[name] != right[name])
        if name == "output_shape":
            return "code-shape", {"right": right[name]}
        if name == "steps":
            return _near_steps(given[name], right[name])
        off = given[name] - right[name]
        return f"code-{name}-{'more' if off > 0 else 'less'}", {"off": abs(off)}


def steps_of(ops: Iterable[str]) -> list[str]:
    """What a network does, in whichever order it computes its branches: its operations, sorted, those in `FOLLOWED`
    with the next one: "conv2d batch_norm"."""
    ops = list(ops)
    return sorted(f"{op} {after}" if op in FOLLOWED else op for op, after in zip(ops, [*ops[1:], "end"]))


def _near_steps(given: list[str], right: list[str]) -> Near:
    has, wants = (Counter(step.split()[0] for step in steps) for steps in (given, right))
    for name, ops in (("missing", wants - has), ("extra", has - wants)):
        if ops:
            said = ", ".join(STEPS["operations"].get(op, op) for op in sorted(ops.elements()))
            return "code-steps", {"said": fill(STEPS[name], {"ops": said})}
    return "code-steps", {"said": STEPS["order"]}


def _of_code(name: str, value: Any) -> str:
    several = name == "output_shape" and not (isinstance(value, list) and all(isinstance(n, int) for n in value))
    return fill(WORDS[name], {"value": WORDS["several"] if several else value})


Kind = Number | Shape | Choice | Ordering | Parts | Code
