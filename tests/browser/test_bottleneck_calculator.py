"""The bottleneck calculator on the page: both blocks term by term, the ratio, and the repair of what does not divide."""

import random

import pytest
from playwright.sync_api import expect
from widgets import choose, widget

from resnet_book.widgets import BottleneckCalculator

PAGE = "book/03_bottleneck_arithmetic.html"
LABELS = {"channels": "Channels", "reduction": "Reduction", "height": "Height", "width": "Width"}


@pytest.fixture
def calculator(visit):
    return widget(visit(PAGE), "bottleneck-calculator")


def terms(root, kind: str) -> dict[str, list[str]]:
    """The exact values of a block's table, by row."""
    table = root.get_by_role("region", name=f"Terms of the {kind} block").get_by_role("table")
    rows = table.locator("tbody tr, tfoot tr").evaluate_all(
        "rows => rows.map(r => [r.cells[0].firstChild.innerText, [...r.cells].slice(1).map(c => c.dataset.value)])"
    )
    return dict(rows)


def expected(state) -> dict[str, dict[str, list[str]]]:
    calculator = BottleneckCalculator(**state)
    tables = {}
    for kind, found in calculator.traces().items():
        tables[kind] = {row.name: [str(row.params), str(row.macs)] for row in found.rows}
        tables[kind]["Total"] = [str(found.params), str(found.macs)]
    ratio = calculator.ratio()
    tables["bottleneck"]["Of the basic block"] = [f"{ratio.numerator}/{ratio.denominator}"]
    return tables


def show(root, state) -> None:
    choose(root, Reduction=1)  # so that no step on the way is refused
    choose(root, **{LABELS[key]: state[key] for key in ("channels", "reduction", "height", "width")})
    choose(root, Comparison=state["comparison"])


def test_random_settings_agree_with_python(calculator):
    rng = random.Random(3)
    for _ in range(25):
        reduction = rng.choice([1, 2, 4, 8, 64])
        state = {
            "channels": rng.randint(1, 128) * reduction, "reduction": reduction, "height": rng.randint(1, 300),
            "width": rng.randint(1, 300), "comparison": rng.choice(["equal width", "equal inner width"]),
        }  # fmt: skip
        show(calculator, state)
        assert {kind: terms(calculator, kind) for kind in ("basic", "bottleneck")} == expected(state), state
        assert calculator.locator(".rn-message").inner_text() == ""


def test_the_two_comparisons_of_the_chapter(calculator):
    show(calculator, BottleneckCalculator().state())
    assert "17/288 ≈ 5.9 %" in calculator.locator(".rn-summary").inner_text()
    choose(calculator, Comparison="equal inner width")
    assert "69,632 / 73,728" in calculator.locator(".rn-summary").inner_text()
    assert "17/18 ≈ 94.4 %" in calculator.locator(".rn-summary").inner_text()


def test_channels_that_do_not_divide_keep_the_last_result(calculator):
    show(calculator, BottleneckCalculator().state())
    before = terms(calculator, "bottleneck")
    choose(calculator, Channels=258)
    message = calculator.locator(".rn-message").inner_text()
    assert "Channels" in message and "multiple of the reduction, 4" in message and "give 260" in message
    assert terms(calculator, "bottleneck") == before
    assert calculator.get_by_label("Channels", exact=True).get_attribute("aria-invalid") == "true"
    calculator.get_by_role("button", name="Apply fix").click()
    assert calculator.get_by_label("Channels", exact=True).input_value() == "260"
    assert calculator.locator(".rn-message").inner_text() == ""
    state = {**BottleneckCalculator().state(), "channels": 260}
    assert terms(calculator, "bottleneck") == expected(state)["bottleneck"]


def test_a_count_too_large_for_a_browser_is_refused_with_a_fix(calculator):
    show(calculator, {**BottleneckCalculator().state(), "channels": 8192, "height": 8192})
    choose(calculator, Width=8192)
    assert "what a browser counts exactly" in calculator.locator(".rn-message").inner_text()
    calculator.get_by_role("button", name="Apply fix").click()
    state = {**BottleneckCalculator().state(), "channels": 8192, "height": 224, "width": 224}
    assert terms(calculator, "basic") == expected(state)["basic"]


def test_impossible_entry_says_so_and_keeps_the_last_result(calculator):
    before = terms(calculator, "basic")
    for label in LABELS.values():
        usual = calculator.get_by_label(label, exact=True).input_value()
        for entry in ("0", "-4", "1.5", "", "8193", "1e400"):
            calculator.get_by_label(label, exact=True).fill(entry)
            message = calculator.locator(".rn-message").inner_text()
            assert label in message and "whole number from 1 to 8192" in message and "Repair" in message
            assert terms(calculator, "basic") == before
        calculator.get_by_label(label, exact=True).fill(usual)
        assert calculator.locator(".rn-message").inner_text() == ""


def test_a_bar_too_short_to_read_is_enlarged(calculator):
    show(calculator, BottleneckCalculator().state())
    picture = calculator.locator("figure svg")
    expect(picture).to_contain_text("enlarged")
    choose(calculator, Comparison="equal inner width")
    expect(picture).not_to_contain_text("enlarged")


def test_labels_do_not_contain_each_other(calculator):
    for wanted in [*LABELS.values(), "Comparison"]:
        assert calculator.get_by_label(wanted).count() == 1, wanted


def test_link_carries_the_state(visit):
    root = widget(visit(PAGE), "bottleneck-calculator")
    state = {**BottleneckCalculator().state(), "channels": 96, "reduction": 3, "comparison": "equal inner width"}
    show(root, state)
    root.get_by_role("button", name="Copy link").click()
    link = root.get_by_label("Copied text").input_value()
    again = widget(visit(PAGE + "#" + link.split("#")[1]), "bottleneck-calculator")
    assert terms(again, "bottleneck") == expected(state)["bottleneck"]
