"""Every figure in a notebook has words for those who cannot see it."""

import json

import pytest
from support import REPOSITORY

FIGURES = [
    pytest.param(cell, id=f"{path.stem}-{cell['id']}")
    for path in sorted((REPOSITORY / "book").glob("*.ipynb"))
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
    if any("image/png" in output.get("data", {}) for output in cell.get("outputs", ()))
]


@pytest.mark.parametrize("cell", FIGURES)
def test_a_figure_has_alternative_text(cell):
    said = cell["metadata"]["mystnb"]["image"]["alt"]
    assert len(said.split()) > 5 and said.endswith(".")


def test_there_are_figures():
    assert len(FIGURES) > 40
