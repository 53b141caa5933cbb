"""The quiz asks what has one true answer: the browser = the formulas = torch, on 1,000 questions and their mistakes."""

import re
from collections import Counter
from functools import cache

import pytest
import torch
from support import chain

from resnet_book import Block, ShapeError, build, measure, trace, trace_layers
from resnet_book.widgets import ShapeQuiz

QUESTIONS = 1000
TOPICS = ("shapes", "conv", "bottleneck")


def states():
    for number in range(QUESTIONS):
        yield {"topic": TOPICS[number % 3], "seed": 1 + number // 90, "index": 1 + number // 3}


@pytest.fixture(scope="module")
def asked(javascript):
    """A question by its state, with its truth, working and mistakes; asked of Node once."""

    @cache
    def ask(topic, seed, index):
        return javascript("question", topic=topic, seed=seed, index=index)["ok"]

    return lambda state: ask(**state)


def answer(found, question) -> list[int] | int:
    """What is asked about, from any trace."""
    if question["ask"] == "receptive_field":
        assert len(set(found.rows[-1].receptive_field)) == 1
        return found.rows[-1].receptive_field[1]
    value = getattr(found[question["at"]] if "at" in question else found, question["ask"])
    return list(value) if isinstance(value, tuple) else value


def test_1000_questions_have_the_truth_of_python_and_torch(asked):
    kinds, answers = Counter(), set()
    for state in states():
        found = asked(state)
        question, shape = found["question"], tuple(found["question"]["input"])
        layers = question["layers"]
        by_formula, by_torch = trace_layers(layers, shape), measure(chain(layers, shape), shape)
        assert by_formula == by_torch
        if "block" in question:
            block = Block(**question["block"])
            by_formula = trace(block, shape)
            with torch.device("meta"):
                by_torch = measure(build(block, init="torch"), shape)
            convolutions = [row.output_shape for row in trace_layers(layers, shape).rows]
            branch = [row.output_shape for row in by_formula.rows if re.fullmatch(r"conv\d", row.name)]
            assert convolutions == branch[: len(convolutions)]  # so the working is of the same block
        assert found["truth"] == answer(by_formula, question) == answer(by_torch, question), state
        assert (question["form"] == "shape") == isinstance(found["truth"], list)
        kinds[question["kind"]] += 1
        answers.add((question["text"], str(found["truth"])))
    assert kinds.total() == QUESTIONS
    assert len(kinds) == 16 and min(kinds.values()) >= 40, kinds
    assert len(answers) > 600  # mostly different ones


def test_a_seed_gives_the_same_questions_and_each_round_every_kind(javascript):
    for topic, count in zip(TOPICS, (5, 6, 6)):
        first = [javascript("question", topic=topic, seed=3, index=i)["ok"]["question"] for i in range(1, count + 1)]
        again = [javascript("question", topic=topic, seed=3, index=i)["ok"]["question"] for i in range(1, count + 1)]
        assert first == again
        assert len({question["kind"] for question in first}) == count
        other = [javascript("question", topic=topic, seed=4, index=i)["ok"]["question"] for i in range(1, count + 1)]
        assert first != other


def value_of(expression: str) -> int:
    """A formula of the working as a number, floor brackets and all."""
    for sign, python in {"⌊": "(", "⌋": ")", "×": "*", "·": "*", "−": "-", ",": "", "/": "//"}.items():
        expression = expression.replace(sign, python)
    return eval(expression)


def test_the_working_is_right_in_every_line_and_ends_with_the_truth(asked):
    lines = 0
    for state in states():
        found = asked(state)
        truth = found["truth"]
        text = "x".join(map(str, truth)) if isinstance(truth, list) else str(truth)
        assert found["working"][-1]["value"] == text
        for line in found["working"]:
            assert line["result"].replace(",", "").replace(" × ", "x") == line["value"]
            if line["value"].isdigit() and not re.search("[a-z]", line["formula"]):
                assert {value_of(form) for form in line["formula"].split(" = ")} == {int(line["value"])}, line
                lines += 1
    assert lines > 2 * QUESTIONS


def wide(number: int) -> str:
    """As a Chinese or Japanese keyboard may write it."""
    return str(number).translate({ord("0") + n: 0xFF10 + n for n in range(10)})


def arabic(number: int) -> str:
    return str(number).translate({ord("0") + n: 0x0660 + n for n in range(10)})


def spellings(truth) -> list[str]:
    if isinstance(truth, int):
        grouped = f"{truth:,}"
        other = [grouped.replace(",", mark) for mark in (" ", "\u202f", "\u2009", "'", "’")]
        return [
            str(truth),
            grouped,
            f" {truth} ",
            f"{truth:_}",
            *other,
            wide(truth),
            arabic(truth),
            f"\u200f{truth}\u200e",
        ]
    forms = "{}x{}x{}; {} × {} × {} ;({}, {}, {});{},{},{};[{}, {}, {}]; {} {} {} ;{}X{}*{};torch.Size([{}, {}, {}])"
    other = ["х".join(map(str, truth)), "ｘ".join(map(wide, truth)), "،".join(map(arabic, truth))]
    return [*(form.format(*truth) for form in forms.split(";")), *other]


def test_every_spelling_of_the_truth_is_right(javascript, asked):
    for state in list(states())[:150]:
        for text in spellings(asked(state)["truth"]):
            assert javascript("check", state=state, text=text)["ok"]["right"], (state, text)


def test_known_mistakes_are_wrong_and_named(javascript, asked):
    hints = Counter()
    for state in list(states())[:300]:
        found = asked(state)
        wrong = {tuple(value) for value, _ in found["mistakes"]}
        truth = found["truth"]
        assert (tuple(truth) if isinstance(truth, list) else (truth,)) not in wrong
        assert found["mistakes"], found["question"]
        for value, hint in found["mistakes"]:
            verdict = javascript("check", state=state, text="x".join(map(str, value)))["ok"]
            assert not verdict["right"] and verdict["hint"] == hint
            hints[hint] += 1
    assert len(hints) >= 35, len(hints)


def hint(javascript, asked, wanted_kind: str, make, topic="shapes") -> str:
    """What is said to a mistake on the first question of a kind."""
    for index in range(1, 60):
        state = {"topic": topic, "seed": 1, "index": index}
        found = asked(state)
        if found["question"]["kind"] == wanted_kind:
            text = make(found)
            if text is not None:
                return javascript("check", state=state, text=text)["ok"]["hint"]
    raise AssertionError("no such question")


def resized(**changes):
    """The answer of one who overlooked something in the layer; None where that changes nothing."""

    def make(found):
        layers = [{**layer, **changes} for layer in found["question"]["layers"]]
        shape = list(trace_layers(layers, found["question"]["input"]).output_shape)
        return None if shape == found["truth"] else "x".join(map(str, shape))

    return make


def test_hints_name_the_mistake(javascript, asked):
    assert "padding is missing" in hint(javascript, asked, "conv_shape", resized(padding=0))
    assert "stride is missing" in hint(javascript, asked, "conv_shape", resized(stride=1))
    batch = hint(javascript, asked, "pool_shape", lambda found: "1x" + "x".join(map(str, found["truth"])))
    assert "Otherwise it is right" in batch and "batch" in batch
    last = hint(javascript, asked, "stem_shape", lambda found: "x".join(map(str, [*found["truth"][1:], 64])))
    assert "channels come first" in last
    flops = hint(javascript, asked, "macs", lambda found: str(2 * found["truth"]), topic="conv")
    assert "FLOPs" in flops
    three_quarters = lambda found: str(3 * found["question"]["input"][0] ** 2 // 4)  # noqa: E731
    popular = hint(javascript, asked, "bottleneck_weights", three_quarters, topic="bottleneck")
    assert "3/4" in popular


@pytest.mark.parametrize(
    "text", ["", "   ", "64", "64x28", "64x28xq", "64.5x28x28", "-64x28x28", "1x2x3x4x5x6", "sixty", "64x28x", "1,024,7,7", "9" * 400, "<b>", "1e3x2x2"]
)  # fmt: skip
def test_a_malformed_shape_says_which_form_is_wanted(javascript, asked, text):
    state = next(s for s in states() if asked(s)["question"]["form"] == "shape")
    error = javascript("check", state=state, text=text)["error"]
    assert error["shape"] and error["where"] == "Answer" and "three whole numbers" in error["expected"]
    assert "64x28x28" in error["fix"] and error["got"]


@pytest.mark.parametrize("text", ["", "64x28", "1.5", "-3", "1,00", "36.864", "many", "1e5", "٣٣x", "9" * 30])
def test_a_malformed_number_says_which_form_is_wanted(javascript, asked, text):
    state = next(s for s in states() if asked(s)["question"]["form"] == "number")
    error = javascript("check", state=state, text=text)["error"]
    assert error["shape"] and "one whole number" in error["expected"] and "12345" in error["fix"]


def test_arguments():
    assert ShapeQuiz("conv", seed=7).state() == {"topic": "conv", "seed": 7, "index": 1}
    for bad in ({"seed": 0}, {"index": 1.0}, {"seed": 8193}):
        with pytest.raises(ShapeError):
            ShapeQuiz(**bad)
    assert "69,632" in repr(ShapeQuiz("bottleneck"))
