"""The residual block on the page says what Python says, shows the mismatch, and repairs it."""

import random

import pytest
import torch
from widgets import choose, expected, numbers, totals, widget

from resnet_book import Block, ShapeError, build, measure, trace
from resnet_book.tracing import attempt

PAGE = "book/01_residual_learning.html"
KEYS = ("Block", "Input_channels", "Output_channels", "Height", "Width", "Stride", "Shortcut")


@pytest.fixture
def block(visit):
    return widget(visit(PAGE), "residual-block")


def described(settings):
    kind, c, d, height, width, stride, shortcut = (settings[key] for key in KEYS)
    return Block(kind, c, d, stride, "none" if kind == "plain" else shortcut), (c, height, width)


def random_settings(rng):
    channels = rng.choice([1, 2, 3, 8, 16, 64, 256])
    return {
        "Block": rng.choice(["basic", "bottleneck", "plain"]),
        "Input_channels": channels,
        "Output_channels": rng.choice([channels, 2 * channels, 6, 64, 128]),
        "Height": rng.choice([1, 5, 8, 32, 56, 57]),
        "Width": rng.choice([1, 6, 8, 32, 56]),
        "Stride": rng.choice([1, 1, 2, 3]),
        "Shortcut": rng.choice(["identity", "projection", "pad"]),
    }


def set_all(root, settings):
    if settings["Block"] == "plain":
        settings = {key: value for key, value in settings.items() if key != "Shortcut"}
    choose(root, **settings)


def test_random_settings_agree_with_python(block):
    rng = random.Random(4)
    met = 0
    for _ in range(60):
        settings = random_settings(rng)
        choose(block, Block="basic", Shortcut="projection")  # from a setting that works
        set_all(block, settings)
        message = block.locator(".rn-message").inner_text()
        try:
            what, shape = described(settings)
        except ShapeError as error:
            assert error.expected in message
            continue
        found, error = attempt(what, shape)
        shown = numbers(block)
        assert shown["Total"][:4] == totals(found), settings
        for row in found.rows:
            if row.name != "relu":
                assert shown[row.name] == expected(row), settings
        if error:
            assert error.fix in message and error.expected in message
        else:
            met += 1
            assert message == ""
    assert met > 20


def test_mismatch_shows_its_repair_and_apply_fix_mends_it(block):
    choose(
        block, Block="basic", Input_channels=64, Output_channels=128, Height=56, Width=56, Stride=2, Shortcut="identity"
    )
    message = block.locator(".rn-message").inner_text()
    assert "1x1 convolution 64 -> 128, stride 2" in message
    assert "≠" in block.locator("svg").first.text_content()
    block.get_by_role("button", name="Apply fix").click()
    assert block.locator(".rn-message").inner_text() == ""
    assert block.get_by_label("Shortcut", exact=True).input_value() == "projection"
    found = trace(Block("basic", 64, 128, 2, "projection"), (64, 56, 56))
    assert numbers(block)["Total"][:4] == totals(found)
    assert "≠" not in block.locator("svg").first.text_content()


def test_padding_cannot_take_channels_away_and_the_fix_is_a_projection(block):
    choose(block, Block="basic", Input_channels=64, Output_channels=32, Height=8, Width=8, Stride=1, Shortcut="pad")
    assert "1x1 convolution 64 -> 32, stride 1" in block.locator(".rn-message").inner_text()
    block.get_by_role("button", name="Apply fix").click()
    assert block.get_by_label("Shortcut", exact=True).input_value() == "projection"


def test_silent_broadcast_is_named(block):
    choose(block, Block="basic", Input_channels=1, Output_channels=6, Height=8, Width=8, Stride=1, Shortcut="identity")
    trap = block.locator(".rn-trap")
    assert trap.is_visible() and "PyTorch raises no error" in trap.inner_text() and "6 × 8 × 8" in trap.inner_text()
    net = build(Block("basic", 1, 6))
    assert net(torch.ones(1, 1, 8, 8)).shape == (1, 6, 8, 8)
    choose(block, Shortcut="projection")
    assert not trap.is_visible()


def test_bottleneck_that_does_not_divide_by_four(block):
    choose(block, Output_channels=66)
    choose(block, Block="bottleneck")
    assert "multiple of 4" in block.locator(".rn-message").inner_text()
    block.get_by_role("button", name="Apply fix").click()
    assert block.get_by_label("Output channels", exact=True).input_value() == "68"


@pytest.mark.parametrize("label", ["Input channels", "Output channels", "Height", "Width", "Stride"])
@pytest.mark.parametrize("entry", ["0", "-1", "2.5", "", "1e99", "9999999"])
def test_impossible_entry_says_so_and_keeps_the_last_trace(block, label, entry):
    before = numbers(block)
    block.get_by_label(label, exact=True).fill(entry)
    message = block.locator(".rn-message").inner_text()
    assert label in message and "whole number" in message and "Repair" in message
    assert numbers(block) == before


def test_shown_code_runs_and_is_the_block(block):
    rng = random.Random(9)
    ran = 0
    while ran < 12:
        settings = random_settings(rng)
        try:
            what, shape = described(settings)
            found = trace(what, shape)
        except ShapeError:
            continue
        choose(block, Block="basic", Shortcut="projection")
        set_all(block, settings)
        code = block.locator("pre code").inner_text()
        scope: dict = {}
        exec(code.split("x = torch.randn")[0], scope)
        net = scope["Block"]()
        assert [p.shape for p in net.state_dict().values()] == [p.shape for p in build(what).state_dict().values()]
        measured = measure(net, shape)
        assert (measured.output_shape, measured.params, measured.macs) == (found.output_shape, found.params, found.macs)
        ran += 1


def test_shortcut_does_not_apply_to_a_plain_block(block):
    choose(block, Block="plain")
    assert block.get_by_label("Shortcut", exact=True).is_disabled()
    assert "add" not in numbers(block)


def test_labels_do_not_contain_each_other(block):
    for wanted in ["Block", "Input channels", "Output channels", "Height", "Width", "Stride", "Shortcut"]:
        assert block.get_by_label(wanted).count() == 1, wanted


def test_attribute_marks_the_widget_and_nothing_else(visit):
    page = visit(PAGE)
    for root in page.locator("[data-widget]:has(> .rn-controls)").all():
        assert root.locator("[data-widget]").count() == 0
        assert root.locator("table").count() == 1
