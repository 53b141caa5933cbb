"""Every exercise of every chapter answers on the page: with the network cut, by keyboard alone, wrong and right."""

import json
import re

import pytest
from serving import pages_with

from resnet_book.exercises import chapter_of

EXERCISE = '[data-widget="exercise"]'
PAGES = pages_with("exercise/")


def controls(root):
    """The controls that an answer is given with, in order: one, several parts, radio buttons, or the field for code."""
    radios = root.get_by_role("radio")
    if radios.count():
        return radios
    if asks_for_code(root):
        return root.get_by_label("Code", exact=True)
    single = root.get_by_label("Your answer", exact=True)
    return single if single.count() else root.get_by_label(re.compile(r"^Part \d$"))


def asks_for_code(root) -> bool:
    return root.locator("textarea").count() == 1


def judged(root) -> None:
    """Wait until an answer has been checked; code is traced first, and Python fetched before the first."""
    root.page.wait_for_function("e => e.dataset.correct !== undefined", arg=root.element_handle(), timeout=60_000)


def enter(page, root, answer: str) -> None:
    """Give an answer by keyboard alone: parts parted by ``;``, an option by its label; then Enter, behind code on Check."""
    fields = controls(root)
    if asks_for_code(root):
        fields.focus()
        page.keyboard.press("Control+a")
        *before, last = answer.rstrip().splitlines(keepends=True)
        page.keyboard.insert_text("".join(before))  # at once, as a paste does: a key for each letter of it takes long
        page.keyboard.type(last)
        page.keyboard.press("Tab")  # to Check
        page.keyboard.press("Enter")
        judged(root)
        return
    if root.get_by_role("radio").count():
        labels = fields.evaluate_all("all => all.map(e => e.closest('label').innerText.trim())")
        fields.nth(0).focus()
        page.keyboard.press("Space")
        for _ in range(labels.index(answer)):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Tab")  # to Check
        page.keyboard.press("Enter")
        return
    for number, part in enumerate(answer.split(" ; ")):
        fields.nth(number).focus()
        page.keyboard.press("Control+a")
        page.keyboard.type(part)
    page.keyboard.press("Enter")


def press(page, root, name: str) -> None:
    root.get_by_role("button", name=name, exact=True).focus()
    page.keyboard.press("Enter")


def wrong_answer(root, right: str) -> str:
    """An answer of the right form that is not right."""
    if root.get_by_role("radio").count():
        labels = root.get_by_role("radio").evaluate_all("all => all.map(e => e.closest('label').innerText.trim())")
        return next(label for label in labels if label != right)
    if asks_for_code(root):
        return right.replace("nn.Conv2d(", "nn.Conv3d(", 1)
    if re.fullmatch("[A-Z](, [A-Z])+", right):
        return ", ".join(reversed(right.split(", ")))
    return " ; ".join("1x2x3" if "x" in part else "987654" for part in right.split(" ; "))


def test_there_are_exercises():
    assert "book/01_residual_learning.html" in PAGES


@pytest.mark.parametrize("path", PAGES)
def test_every_exercise_is_answered(visit, path):
    page = visit(path)
    exercises = page.locator(EXERCISE)
    assert 6 <= exercises.count() <= 10
    drawn = 0
    for root in exercises.all():
        assert root.get_attribute("data-correct") is None
        status = root.get_by_role("status")
        press(page, root, "Check")
        judged(root)
        assert root.get_attribute("data-correct") == "false" and status.inner_text()
        press(page, root, "Show the answer")
        right = root.get_attribute("data-answer")
        assert right and root.locator(".rn-worked").is_visible()
        enter(page, root, wrong_answer(root, right))
        assert root.get_attribute("data-correct") == "false"
        assert "Not " in status.inner_text()
        press(page, root, "Hint")
        assert root.locator(".rn-hint").is_visible()
        enter(page, root, right)
        assert root.get_attribute("data-correct") == "true", (root.get_attribute("id"), right)
        assert "does not count" in status.inner_text() and root.get_attribute("data-solved") is None
        drawn += root.get_by_role("button", name="Another one").count()
    if re.search(r"book/0[123]_", path):
        assert 2 * drawn >= exercises.count()


