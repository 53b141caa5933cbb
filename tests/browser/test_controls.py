"""What a control says and what the result says is one thing, and only what the reader meant changes it."""

import json

import pytest
from bench import INTERACTIONS, OPEN_ALL
from serving import pages_with
from widgets import choose, numbers, totals, widget

from resnet_book import architecture, trace

PAGES = ["book/intro.html"] + [f"book/{name}.html" for name in (
    "01_residual_learning", "02_one_by_one_convolutions", "03_bottleneck_arithmetic", "04_resnet18_on_fashion_mnist")]  # fmt: skip


def open_folds(page) -> None:
    """Show what is for the curious too."""
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")


def shown(page) -> list[dict]:
    """Of every tool: its controls' values by name, and its state as it copies it."""
    found = []
    open_folds(page)
    for root in page.locator("[data-widget]:has(> .rn-controls)").all():
        controls = root.locator(".rn-controls :is(input, select):visible").evaluate_all(
            "all => Object.fromEntries(all.map(e => [e.name, e.value]))"
        )
        root.get_by_role("button", name="Copy JSON").click()
        state = json.loads(root.get_by_label("Copied text").input_value())["state"]
        found.append({"controls": controls, "state": {key: str(value) for key, value in state.items()}})
    return found


@pytest.mark.parametrize("how", ["file", "served"])
@pytest.mark.parametrize("path", PAGES)
def test_after_back_controls_and_results_agree(visit, path, how):
    page = visit(path, how=how, quiet=False)  # leaving a page breaks off what it still loads
    open_folds(page)
    for select in page.locator("[data-widget] .rn-controls select").element_handles():
        if select.is_visible():  # what has no effect goes away
            select.select_option(index=select.evaluate("e => e.options.length - 1"))
    for field in page.locator("[data-widget] .rn-controls [role=spinbutton]:visible").all():
        field.press("ArrowUp")
    for slider in page.locator("[data-widget] .rn-controls [type=range]:visible").all():
        slider.press("ArrowLeft")
    page.goto(page.url.split("/book/")[0] + "/book/license.html")
    page.go_back()
    page.wait_for_function("!document.querySelector('.resnet-widget:not([data-state])')")
    page.wait_for_timeout(200)
    again = shown(page)
    assert again
    for tool in again:
        assert tool["controls"].items() <= tool["state"].items()  # some state has no control in the row of controls


def test_no_control_of_a_tool_is_filled_in_by_the_browser(visit):
    page = visit("book/02_one_by_one_convolutions.html")
    loose = page.locator("[data-widget] :is(input, select, textarea):not([autocomplete=off])")
    assert loose.count() == 0


@pytest.mark.parametrize(
    "typed", ["96", " 96 ", "９６", "٩٦", "۹۶", "९६", "+96", "\u200f96\u200e", "\u202b96\u202c"]
)  # fmt: skip
def test_a_number_may_be_written_as_the_readers_keyboard_writes_it(visit, typed):
    root = widget(visit("book/intro.html"), "network-tracer")
    control = root.get_by_label("Input size", exact=True)
    control.fill("")
    control.focus()
    root.page.keyboard.insert_text(typed)
    assert root.locator(".rn-message").inner_text() == ""
    assert numbers(root)["Total"][:4] == totals(trace(architecture("resnet50"), (3, 96, 96)))


@pytest.mark.parametrize("typed", ["1,024", "1 024", "1\u202f024", "1’024", "1_024"])
def test_thousands_may_be_grouped(visit, typed):
    root = widget(visit("book/intro.html"), "network-tracer")
    choose(root, Input_size=typed)
    assert numbers(root)["Total"][:4] == totals(trace(architecture("resnet50"), (3, 1024, 1024)))


@pytest.mark.parametrize(
    "typed", ["1.024", "96px", "1,02", "12,34", "−3", "½", "九十六", "<b>96</b>", "1e400", "NaN", "Infinity", "9" * 40]
)
def test_what_is_no_number_is_said_and_changes_nothing(visit, typed):
    root = widget(visit("book/intro.html"), "network-tracer")
    before = numbers(root)
    choose(root, Input_size=typed)
    assert "Input size" in root.locator(".rn-message").inner_text()
    assert root.locator(".rn-message b").count() == 0
    assert numbers(root) == before


def test_an_unfinished_composition_is_no_entry(visit):
    page = visit("book/intro.html")
    root = widget(page, "network-tracer")
    control = root.get_by_label("Input size", exact=True)
    control.fill("9")
    session = page.context.new_cdp_session(page)
    control.focus()
    session.send("Input.imeSetComposition", {"text": "６", "selectionStart": 1, "selectionEnd": 1})
    assert control.input_value() == "9６"
    session.send("Input.insertText", {"text": "６"})
    assert control.input_value() == "96"


