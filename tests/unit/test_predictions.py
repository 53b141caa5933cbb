"""What a page asks to predict is not said beside it: what folds a result, and what stands open around a prediction."""

import json
import re

import pytest
from support import REPOSITORY

MIME = "application/vnd.resnet-book.widget+json"
NOTEBOOKS = sorted((REPOSITORY / "book").glob("*.ipynb"))


def cells_of(path) -> list[dict]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    for cell in cells:
        cell["source"] = "".join(cell["source"])
        cell["tags"] = cell["metadata"].get("tags", [])
    return cells


def shown_by(cell: dict, mime: str) -> str | dict | None:
    found = [output["data"][mime] for output in cell.get("outputs", ()) if mime in output.get("data", {})]
    return found[0] if found else None


def asked(cell: dict) -> dict | None:
    """The prediction that a cell shows."""
    widget = shown_by(cell, MIME)
    return widget["state"] if widget and widget["widget"] == "prediction" else None


PREDICTIONS = [
    pytest.param(path, place, id=asked(cell)["key"])
    for path in NOTEBOOKS
    for place, cell in enumerate(cells_of(path))
    if asked(cell)
]


def open_text(cell: dict) -> str:
    """What a reader sees of a cell as the page opens."""
    if "result" in cell["tags"] or "answers" in cell["tags"] or asked(cell):
        return ""
    if cell["cell_type"] == "markdown":
        return cell["source"]
    code = cell["source"].split("\n")[0] if "apparatus" in cell["tags"] else cell["source"]
    printed = [
        "".join(output.get("text", "")) + "".join(output.get("data", {}).get("text/plain", ""))
        for output in cell["outputs"]
    ]
    return "\n".join([code, *printed])


def section(cells: list[dict], place: int) -> list[dict]:
    """The cells from the heading above a prediction to the next one below it."""
    heads = [
        i for i, cell in enumerate(cells) if cell["cell_type"] == "markdown" and re.search("^#+ ", cell["source"], re.M)
    ]
    first = max(i for i in heads if i < place)
    last = min((i for i in heads if i > place), default=len(cells))
    return cells[first:last]


def test_there_are_predictions():
    assert len(PREDICTIONS) > 50


@pytest.mark.parametrize(("path", "place"), PREDICTIONS)
def test_a_prediction_is_followed_by_its_result_and_by_nothing_between(path, place):
    after = cells_of(path)[place + 1]
    assert "result" in after["tags"]


NUMBERS = [
    pytest.param(section(cells_of(path), place), asked(cells_of(path)[place])["right"], id=key)
    for path, place, key in ((*each.values, each.id) for each in PREDICTIONS)
    if not isinstance(asked(cells_of(path)[place])["right"], (str, list))
]


@pytest.mark.parametrize(("cells", "right"), [each for each in NUMBERS if len(str(each.values[1])) > 1])
def test_no_number_nearby_is_the_one_that_is_asked_for(cells, right):
    text = "\n".join(map(open_text, cells))
    assert not {str(right), f"{right:,}"} & set(re.findall(r"(?<![\w.-])\d+(?:[.,]\d+)*", text))