@pytest.mark.parametrize("path", PAGES)
def test_another_one_draws_counts_and_is_kept(visit, path, javascript):
    page = visit(path)
    solved = 0
    chapter = next(name for name in javascript("exercises")["ok"] if f'"exercise/{name}"' in page.content())
    for root in page.locator(EXERCISE).all():
        if not root.get_by_role("button", name="Another one").count():
            continue
        before = root.locator(".rn-question, .rn-items").all_inner_texts()
        press(page, root, "Another one")
        assert root.locator(".rn-question, .rn-items").all_inner_texts() != before
        assert root.get_attribute("data-correct") is None and root.get_attribute("data-answer") is None
        press(page, root, "Copy link")
        link = root.get_by_label("Copied text").first.input_value()
        key = root.get_attribute("id").removeprefix("exercise-")
        assert f"#exercise:{key}=" in link
        seed = json.loads(page.evaluate("decodeURIComponent(location.hash.split('=')[1])"))["seed"]
        facts = dict(chapter_of(key).exercises[key].facts())  # of recorded runs
        asked = javascript("asked", list=[{"chapter": chapter, "key": key, "seed": seed, "facts": facts}])["ok"][0]
        enter(page, root, asked["typed"])
        assert root.get_attribute("data-correct") == "true", key
        solved += 1
        assert root.get_attribute("data-solved") is not None
    progress = page.get_by_text(re.compile(rf"^{solved} of \d+ solved$"))
    assert progress.is_visible()
    page.reload()
    page.wait_for_function("!document.querySelector('.resnet-widget:not([data-state])')")
    assert progress.is_visible()
    page.get_by_role("button", name="Copy my result").click()
    assert f": {solved} of " in page.get_by_label("Copied text").last.input_value()
    page.get_by_role("button", name="Start again").click()
    assert page.get_by_text(re.compile(r"^0 of \d+ solved$")).is_visible()
    assert page.locator(f"{EXERCISE}[data-solved]").count() == 0


NONSENSE = [
    "",
    "   ",
    "a cat",
    "1e400",
    "9" * 500,
    "<img src=x onerror=alert(1)>",
    "(1, 2, 3, 4, 5, 6, 7)",
    "-",
    "NaN",
    "\u200f",
]


@pytest.mark.parametrize("path", PAGES)
def test_nonsense_gets_a_friendly_word(visit, path):
    page = visit(path)
    for root in page.locator(EXERCISE).all():
        fields = controls(root)
        if root.get_by_role("radio").count():
            continue
        for text in NONSENSE:
            for number in range(fields.count()):
                fields.nth(number).fill(text)
            root.get_by_role("button", name="Check", exact=True).click()
            judged(root)
            assert root.get_attribute("data-correct") == "false"
            assert len(root.get_by_role("status").inner_text()) > 15
            assert fields.first.get_attribute("aria-invalid") == "true", text
    assert page.locator(f"{EXERCISE} img").count() == 0


NO_STORAGE = """for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("refused", "SecurityError"); } });"""


def test_a_browser_that_keeps_nothing(visit, chromium, address):
    context = chromium.new_context()
    context.add_init_script(NO_STORAGE)
    page = context.new_page()
    page.goto(f"{address}/{PAGES[0]}")
    page.wait_for_function("!document.querySelector('.resnet-widget:not([data-state])')")
    root = page.locator("#exercise-count-a-block")
    enter(page, root, "74112")
    assert root.get_attribute("data-correct") == "true"
    assert page.get_by_text(re.compile(r"^1 of \d+ solved$")).is_visible()  # until the page is left
    assert page.get_by_text("it is forgotten when you leave").is_visible()
    context.close()


def test_a_link_brings_the_same_numbers_and_a_bad_one_is_told(visit):
    page = visit(PAGES[0] + '#exercise:count-a-block={"seed":3}')
    root = page.locator("#exercise-count-a-block")
    asked = root.locator(".rn-question").inner_text()
    assert "Residual(64" not in asked
    assert 0 <= root.evaluate("e => e.getBoundingClientRect().top") < 900
    for bad in ('{"seed":-1}', '{"seed":1.5}', '{"seed":9000}', '{"sead":3}', '{"seed":"<b>"}', "{", "[]"):
        page = visit(PAGES[0] + f"#exercise:count-a-block={bad}")
        root = page.locator("#exercise-count-a-block")
        assert root.get_by_role("status").inner_text() and "Residual(64" in root.locator(".rn-question").inner_text()


@pytest.mark.parametrize("path", PAGES)
def test_without_javascript_the_questions_and_at_the_end_the_answers_stand_there(visit, path):
    page = visit(path, java_script_enabled=False)
    answers = page.locator(".tag_answers table")
    assert answers.is_visible()
    assert answers.locator("tbody tr").count() == visit(path).locator(EXERCISE).count() >= 6


def test_with_javascript_the_answers_are_for_paper(visit):
    page = visit(PAGES[0])
    assert not page.locator(".tag_answers").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".tag_answers").is_visible()