def test_the_wheel_and_the_trackpad_change_nothing(visit):
    page = visit("book/02_one_by_one_convolutions.html")
    for control in page.locator("[data-widget] .rn-controls :is(input, select):visible").all():
        control.scroll_into_view_if_needed()
        control.focus()
        before = control.input_value()
        box = control.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        for x, y in ((0, 40), (0, -40), (30, 0)):
            page.mouse.wheel(x, y)
        page.wait_for_timeout(20)
        assert control.input_value() == before


def test_a_finger_that_scrolls_over_a_slider_does_not_move_it(visit):
    page = visit("book/02_one_by_one_convolutions.html", viewport={"width": 390, "height": 844}, has_touch=True)
    root = widget(page, "channel-mixer")
    slider = root.get_by_label("Weight of red", exact=True)
    slider.evaluate("e => e.scrollIntoView({ block: 'center', behavior: 'instant' })")
    page.wait_for_timeout(300)
    before, box, top = slider.input_value(), slider.bounding_box(), page.evaluate("scrollY")
    session = page.context.new_cdp_session(page)
    x, y = box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 12):
        session.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y - 20 * step}]})
        page.wait_for_timeout(16)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(300)
    assert page.evaluate("scrollY") > top + 60, "the page scrolled"
    assert slider.input_value() == before
    assert numbers(root)["Red"][1] == before
    # a finger that pulls it does
    slider.evaluate("e => e.scrollIntoView({ block: 'center', behavior: 'instant' })")
    page.wait_for_timeout(100)
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    session.send(
        "Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": box["x"] + box["width"] / 2, "y": y}]}
    )
    for step in range(1, 8):
        session.send(
            "Input.dispatchTouchEvent",
            {"type": "touchMove", "touchPoints": [{"x": box["x"] + box["width"] / 2 + 12 * step, "y": y}]},
        )
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert slider.input_value() != before


def test_the_arrow_keys_and_the_buttons_step(visit):
    page = visit("book/intro.html")
    root = widget(page, "network-tracer")
    control = root.get_by_role("spinbutton", name="Input size")
    for key, value in (("ArrowUp", "225"), ("PageUp", "235"), ("ArrowDown", "234"), ("PageDown", "224")):
        control.press(key)
        assert (control.input_value(), control.get_attribute("aria-valuenow")) == (value, value)
    control.fill("8191")
    control.press("PageUp")
    assert control.input_value() == "8192"
    control.fill("")
    control.press("ArrowDown")
    assert control.input_value() in ("8191", "1")
    choose(root, Input_size=224)
    control.hover()
    control.locator("xpath=..").locator(".rn-step", has_text="+").click()
    assert control.input_value() == "225"
    assert numbers(root)["Total"][:4] == totals(trace(architecture("resnet50"), (3, 225, 225)))


@pytest.mark.parametrize("button", ["Apply fix"])
def test_after_the_fix_the_focus_is_on_what_was_mended(visit, button):
    root = widget(visit("book/01_residual_learning.html"), "residual-block")
    root.get_by_role("button", name=button).press("Enter")
    assert root.get_by_label("Shortcut", exact=True).evaluate("e => e === document.activeElement")
    choose(root, Height="0")
    root.get_by_role("button", name=button).press("Enter")
    assert root.get_by_label("Height", exact=True).evaluate("e => e === document.activeElement")


def test_no_channels_are_mended_to_what_the_reduction_divides(visit):
    root = widget(visit("book/03_bottleneck_arithmetic.html"), "bottleneck-calculator")
    choose(root, Reduction=8, Channels=0)
    assert "give 8" in root.locator(".rn-message").inner_text()
    root.get_by_role("button", name="Apply fix").click()
    assert root.locator(".rn-message").inner_text() == ""
    assert root.get_by_label("Channels", exact=True).input_value() == "8"


def test_the_papers_widths_are_named_at_the_papers_reduction_alone(visit):
    root = widget(visit("book/03_bottleneck_arithmetic.html"), "bottleneck-calculator")
    choose(root, Comparison="equal inner width", Reduction=4)
    assert "as in the paper" in root.locator(".rn-summary").inner_text()
    choose(root, Reduction=2)
    assert "paper" not in root.locator(".rn-summary").inner_text()


def test_a_stride_larger_than_the_map_is_said(visit):
    root = widget(visit("book/01_residual_learning.html"), "residual-block")
    choose(root, Shortcut="projection", Height=56, Width=56, Stride=60)
    assert "larger than the map" in root.locator(".rn-trap").inner_text()
    choose(root, Stride=2)
    assert not root.locator(".rn-trap").is_visible()


@pytest.mark.parametrize("case", INTERACTIONS, ids=lambda case: f"{case}, {case.control}")
def test_what_make_bench_moves_stands_on_a_page(visit, case):
    page = visit(pages_with(f'{case.widget}"')[0])
    page.evaluate(OPEN_ALL)
    root = widget(page, case.widget)
    choose(root, **{name.replace(" ", "_"): value for name, value in case.given.items()})
    assert root.get_by_label(case.control, exact=True).is_visible()
