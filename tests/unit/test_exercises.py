"""Exercises: each is whole, its mistakes are mistakes, its words fit its numbers, and answers are read as readers write them."""

import re
from fractions import Fraction
from itertools import combinations
from math import gcd

import pytest

from resnet_book.exercises import CHAPTERS, Choice, Code, Number, Ordering, Parts, chapter, chapter_of
from resnet_book.exercises.answers import answers
from resnet_book.exercises.reading import Unreadable, read_number, read_order, read_shape
from resnet_book.exercises.wording import fill, grouped, quotient, rounded, significant
from resnet_book.experiments.skip_sweep import PointNet
from resnet_book.widgets import Exercise, Prediction
from resnet_book.widgets.base import find_widget

EVERY = [(name, key) for name in CHAPTERS for key in chapter(name).exercises]
SEEDS = range(40)
each = pytest.mark.parametrize("name, key", EVERY)


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_has_six_to_ten_and_words_for_no_others(name):
    found = chapter(name)
    assert 6 <= len(found.exercises) <= 10
    assert list(found.words["exercises"]) == list(found.exercises)
    assert found.words["title"]


@pytest.mark.parametrize("name", CHAPTERS[:3])
def test_half_of_them_draw(name):
    exercises = chapter(name).exercises.values()
    assert 2 * sum(exercise.draw is not None for exercise in exercises) >= len(exercises)


def test_keys_are_the_book_s_own():
    assert len({key for _, key in EVERY}) == len(EVERY)


@each
def test_the_right_answer_is_accepted_as_it_is_typed_and_mistakes_are_told(name, key):
    told = set()
    code = isinstance(chapter(name).exercises[key].kind, Code)  # its mistakes: test_code_exercises.py
    for seed in SEEDS[:8] if code else SEEDS:
        asked = chapter(name).ask(key, seed)
        verdict = asked.check(asked.typed)
        assert verdict.correct and verdict.why == "right"
        assert asked.check(f"\n{asked.typed}\n" if code else f"  {asked.typed} ").correct
        if code:
            continue
        for value in asked.mistakes.values():
            kind = asked.exercise.kind
            if isinstance(kind, Parts):
                value = [right if part is None else part for part, right in zip(value, asked.right)]
            verdict = asked.check(kind.typed(value, asked))
            assert not verdict.correct and verdict.why in asked.mistakes
            told |= {verdict.why}
    assert code or told == set(asked.exercise.mistakes)  # each is what is said for some numbers


@pytest.mark.parametrize("key", ["rate-at-a-step", "standard-error"])
def test_each_wrong_rule_gives_a_number_of_its_own(key):
    for seed in SEEDS:
        asked = chapter("fashion_mnist").ask(key, seed)
        same, values = asked.exercise.kind.same, [asked.right, *asked.mistakes.values()]
        assert set(asked.mistakes) == set(asked.exercise.mistakes)  # none gives the right number
        assert not any(same(a, b) for a, b in combinations(values, 2))


@each
def test_a_number_knows_two_mistakes(name, key):
    asked = chapter(name).ask(key)
    kind = asked.exercise.kind
    if isinstance(kind, Number) or (isinstance(kind, Parts) and any(isinstance(part, Number) for part in kind.kinds)):
        assert len(asked.mistakes) >= 2


@each
def test_words_fit(name, key):
    words = chapter(name).words["exercises"][key]
    exercise = chapter(name).exercises[key]
    if not isinstance(exercise.kind, Choice):
        assert set(words.get("mistakes", {})) == set(exercise.mistakes)
    for seed in SEEDS:
        asked = chapter(name).ask(key, seed)
        texts = [
            asked.question,
            asked.hint,
            *asked.answer,
            *asked.options.values(),
            *asked.items.values(),
            *asked.parts,
        ]
        texts += [asked.fill(said) for said in words.get("mistakes", {}).values()]
        assert all(text and "{" not in text for text in texts)
        for labels in (asked.options, asked.items):
            assert all(label[0].isalpha() for label in labels)  # a number would be put first by the page
            assert len(set(labels.values())) == len(labels)
        if isinstance(exercise.kind, Choice):
            assert asked.right in asked.options and set(words.get("mistakes", {})) <= set(words["options"])
        if isinstance(exercise.kind, Ordering):
            assert sorted(asked.right) == sorted(asked.items)
        if isinstance(exercise.kind, Parts):
            assert len(asked.parts) == len(exercise.kind.kinds)


