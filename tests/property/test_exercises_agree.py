"""Python and the page ask the same questions, know the same answers and mistakes, and say the same to what is typed."""

import json
import random
import re
from fractions import Fraction

import pytest

from resnet_book.exercises import CHAPTERS, Choice, Code, Number, Parts, chapter
from resnet_book.exercises.dice import Dice
from resnet_book.exercises.reading import Unreadable, read_number, read_order, read_shape

EVERY = [(name, key) for name in CHAPTERS for key in chapter(name).exercises]
KINDS = sorted({chapter(name).exercises[key].kind.form for name, key in EVERY})
DRAWS = 1000  # of each kind

# Pieces of what readers type, of several keyboards and scripts.
PIECES = [
    *"0123456789",
    *"123",
    ",",
    ".",
    " ",
    "'",
    "_",
    "x",
    "×",
    "*",
    "-",
    "−",
    "/",
    "(",
    ")",
    "[",
    "]",
    ";",
    "%",
    "e",
    "^",
    "10",
    "²",
]
PIECES += ["000", "1,234", "2.5", "٣", "７", "\u202f", "\u00a0", "k", "M", "million", "MACs", "torch.Size", "A", "b", "C", ">", "and", "<b>", "５", "٫", "𝟗", "=", "\u200f"]  # fmt: skip


def plain(value):
    return json.loads(json.dumps(value))


def test_both_have_the_same_exercises_in_the_same_order(javascript):
    assert javascript("exercises")["ok"] == {name: list(chapter(name).exercises) for name in CHAPTERS}


@pytest.mark.parametrize("seed", [0, 1, 7, 8192])
def test_the_same_dice(javascript, seed):
    dice = Dice("a-name", seed)
    thrown = [dice.whole(-i, 7 * i) if i % 3 else dice.shuffled(["a", "b", "c", "d", "e"]) for i in range(200)]
    assert javascript("dice", name="a-name", seed=seed, count=200)["ok"] == thrown


def test_dice_are_fair_enough():
    dice = Dice("fair", 3)
    thrown = [dice.whole(1, 6) for _ in range(6000)]
    assert all(850 < thrown.count(side) < 1150 for side in range(1, 7))


def entered(asked, rng) -> list[str]:
    """What readers might type: the right answer, mistakes, near misses, nonsense."""
    kind = asked.exercise.kind
    texts = [asked.typed, "", "".join(rng.choices(PIECES, k=rng.randint(1, 6)))]
    if isinstance(kind, Code):
        return [*texts, asked.start, *spoiled(asked.solution, rng), "\n" * 20_001 + "x"]
    if isinstance(kind, Choice):
        return [*texts, *asked.options.values(), *asked.options]
    if isinstance(kind, Parts):
        for value in asked.mistakes.values():
            whole = [right if part is None else part for part, right in zip(value, asked.right)]
            texts.append(kind.typed(whole, asked))
        return texts
    texts += [kind.typed(value, asked) for value in asked.mistakes.values()]
    if isinstance(kind, Number):
        value = Fraction(*asked.right) if isinstance(asked.right, list) else Fraction(asked.right)
        off = [value + 1, value * 1000, -value, value * Fraction(101, 100), value / 2]
        texts += [f"{v.numerator}/{v.denominator}" if v.denominator > 1 else f"{v.numerator}" for v in off]
    return texts


def spoiled(code: str, rng) -> list[str]:
    """The same code with a number, a line, a word less or more."""
    numbers = list(re.finditer(r"\b\d+\b", code))
    one, lines = rng.choice(numbers), code.split("\n")
    del lines[rng.randrange(len(lines))]
    return [
        code[: one.start()] + str(int(one[0]) + rng.choice([1, 2, 30])) + code[one.end() :],
        code.replace(", bias=False", ""),
        code.replace("Block", "Brick").replace("net =", "nut ="),
        "\n".join(lines),
        code + "\nx = [",
    ]


@pytest.mark.parametrize("form", KINDS)
def test_a_thousand_drawn_exercises_of_each_kind_agree(javascript, form):
    rng = random.Random(form)
    of_kind = [(name, key) for name, key in EVERY if chapter(name).exercises[key].kind.form == form]
    drawn, asked_for = [], []
    for number in range(DRAWS if form != "code" else DRAWS // 10):  # each is traced, eight times
        name, key = of_kind[number % len(of_kind)]
        asked = chapter(name).ask(key, seed := number // len(of_kind))
        texts, facts = entered(asked, rng), plain(asked.exercise.facts())
        drawn.append((asked, texts))
        asked_for.append({"chapter": name, "key": key, "seed": seed, "facts": facts, "texts": texts})
        if form == "code":
            asked_for[-1]["traces"] = [found_in(asked, text) for text in texts]
    for (asked, texts), found in zip(drawn, javascript("asked", list=asked_for)["ok"], strict=True):
        where = (asked.key, asked.numbers)
        for part in ("numbers", "right", "mistakes", "question", "hint", "answer", "typed", "parts", "wanted", "start"):
            assert found[part] == plain(getattr(asked, part)), (where, part)
        for part in ("options", "items"):  # their order counts
            assert found[part] == plain(list(getattr(asked, part).items()))
        for text, verdict in zip(texts, found["verdicts"], strict=True):
            assert verdict == plain(asked.check(text).__dict__), (where, text)


def found_in(asked, text: str):
    """What is found in a text, as the page's Python tells it; None where there is nothing to trace."""
    try:
        return asked.exercise.kind.read(text, asked)
    except Unreadable:
        return None


def outcome(read, *arguments):
    try:
        found = read(*arguments)
    except Unreadable as error:
        return error.why
    return [str(found.numerator), str(found.denominator)] if isinstance(found, Fraction) else found


def test_both_read_the_same_in_what_is_typed(javascript):
    rng, tried, expected = random.Random(5), [], []
    for _ in range(6000):
        text, whole = "".join(rng.choices(PIECES, k=rng.randint(1, 9))), rng.random() < 0.5
        tried += [
            {"form": form, "text": text, "unit": "MACs", "whole": whole, "count": 3}
            for form in ("number", "shape", "order")
        ]
        expected += [outcome(read_number, text, "MACs", whole), outcome(read_shape, text), outcome(read_order, text, 3)]
    for one, known, found in zip(tried, expected, javascript("read", list=tried)["ok"], strict=True):
        if one["form"] == "number" and isinstance(found, list):
            found = [str(n) for n in Fraction(int(found[0]), int(found[1])).as_integer_ratio()]
        assert found == known, one
    assert sum(isinstance(known, list) for known in expected) > 500  # it was not all nonsense
