"""The convolution arithmetic on the page says what torch says, with mouse and keyboard, and refuses what cannot be."""

import random

import pytest
import torch
import torch.nn.functional as F
from widgets import choose, numbers, widget

from resnet_book.widgets.conv_arithmetic import ConvArithmetic

PAGE = "book/02_one_by_one_convolutions.html"
LABELS = ["Input size", "Kernel", "Stride", "Padding", "Dilation"]
EASY = {"Kernel": 1, "Dilation": 1, "Stride": 1, "Padding": 1}


@pytest.fixture
def grid(visit):
    return widget(visit(PAGE), "conv-arithmetic")


def value(root, quantity: str) -> str:
    return numbers(root)[quantity][0]


def test_random_settings_agree_with_torch(grid):
    rng = random.Random(21)
    met = 0
    for _ in range(40):
        n, k, s, p, d = rng.randint(1, 40), rng.randint(1, 7), rng.randint(1, 4), rng.randint(0, 3), rng.randint(1, 3)
        choose(grid, **EASY)
        choose(grid, Input_size=n, Stride=s, Padding=p, Dilation=d, Kernel=k)
        x = torch.ones(1, 1, n, n, requires_grad=True)
        try:
            y = F.conv2d(x, torch.ones(1, 1, k, k), stride=s, padding=p, dilation=d)
        except RuntimeError:
            assert "what the kernel covers" in grid.locator(".rn-message").inner_text()
            continue
        met += 1
        (looks,) = torch.autograd.grad(y.sum(), x)
        m = y.shape[-1]
        assert value(grid, "Output size") == str(m)
        assert value(grid, "MACs") == str(m * m * k * k)
        assert value(grid, "Pixels never seen") == str(int((looks == 0).sum()))
        assert f"= floor(({n} + 2·{p} − {d}·({k} − 1) − 1) / {s}) + 1" in grid.locator(".rn-formula").inner_text()
        assert f"+ 1 = {m}" in grid.locator(".rn-formula").inner_text()
    assert met > 20


def test_kernel_larger_than_its_padded_input_says_so_and_is_mended(grid):
    choose(grid, Input_size=5, Stride=1, Padding=0, Dilation=1)
    before = numbers(grid)
    choose(grid, Kernel=9)
    message = grid.locator(".rn-message").inner_text()
    assert "at least 9x9" in message and "padding 2, or a kernel of at most 5" in message
    assert grid.get_by_label("Kernel", exact=True).get_attribute("aria-invalid") == "true"
    assert numbers(grid) == before
    grid.get_by_role("button", name="Apply fix").click()
    assert grid.locator(".rn-message").inner_text() == ""
    assert grid.get_by_label("Padding", exact=True).input_value() == "2"
    assert value(grid, "Output size") == "1"


@pytest.mark.parametrize("label", [*LABELS, "Output row", "Output column"])
def test_impossible_entry_says_so_and_keeps_the_last_result(grid, label):
    choose(grid, Input_size=7, Kernel=3, Stride=1, Padding=1, Dilation=1)
    before = numbers(grid)
    for entry in ["-1", "2.5", "", "1e99", "9999999"]:
        grid.get_by_label(label, exact=True).fill(entry)
        message = grid.locator(".rn-message").inner_text()
        assert label in message and "Repair" in message
        assert numbers(grid) == before
    for _ in range(2):  # the largest kernel still has to fit
        fix = grid.get_by_role("button", name="Apply fix")
        if fix.count():
            fix.click()
    assert grid.locator(".rn-message").inner_text() == ""


def test_zero_is_a_padding_and_no_stride(grid):
    choose(grid, Padding=0)
    assert grid.locator(".rn-message").inner_text() == ""
    choose(grid, Stride=0)
    assert "a whole number from 1" in grid.locator(".rn-message").inner_text()


