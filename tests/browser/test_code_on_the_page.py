"""Code as an answer: traced in the page's sandbox, loaded at the first check, stopped at will, judged as Python judges it."""

import re
import sys
from pathlib import Path

import pytest
from serving import SITE, pages_with
from test_exercises_on_the_page import EXERCISE, asks_for_code, enter, judged, press

sys.path.insert(0, str(Path(__file__).parents[1] / "unit"))

from test_code_exercises import WRONG, ask

CHAPTER_1 = "book/01_residual_learning.html"
CHAPTER_10 = "book/10_read_any_network.html"
PARTS = re.compile(r"/_static/parts/(brython|python)-")


def code_exercise(page, key: str):
    root = page.locator(f"#exercise-{key}")
    assert asks_for_code(root)
    return root


def code_field(root):
    return root.get_by_label("Code", exact=True)


def test_python_is_fetched_at_the_first_check_and_once(visit):
    fetched = []
    page = visit(CHAPTER_10)
    page.on("request", lambda request: PARTS.search(request.url) and fetched.append(request.url))
    first, second = code_exercise(page, "mend-lenet"), code_exercise(page, "mend-vgg")
    code_field(first).fill("class LeNet: pass")
    press(page, first, "Hint")
    assert fetched == [] and page.locator("iframe").count() == 0
    press(page, first, "Check")
    judged(first)
    assert len(fetched) == 2 and page.locator("iframe").count() == 1
    press(page, second, "Check")
    judged(second)
    assert (
        len(fetched) == 2 and page.locator("iframe").count() == 1
    )  # the worker is kept, and goes from one to the other


@pytest.mark.parametrize("key", dict.fromkeys(key for key, _, _ in WRONG))
def test_page_and_python_say_the_same_to_the_same_text(visit, key):
    carrying = (path for path in pages_with("exercise/") if f'"{key}"' in (SITE / path).read_text(encoding="utf-8"))
    page = visit(next(carrying))
    root, asked = code_exercise(page, key), ask(key)
    assert code_field(root).input_value() == asked.start
    texts = [asked.start, asked.solution]
    for _, changes, _ in [row for row in WRONG if row[0] == key]:
        text = asked.solution
        for old, new in changes:
            text = text.replace(old, new)
        texts.append(text)
    for text in texts:
        code_field(root).fill(text)
        press(page, root, "Check")
        judged(root)
        verdict = asked.check(text)
        said = root.get_by_role("status").locator("p").first.inner_text()
        assert said[2:] == verdict.text.replace("`", "")
        assert root.get_attribute("data-correct") == str(verdict.correct).lower()
        lines = root.locator(".rn-faulty").all_inner_texts()
        assert lines == (re.findall(r"^Not yet. Line (\d+)", verdict.text)[:1] if verdict.why == "broken" else [])


def test_control_and_enter_checks_and_enter_alone_does_not(visit):
    page = visit(CHAPTER_1)
    root = code_exercise(page, "halving-block")
    code_field(root).focus()
    page.keyboard.press("Enter")
    assert root.get_attribute("data-correct") is None and root.get_by_role("button", name="Stop").count() == 0
    page.keyboard.press("Control+Enter")
    judged(root)


def test_an_endless_loop_is_stopped_and_the_next_check_works(visit):
    page = visit(CHAPTER_1)
    root = code_exercise(page, "halving-block")
    page.evaluate("""() => { let last = performance.now(); window.slowest = 0;
      setInterval(() => { const now = performance.now(); window.slowest = Math.max(window.slowest, now - last); last = now }, 10); }""")
    code_field(root).fill("while True:\n    pass\n")
    press(page, root, "Check")
    root.get_by_text("Tracing").wait_for(timeout=60_000)
    assert root.get_attribute("aria-busy") == "true"
    page.evaluate("window.slowest = 0")
    page.wait_for_timeout(1000)
    assert page.evaluate("window.slowest") < 500  # the page goes on; how fast, make bench tells
    press(page, root, "Stop")
    judged(root)
    assert root.get_attribute("data-correct") == "false" and "Stopped." in root.get_by_role("status").inner_text()
    assert page.evaluate("document.activeElement.textContent") == "Check" and page.locator("iframe").count() == 0
    enter(page, root, ask("halving-block").solution)
    assert root.get_attribute("data-correct") == "true" and root.get_attribute("data-solved") is not None


def test_another_question_ends_the_check_of_the_one_before(visit):
    page = visit(CHAPTER_1)
    root = code_exercise(page, "halving-block")
    code_field(root).fill("while True: pass")
    press(page, root, "Check")
    root.get_by_text("Tracing").wait_for(timeout=60_000)
    press(page, root, "Another one")
    page.wait_for_timeout(300)
    assert root.get_attribute("data-correct") is None and root.get_by_role("status").inner_text() == ""
    assert "class Block" in code_field(root).input_value()


def test_where_python_cannot_be_fetched_the_reader_is_told_and_may_try_again(visit):
    page = visit(CHAPTER_1, quiet=False)
    root = code_exercise(page, "halving-block")
    page.route(PARTS, lambda route: route.abort())
    press(page, root, "Check")
    judged(root)
    assert root.get_attribute("data-correct") == "false"
    assert "could not be loaded" in root.get_by_role("status").inner_text()
    page.unroute(PARTS)
    enter(page, root, ask("halving-block").solution)
    assert root.get_attribute("data-correct") == "true"


def test_from_a_folder_too(visit):
    page = visit(CHAPTER_1, how="file")
    root = code_exercise(page, "halving-block")
    enter(page, root, ask("halving-block").solution)
    assert root.get_attribute("data-correct") == "true"


def test_what_the_code_names_is_shown_as_text(visit):
    page = visit(CHAPTER_1)
    root = code_exercise(page, "halving-block")
    code_field(root).fill("raise ValueError('<img src=x onerror=alert(1)> {line} `code`')")
    press(page, root, "Check")
    judged(root)
    code_field(root).fill(
        "from torch import nn\nclass Block(nn.Module):\n    def forward(self, x):\n        raise ValueError('<img src=x> {line}')"
    )
    press(page, root, "Check")
    judged(root)
    assert "<img src=x> {line}" in root.get_by_role("status").inner_text()
    assert page.locator(f"{EXERCISE} img").count() == 0


def test_nothing_scrolls_sideways_on_a_phone(visit):
    page = visit(CHAPTER_10, viewport={"width": 390, "height": 800})
    root = code_exercise(page, "mend-densenet")
    press(page, root, "Show the answer")
    press(page, root, "Check")
    judged(root)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