NUMBERS = [
    ("74112", 74112), ("74,112", 74112), ("74 112", 74112), ("74\u202f112", 74112), ("74'112", 74112), ("7.4112e4", 74112),
    ("74.112", 74112), ("25.557.032", 25557032), ("2,55,57,032", 25557032), ("１２８", 128), ("١٢٨", 128), ("−5", -5), ("4.089 G", 4089000000),
    ("1.2 million", 1200000), ("36 MACs", 36), ("36 mac", 36), ("5 x 10^3", 5000), ("5·10³", 5000), ("= 7", 7), ("007", 7),
]  # fmt: skip


@pytest.mark.parametrize("text, value", NUMBERS)
def test_whole_numbers_as_readers_write_them(text, value):
    assert read_number(text, "MACs", whole=True) == value


@pytest.mark.parametrize(
    "text, value",
    [("0,5", "1/2"), ("0.5", "1/2"), ("1/2", "1/2"), (".5", "1/2"), ("1.234,5", "2469/2"), ("1,234.5", "2469/2"), ("0,125", "1/8"), ("1.125", "9/8"), ("25/1152", "25/1152"), ("25⁄1152", "25/1152"), ("12 %", "12")],
)  # fmt: skip
def test_other_numbers(text, value):
    assert read_number(text, "%") == Fraction(value)


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "empty"), ("\u200b \u00a0", "empty"), ("x" * 201, "long"), ("a cat", "number"), ("<b>5</b>", "number"), ("128x28x28", "product"), ("(1, 2, 3)", "product"),
        ("1e400", "enormous"), ("9" * 41, "enormous"), ("1e999999999999", "enormous"), ("1,23,4", "grouping"), ("1 2", "grouping"), ("5/0", "zero"), ("5 cats", "unit"), ("nan", "number"),
        ("64²", "product"), ("0x10", "product"), ("Infinity", "number"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_told_why(text, why):
    with pytest.raises(Unreadable) as caught:
        read_number(text, "MACs", whole=True)
    assert caught.value.why == why


@pytest.mark.parametrize("text", ["128x28x28", "128 × 28 × 28", "(128, 28, 28)", "[128,28,28]", "128 28 28", "128*28*28", "torch.Size([128, 28, 28])", "１２８х２８х２８", "128 by 28 by 28", "128X28X28", "128, 28, 28,"])  # fmt: skip
def test_shapes_as_readers_write_them(text):
    assert read_shape(text) == [128, 28, 28]


@pytest.mark.parametrize("text, why", [("1x2x3x4x5x6", "many"), ("128x28x", "shape"), ("128x-2x3", "shape"), ("a", "shape"), ("1.5x2x3", "shape"), ("<p>", "shape")])  # fmt: skip
def test_what_is_no_shape(text, why):
    with pytest.raises(Unreadable) as caught:
        read_shape(text)
    assert caught.value.why == why


@pytest.mark.parametrize(
    "text, question, value",
    [
        ("6.25 %", "What is the NME, in per cent?", "25/4"),
        ("0.62 percent", "How many per cent of them learn?", "31/50"),
        ("0.5 px", "At which x, in pixels, does it lie?", "1/2"),
        ("8,192 weights", "the weights of the convolution", "8192"),
        ("256 biases", "Biases do nothing here. How many?", "256"),
        ("2.45 standard deviations", "How many standard deviations is that?", "49/20"),
        ("82 %", "Which probability is that?", "41/50"),  # a share
        ("10%", "Of {percent} % of them, what share is it?", "1/10"),
    ],
)
def test_a_noun_of_the_question_is_a_unit_and_a_share_may_be_in_per_cent(text, question, value):
    assert read_number(text, question=question) == Fraction(value)


def test_a_unit_is_taken_as_it_begins_and_no_other():
    assert read_number("75%", "% of the pixels") == 75
    assert read_number("48.4 min", "minutes") == Fraction("48.4")
    for text, unit, question in [("5 MACs", "parameters", "MACs"), ("5 kg", "", "How much?"), ("5 s", "", "What?")]:
        with pytest.raises(Unreadable, match="unit"):
            read_number(text, unit, question=question)
    with pytest.raises(Unreadable, match="unit"):
        read_number("12 %", whole=True, question="How many layers?")


def test_orders():
    assert (
        read_order("B, A, C", 3)
        == read_order("bac", 3)
        == read_order("B > A > C", 3)
        == read_order("Ｂ、Ａ、Ｃ", 3)
        == [1, 0, 2]
    )
    for text, why in (("B, A", "each"), ("A, A, C", "each"), ("1, 2, 3", "letters"), ("A, B, D", "each")):
        with pytest.raises(Unreadable) as caught:
            read_order(text, 3)
        assert caught.value.why == why


def test_numbers_in_words():
    assert (
        fill("{a} {b} {c:2} {d}", {"a": -36864, "b": [64, 56, 56], "c": [1, 8], "d": "x"})
        == "−36,864 64 × 56 × 56 0.13 x"
    )
    assert [rounded(0.125, 2), rounded(-0.001, 2), significant(4.1231, 3), significant(0.00012345, 2)] == [
        "0.13",
        "0.00",
        "4.12",
        "0.00012",
    ]
    with pytest.raises(TypeError):
        fill("{a}", {"a": 0.5})


def test_unknown_names_list_what_there_is():
    with pytest.raises(LookupError, match="count-a-block"):
        chapter_of("no-such")
    with pytest.raises(LookupError, match="residual_learning"):
        chapter("no-such")
    with pytest.raises(LookupError, match="count-a-block"):
        Exercise("no-such")
    with pytest.raises(LookupError):
        Prediction("no-such", 1)
    with pytest.raises(LookupError):
        find_widget("exercise/no-such")


def test_the_widget_is_of_its_chapter_and_holds_the_question():
    widget = Exercise("count-a-block", seed=2)
    again = find_widget(widget.name)(**widget.state())
    assert again.state() == widget.state() == {"key": "count-a-block", "seed": 2, "answer": ""}
    assert widget.asked.question in repr(widget) and widget.asked.typed not in repr(widget)


@pytest.mark.parametrize("name", CHAPTERS)
def test_answers_of_a_chapter(name):
    table = answers(name)
    for row, key in zip(table.rows, chapter(name).exercises, strict=True):
        asked = chapter(name).ask(key)
        assert row[1] == asked.exercise.kind.shown(asked.right, asked)
        assert ("Lines that change" in row[2]) == isinstance(asked.exercise.kind, Code)


@each
def test_a_worked_answer_is_reduced_grouped_and_names_its_unit_once(name, key):
    for seed in SEEDS:
        asked = chapter(name).ask(key, seed)
        shown, unit = asked.exercise.kind.shown(asked.right, asked), asked.words.get("unit")
        for text in (shown, asked.typed) if not isinstance(asked.exercise.kind, Code) else (shown,):
            for above, below in re.findall(r"(\d+)/(\d+)", text):
                assert gcd(int(above), int(below)) == 1 and int(below) > 1, text
        assert not re.search(r"\d{4}", re.sub(r"\d+/\d+|\.\d+|\d+( × \d+)+", "", shown)), shown
        for step in asked.answer:
            assert not unit or not re.search(rf"{re.escape(unit)}\W+{re.escape(unit)}", step), step
        if isinstance(asked.exercise.kind, Number) and isinstance(asked.right, list) and unit:
            assert "/" not in shown, shown  # 6.5 branches


def test_fractions_and_large_numbers_as_they_are_shown():
    cases = [([54, 3], "18", "18"), ([15, 18], "5/6", "5/6"), ([26, 4], "13/2", "6.5"), ([1, 1024], "1/1024", "1/1024")]
    for value, fraction, decimal in [*cases, ([-4, 10], "-2/5", "-0.4"), ([0, 5], "0", "0")]:
        assert (quotient(value, decimal=False), quotient(value, decimal=True)) == (fraction, decimal)
    for text, shown in [
        ("194432", "194,432"),
        ("-1234.5678", "−1,234.5678"),
        ("25/1152", "25/1152"),
        ("0.2551", "0.2551"),
    ]:
        assert grouped(text) == shown
    assert fill("{a:0} s", {"a": 7910.2}) == "7,910 s"


def test_the_networks_on_points_have_the_weights_that_are_asked_for():
    asked = chapter("degradation").ask("weights-of-both")
    for skip in (True, False):
        net = PointNet(asked.numbers["blocks"], asked.numbers["width"], skip)
        assert sum(p.numel() for p in net.parameters() if p.ndim == 2) == asked.right
    layers = chapter("degradation").ask("layers-of-blocks")
    assert sum(p.ndim == 2 for p in PointNet(layers.numbers["blocks"], 8, True).parameters()) == layers.right