def test_an_output_is_marked_by_number_by_button_and_by_mouse(grid):
    choose(grid, Input_size=7, Kernel=3, Stride=2, Padding=1, Dilation=1)
    row, column = (grid.get_by_label(name, exact=True) for name in ("Output row", "Output column"))
    choose(grid, Output_row=1, Output_column=2)
    sees = grid.locator("[aria-live]")
    assert "rows 1 to 3, columns 3 to 5" in sees.inner_text() and "padding" not in sees.inner_text()
    grid.get_by_role("button", name="Next").press("Enter")
    assert (row.input_value(), column.input_value()) == ("1", "3")
    column.press("ArrowDown")
    assert column.input_value() == "2"
    for _ in range(7):
        grid.get_by_role("button", name="Previous").press("Enter")
    assert (row.input_value(), column.input_value()) == ("3", "3"), "from the first position back to the last"
    assert "5 of them padding" in sees.inner_text()
    cells = grid.locator(".rn-hit")
    box = cells.bounding_box()
    cells.click(position={"x": box["width"] * 0.6, "y": box["height"] * 0.1})
    assert (row.input_value(), column.input_value()) == ("0", "2")


def test_a_marked_output_that_is_gone_moves_to_the_nearest(grid):
    choose(grid, Input_size=7, Kernel=3, Stride=1, Padding=1, Dilation=1)
    choose(grid, Output_row=6)
    choose(grid, Stride=2)
    assert grid.get_by_label("Output row", exact=True).input_value() == "3"
    choose(grid, Output_row=5)
    assert "0 to 3" in grid.locator(".rn-message").inner_text()


def test_what_one_output_sees_is_told_apart_without_colour(grid):
    choose(grid, Input_size=7, Kernel=3, Stride=2, Padding=1, Dilation=1)
    choose(grid, Output_row=0, Output_column=1)
    signs = [
        grid.locator(name).first.get_attribute("d").count("z") for name in (".rn-seen", ".rn-seen-dot", ".rn-seen-zero")
    ]
    assert signs == [9, 6, 3]
    choose(grid, Kernel=1, Padding=0)
    assert grid.locator(".rn-unseen").get_attribute("d").count("M") == 7 * 7 - 16
    assert "× never seen" in grid.locator("figcaption").inner_text()


def test_a_large_map_is_cut_and_a_large_window_is_drawn_to_scale(grid):
    choose(grid, Input_size=8192, Kernel=3, Stride=1, Padding=1, Dilation=1)
    choose(grid, Output_row=4000)
    assert grid.locator("svg *").count() < 200
    assert "rows 3,989 to 4,010" in grid.locator("figcaption").inner_text()
    choose(grid, Kernel=1001)
    assert "without cells" in grid.locator("figcaption").inner_text()
    assert value(grid, "Window") == "1001x1001"
    assert "[object" not in grid.locator("svg").text_content()


def test_the_table_is_the_one_of_readers_without_javascript(grid):
    settings = {"input_size": 15, "kernel_size": 2, "stride": 3, "padding": 1, "dilation": 2}
    choose(grid, **EASY)
    choose(grid, Input_size=15, Kernel=2, Stride=3, Padding=1, Dilation=2)
    rows = {name: text.replace(",", "") for name, text, _ in ConvArithmetic(**settings).fallback().rows}
    assert {name: cells[0] for name, cells in numbers(grid).items()} == rows


def test_labels_do_not_contain_each_other(grid):
    for wanted in [*LABELS, "Output row", "Output column"]:
        assert grid.get_by_label(wanted).count() == 1, wanted


def test_a_link_brings_the_state_back(visit):
    state = '{"input_size":9,"kernel_size":5,"stride":2,"padding":2,"dilation":1,"row":4,"column":0}'
    root = widget(visit(f"{PAGE}#conv-arithmetic={state}"), "conv-arithmetic")
    assert value(root, "Output size") == "5"
    assert root.get_by_label("Output row", exact=True).input_value() == "4"
