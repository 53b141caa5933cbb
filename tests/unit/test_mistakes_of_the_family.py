"""Forty mistakes in networks of the ResNet family: `check` and `measure` name the line and give the same repair."""

import linecache

import pytest
from mistaken.mistakes import MISTAKES, NAMES, SHAPES, M, changed

from resnet_book import ShapeError, measure
from resnet_book.fake_torch import check_source


@pytest.mark.parametrize("text", SHAPES)
def test_the_networks_are_right_as_they_stand(text):
    found = check_source(text, inputs=[SHAPES[text]])
    assert found["errors"] == [] and found["network"] == f"{NAMES[text]}()"


def said_by_measure(text, kind, shape, file):
    """The words of the error, or all notes."""
    linecache.cache[file] = (len(text), None, text.splitlines(True), file)
    names = {}
    exec(compile(text, file, "exec"), names)
    try:
        return " ".join(measure(names[kind]().eval(), shape).notes)
    except ShapeError as error:
        return f"{error.where}: got {error.got}; expected {error.expected}; fix: {error.fix}"


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_at_its_line_with_its_repair_and_by_both_alike(name):
    base, _, _, line, fix, who = MISTAKES[name]
    text = changed(name)
    found = check_source(text, "net.py", inputs=[SHAPES[base]])
    errors = found["errors"]
    if line:
        first = errors[0]
        assert text.split("\n")[first["line"] - 1].strip().startswith(line), first
        assert fix in first["fix"], first
        told = first["message"]
    else:
        assert errors == [], errors
        told = next(note for note in found["notes"] if fix in note)
    if who == M:
        by_measure = said_by_measure(text, NAMES[base], SHAPES[base], f"{name}.py")
        assert told == by_measure if line else told in by_measure
