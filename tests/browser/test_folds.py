"""What is folded on a page opens when it is asked for: results after a guess, code by its switch, anything by a link."""

import re

import pytest
from serving import SITE, pages, pages_with

PAGES = pages_with('prediction"')
FOLDED = [path for path in pages() if "further-fold" in (SITE / path).read_text(encoding="utf-8")]
CHAPTERS = [path for path in pages() if re.search(r"book/\d\d_", path)]
MOST = 12_000  # pixels a chapter is high as it opens, at a width of 1100


def test_there_are_predictions_and_sections_for_the_curious():
    chapters = {
        "01_residual_learning",
        "02_one_by_one_convolutions",
        "03_bottleneck_arithmetic",
        "04_resnet18_on_fashion_mnist",
    }
    assert {f"book/{chapter}.html" for chapter in chapters} <= set(PAGES) & set(FOLDED)


@pytest.mark.parametrize("path", PAGES)
def test_a_result_opens_after_a_guess_and_is_compared(visit, path):
    page = visit(path)
    for root in page.locator('[data-widget="prediction"]').all():
        key = root.get_attribute("id").removeprefix("prediction-")
        fold = page.locator(f'[id="result-{key}"]')
        assert (
            fold.get_attribute("hidden") == "until-found" and not fold.locator("p, pre, img, table").first.is_visible()
        )
        root.evaluate(
            "e => { for (let at = e; at; at = at.parentElement) if (at.localName === 'details') at.open = true; }"
        )
        if root.get_by_role("radio").count():
            assert root.get_by_role("group", name="Your guess").count() == 1
            root.get_by_role("radio").first.check()
        else:
            root.get_by_label("Your guess", exact=True).fill("12 or so")
        root.get_by_role("button", name="Show the result").focus()
        page.keyboard.press("Enter")
        assert fold.get_attribute("hidden") is None
        assert re.search("guess", root.get_by_role("status").inner_text())
        assert fold.evaluate("e => e.offsetHeight") > 20


@pytest.mark.parametrize("path", PAGES)
def test_results_are_open_without_javascript_and_on_paper(visit, path):
    page = visit(path, java_script_enabled=False)
    heights = page.locator(".result-fold").evaluate_all(
        "all => all.filter(e => !e.closest('details')).map(e => e.offsetHeight)"
    )
    assert heights and min(heights) > 20
    page = visit(path)
    page.emulate_media(media="print")
    heights = page.locator(".result-fold").evaluate_all(
        "all => all.filter(e => !e.closest('details')).map(e => e.offsetHeight)"
    )
    assert heights and min(heights) > 20


@pytest.mark.parametrize("path", PAGES)
def test_a_link_into_a_result_or_a_section_opens_it(visit, path):
    page = visit(path)
    ids = page.locator(".result-fold, section.further").evaluate_all("all => all.map(e => e.id)")
    for name in ids[:2] + ids[-2:]:
        page = visit(f"{path}#{name}")
        target = page.locator(f'[id="{name}"]')
        assert target.evaluate(
            "e => e.closest('[hidden]') === null && (e.querySelector(':scope > details')?.open ?? true)"
        )
        assert target.evaluate("e => e.parentElement.closest('details:not([open])')") is None
    page = visit(path)  # and into the page that is open already
    page.evaluate("id => { location.hash = id; }", ids[0])
    page.wait_for_function("id => document.getElementById(id).closest('[hidden]') === null", arg=ids[0])


def test_one_switch_shows_all_code_and_is_remembered(visit):
    page = visit(PAGES[0])
    closed = page.locator("details.apparatus:not([open])")
    code = page.locator(".widget-call > .cell_input").first
    assert closed.count() > 3 and not code.is_visible()
    switch = page.get_by_role("checkbox", name="Show all code")
    switch.check()
    assert closed.count() == 0 and code.is_visible()
    page.reload()
    page.wait_for_function("!document.querySelector('.resnet-widget:not([data-state])')")
    assert switch.is_checked() and closed.count() == 0
    switch.uncheck()
    assert closed.count() > 3


@pytest.mark.parametrize("path", CHAPTERS)
def test_a_chapter_opens_no_higher_than_it_may(visit, path):
    page = visit(path, viewport={"width": 1100, "height": 900})
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollHeight") <= MOST


@pytest.mark.parametrize("path", CHAPTERS)
@pytest.mark.parametrize("width", [1280, 390])
def test_no_line_of_code_is_cut_off(visit, path, width):
    page = visit(path, viewport={"width": width, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach(fold => (fold.open = true))")
    wide = page.locator(".cell_input pre, .cell_output pre").evaluate_all(
        "all => all.filter(e => e.offsetParent && e.scrollWidth > e.clientWidth + 1).map(e => e.innerText.slice(0, 80))"
    )
    assert wide == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
