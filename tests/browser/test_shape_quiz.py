"""The shape quiz on the page: a question, an instant check, hints, the working, the score."""

import json
import re

import pytest
from widgets import choose, widget

PAGE = "book/03_bottleneck_arithmetic.html"


@pytest.fixture
def quiz(visit):
    return widget(visit(PAGE), "shape-quiz")


def verdict(root):
    return root.locator(".rn-verdict")


def state(root) -> dict:
    root.get_by_role("button", name="Copy JSON").click()
    return json.loads(root.get_by_label("Copied text").input_value())["state"]


def asked(root, javascript) -> dict:
    """The question that is shown, with its truth, from Node."""
    found = javascript("question", **state(root))["ok"]
    assert root.locator(".rn-question").inner_text() == found["question"]["text"]
    return found


def text(truth) -> str:
    return "x".join(map(str, truth)) if isinstance(truth, list) else str(truth)


def answer(root, given: str) -> str:
    control = root.get_by_label("Answer", exact=True)
    control.fill(given)
    control.press("Enter")
    return verdict(root).inner_text()


@pytest.mark.parametrize("topic", ["shapes", "conv", "bottleneck"])
def test_right_answers_are_told_at_once(quiz, javascript, topic):
    choose(quiz, Topic=topic)
    for number in range(1, 9):
        found = asked(quiz, javascript)
        quiz.get_by_label("Answer", exact=True).fill(text(found["truth"]))  # no Enter
        assert verdict(quiz).inner_text().startswith("✓ Right")
        assert f"{number} of {number} right" in quiz.inner_text()
        quiz.get_by_role("button", name="Next question").click()
        assert verdict(quiz).inner_text() == "" and quiz.get_by_label("Answer", exact=True).input_value() == ""
        assert quiz.get_by_label("Answer", exact=True).evaluate("e => e === document.activeElement")


def test_wrong_answers_are_told_on_enter_with_the_likely_mistake(quiz, javascript):
    choose(quiz, Topic="shapes")
    for _ in range(6):
        found = asked(quiz, javascript)
        for value, hint in found["mistakes"]:
            quiz.get_by_label("Answer", exact=True).fill(text(value))
            assert verdict(quiz).inner_text() == ""  # it may be half typed
            quiz.get_by_role("button", name="Check").click()
            assert "✗ Not" in verdict(quiz).inner_text() and hint in verdict(quiz).inner_text()
        quiz.get_by_role("button", name="Next question").click()
    assert "Score this session: 0 of 6 right at the first try." in quiz.inner_text()


def test_a_second_try_does_not_count_twice(quiz, javascript):
    found = asked(quiz, javascript)
    answer(quiz, "1")
    answer(quiz, text(found["truth"]))
    assert "0 of 1 right" in quiz.inner_text() and "✓ Right" in verdict(quiz).inner_text()


def test_a_malformed_answer_says_which_form_is_wanted(quiz):
    choose(quiz, Topic="shapes", Question=1)
    for given in ("", "64x28", "a cat", "64x28x2.5", "<img src=x onerror=alert(1)>"):
        said = answer(quiz, given)
        assert "Answer" in said and "three whole numbers" in said and "64x28x28" in said
        assert quiz.get_by_label("Answer", exact=True).get_attribute("aria-invalid") == "true"
    assert "Score" not in quiz.inner_text()  # it does not count


def test_the_working_has_its_numbers_and_ends_with_the_answer(quiz, javascript):
    found = asked(quiz, javascript)
    table = quiz.get_by_role("table")
    assert table.count() == 0
    show = quiz.get_by_role("button", name="Show the working")
    assert show.get_attribute("aria-expanded") == "false"
    show.click()
    assert quiz.get_by_role("button", name="Hide the working").get_attribute("aria-expanded") == "true"
    assert table.locator("thead th").all_inner_texts() == ["Step", "Formula", "Result"]
    assert table.locator("td[data-value]").last.get_attribute("data-value") == text(found["truth"])
    assert table.locator("tbody tr").count() == len(found["working"])
    assert "0 of 1 right" in quiz.inner_text()  # it was seen before it was answered
    quiz.get_by_role("button", name="Next question").click()
    assert table.count() == 0


def test_results_are_announced(quiz):
    assert verdict(quiz).get_attribute("role") == "status"


def test_answer_names_one_control(quiz):
    for wanted in ["Answer", "Topic", "Question", "Seed"]:
        assert quiz.get_by_label(wanted).count() == 1, wanted


def test_keyboard_only(visit, javascript):
    page = visit(PAGE)
    root = widget(page, "shape-quiz")
    truth = text(asked(root, javascript)["truth"])
    root.get_by_label("Seed", exact=True).focus()
    page.keyboard.press("Tab")
    assert root.get_by_label("Answer", exact=True).evaluate("e => e === document.activeElement")
    page.keyboard.type("a cat")
    page.keyboard.press("Enter")
    assert "⚠ Answer" in verdict(root).inner_text()
    page.keyboard.press("Control+a")
    page.keyboard.type(truth)
    assert "✓ Right" in verdict(root).inner_text()
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Next question"
    page.keyboard.press("Enter")
    assert root.get_by_label("Question", exact=True).input_value() == "2"


def test_link_carries_the_question(visit):
    root = widget(visit(PAGE), "shape-quiz")
    choose(root, Topic="conv", Question=5, Seed=9)
    shown = root.locator(".rn-question").inner_text()
    root.get_by_role("button", name="Copy link").click()
    link = root.get_by_label("Copied text").input_value()
    again = widget(visit(PAGE + "#" + link.split("#")[1]), "shape-quiz")
    assert again.locator(".rn-question").inner_text() == shown


def test_no_question_is_left_out_by_print(visit):
    page = visit(PAGE)
    page.emulate_media(media="print")
    root = widget(page, "shape-quiz")
    assert root.locator(".rn-question").is_visible() and re.search(r"\?", root.locator(".rn-question").inner_text())
