"""The error reader on the page: a message is pasted and answered with its own numbers; nothing in it is run as HTML."""

import json

import pytest
from widgets import widget

PAGE = "book/shape_errors.html"


@pytest.fixture
def reader(visit):
    return widget(visit(PAGE), "error-reader")


def paste(root, text: str) -> str:
    root.get_by_label("Error message", exact=True).fill(text)
    return root.get_by_role("status").inner_text()


def test_a_message_is_answered_with_its_own_numbers(reader):
    assert "takes 56 to 28" in reader.get_by_role("status").inner_text()
    said = paste(reader, "RuntimeError: mat1 and mat2 shapes cannot be multiplied (3x4608 and 512x7)")
    assert "4608 = 512 × 3 × 3" in said and "nn.Linear(4608, 7)" in said
    reader.get_by_role("button", name="Copy JSON").click()
    copied = json.loads(reader.get_by_label("Copied text").input_value())
    assert copied["widget"] == "error-reader" and "3x4608" in copied["state"]["message"]


def test_the_answer_leads_to_its_section(reader):
    paste(reader, "running_mean should contain 16 elements not 24")
    link = reader.get_by_role("link", name="The smallest program that raises it")
    assert link.get_attribute("href") == "#running-mean"
    assert reader.page.locator("#running-mean").count() == 1


def test_unknown_long_and_hostile_texts(reader):
    assert "not among those" in paste(reader, "<img src=x onerror=alert(1)>")
    assert reader.locator("img").count() == 0
    said = paste(reader, "size mismatch <b>" + "x" * 20_000)
    assert "at most 20000" in said and reader.get_by_label("Error message").get_attribute("aria-invalid") == "true"
    reader.get_by_role("button", name="Clear").click()
    assert "Paste a message" in reader.get_by_role("status").inner_text()


def test_a_link_carries_the_message(reader):
    paste(reader, "Target 12 is out of bounds.")
    reader.get_by_role("button", name="Copy link").click()
    link = reader.get_by_label("Copied text").input_value()
    reader.page.goto("about:blank")
    reader.page.goto(link)
    assert "at least 13 outputs" in reader.get_by_role("status").inner_text()
