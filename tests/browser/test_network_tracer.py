"""The network tracer on the page says what the Python tracer says."""

import json
import random

import pytest
from widgets import choose, expected, numbers, totals, widget

from resnet_book import architecture, trace
from resnet_book.architectures import names, options

PAGE = "book/intro.html"


@pytest.fixture
def tracer(visit):
    return widget(visit(PAGE), "network-tracer")


def test_every_architecture_at_random_inputs(tracer):
    random.seed(20)
    for name in names():
        channels, size = random.randint(1, 8), random.choice([1, 7, 32, 96, 224, 333, 1024])
        choose(tracer, Architecture=name, Input_channels=channels, Input_size=size)
        keywords = {"in_channels": channels}
        if "version" in options(name):
            keywords["version"] = random.choice(["v1", "v1.5"])
            choose(tracer, Version=keywords["version"])
        if "shortcut" in options(name):
            keywords["shortcut"] = random.choice("ABC")
            choose(tracer, Shortcut=keywords["shortcut"])
        unit, factor = random.choice([("MACs", 1), ("FLOPs", 2)])
        choose(tracer, Unit=unit)
        found, shown = trace(architecture(name, **keywords), (channels, size, size)), numbers(tracer)
        assert shown["Total"][:4] == totals(found, factor), name
        for row in found.groups(1):
            assert shown[row.name] == expected(row, factor), f"{name}: {row.name}"


def test_stage_opens_into_blocks_and_layers(tracer):
    tracer.get_by_role("button", name="layer2", exact=True).click()
    tracer.get_by_role("button", name="0", exact=True).click()
    found, shown = trace(architecture("resnet50"), (3, 224, 224)), numbers(tracer)
    for index in range(1, 4):
        row = next(row for row in found.groups(2) if row.name == f"layer2.{index}")
        assert shown[str(index)] == expected(row)
    for row in found.rows:
        if row.name.startswith("layer2.0.") and not row.name.endswith("relu"):
            assert shown[row.name.removeprefix("layer2.")] == expected(row)


def test_largest_network_opens(tracer):
    choose(tracer, Architecture="cifar-resnet1202", Input_size=32)
    tracer.get_by_role("button", name="layer3", exact=True).click()
    assert tracer.locator('tr[data-level="1"]').count() == 200


def test_column_headers(tracer):
    heads = tracer.locator("thead th").all_inner_texts()
    assert heads == ["Layer", "Output shape", "Parameters", "MACs", "Activations", "Receptive field"]
    choose(tracer, Unit="FLOPs")
    assert tracer.locator("thead th").nth(3).inner_text() == "FLOPs"


def test_why_41_and_not_38(tracer):
    assert "v1) it would cost 3.858 G MACs" in tracer.inner_text()
    choose(tracer, Version="v1")
    assert "v1.5) it would cost 4.089 G MACs" in tracer.inner_text()


@pytest.mark.parametrize("entry", ["0", "-3", "1.5", "", "8193", "1e400"])
@pytest.mark.parametrize("label", ["Input size", "Input channels"])
def test_impossible_entry_says_so_and_keeps_the_last_trace(tracer, label, entry):
    choose(tracer, Input_size=96)
    before = numbers(tracer)
    tracer.get_by_label(label, exact=True).fill(entry)
    message = tracer.locator(".rn-message").inner_text()
    assert label in message and "whole number from 1 to" in message and "Repair" in message
    assert numbers(tracer) == before
    assert tracer.get_by_label(label, exact=True).get_attribute("aria-invalid") == "true"
    tracer.get_by_role("button", name="Apply fix").click()
    assert tracer.locator(".rn-message").inner_text() == ""
    assert tracer.get_by_label(label, exact=True).get_attribute("aria-invalid") is None


def test_text_that_is_no_number(tracer):
    before = numbers(tracer)
    control = tracer.get_by_label("Input size", exact=True)
    control.focus()
    control.press("Control+a")
    control.press_sequentially("e-")
    assert "Input size" in tracer.locator(".rn-message").inner_text()
    assert numbers(tracer) == before


def test_network_too_large_to_count_is_refused(tracer):
    choose(tracer, Architecture="cifar-resnet1202", Input_size=8192)
    found = trace(architecture("cifar-resnet1202"), (3, 8192, 8192))
    assert numbers(tracer)["Total"][:4] == totals(found)


def test_link_carries_the_state(visit):
    page = visit(PAGE)
    root = widget(page, "network-tracer")
    choose(root, Architecture="resnet34", Input_size=160, Input_channels=4)
    before = numbers(root)
    root.get_by_role("button", name="Copy link").click()
    link = root.get_by_label("Copied text").input_value()
    again = visit(PAGE + "#" + link.split("#")[1])
    assert numbers(widget(again, "network-tracer")) == before
    assert widget(again, "network-tracer").get_by_label("Architecture", exact=True).input_value() == "resnet34"


def test_json_carries_the_state(tracer):
    choose(tracer, Architecture="resnet34")
    tracer.get_by_role("button", name="Copy JSON").click()
    copied = json.loads(tracer.get_by_label("Copied text").input_value())
    assert copied["widget"] == "network-tracer" and copied["state"]["architecture"] == "resnet34"


@pytest.mark.parametrize(
    "state",
    ["%7B%22architect", "%E0%A4%A", "5", "[]", "null", '{"foo":1}', '{"architecture":"vgg16"}',
     '{"input_size":"<b>"}', '{"input_size":-1}', '{"input_size":[224]}', '{"__proto__":{"x":1}}', '{"input_size":true}'],
)  # fmt: skip
def test_corrupt_or_foreign_link_says_so_and_keeps_the_default(visit, state):
    root = widget(visit(f"{PAGE}#network-tracer={state}"), "network-tracer")
    assert "Repair" in root.locator(".rn-message").inner_text()
    assert numbers(root)["Total"][:4] == totals(trace(architecture("resnet50"), (3, 224, 224)))


def test_keyboard_only(visit):
    page = visit(PAGE)
    root = widget(page, "network-tracer")
    control = root.get_by_label("Architecture", exact=True)
    for _ in range(200):
        page.keyboard.press("Tab")
        if control.evaluate("e => e === document.activeElement"):
            break
    else:
        pytest.fail("the Tab key never reaches the first control")
    page.keyboard.press("ArrowDown")
    assert control.input_value() == "resnet101"
    assert numbers(root)["Total"][:4] == totals(trace(architecture("resnet101"), (3, 224, 224)))
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText") == "layer1":
            break
    page.keyboard.press("Enter")
    assert root.locator('tr[data-level="1"]').count() == 3


def test_usual_input_is_one_click_away(tracer):
    choose(tracer, Architecture="resnet18-d2l")
    tracer.get_by_role("button", name="Use what it was made for").click()
    assert numbers(tracer)["Total"][:4] == totals(trace(architecture("resnet18-d2l"), (1, 96, 96)))


def test_labels_do_not_contain_each_other(tracer):
    labels = tracer.locator("label").all_inner_texts()
    for wanted in ["Architecture", "Version", "Input channels", "Input size", "Unit"]:
        assert sum(wanted.lower() in label.lower() for label in labels) == 1
        assert tracer.get_by_label(wanted).count() == 1
