"""Executing, checking and publishing notebooks."""

import json

import nbformat
import pytest

from resnet_book import notebooks

VIEW = "application/vnd.jupyter.widget-view+json"


def notebook(*sources, outputs=None):
    cells = [nbformat.v4.new_code_cell(source, execution_count=i) for i, source in enumerate(sources, 1)]
    for cell in cells:
        cell.outputs = outputs or [nbformat.v4.new_output("stream", text="1\n")]
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata.kernelspec = notebooks.KERNEL
    return made


@pytest.fixture
def stored(tmp_path):
    def store(made):
        nbformat.write(made, tmp_path / "a.ipynb")
        return tmp_path / "a.ipynb"

    return store


def test_a_complete_notebook_has_no_problems(stored):
    assert notebooks.check(stored(notebook("print(1)"))) == []


@pytest.mark.parametrize(
    "output, complaint",
    [
        (nbformat.v4.new_output("stream", name="stderr", text="warning"), "stderr"),
        (nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[]), "failed: ValueError"),
        (nbformat.v4.new_output("display_data", {VIEW: {"model_id": "1"}}), "widget view"),
        (nbformat.v4.new_output("stream", text="<object at 0x7f0123456789>"), "memory address"),
        (nbformat.v4.new_output("stream", text="/home/" + "me/file"), "path of this machine"),
    ],
)
def test_check_names_what_must_not_be_stored(stored, output, complaint):
    assert any(complaint in problem for problem in notebooks.check(stored(notebook("x", outputs=[output]))))


def test_check_notices_a_cleared_or_disordered_notebook(stored):
    cleared = notebook("1", "2")
    for cell in cleared.cells:
        cell.outputs, cell.execution_count = [], None
    assert len(notebooks.check(stored(cleared))) == 3
    disordered = notebook("1", "2")
    disordered.cells[1].execution_count = 7
    assert "not executed in order" in notebooks.check(stored(disordered))[0]


def test_execute_stores_outputs_and_a_record_and_is_the_same_twice(stored, tmp_path):
    path = stored(notebook("import math\nprint(math.pi)", "1 + 1"))
    record = notebooks.execute(path)
    first = path.read_text()
    assert "3.14159" in first and notebooks.check(path) == []
    assert json.loads((tmp_path / "status.json").read_text())["a.ipynb"] == record
    assert record["torch"] is None and record["device"] == "CPU" and record["seconds"] >= 0
    notebooks.execute(path)
    assert path.read_text() == first


def test_a_failing_cell_leaves_the_stored_notebook_alone(stored, tmp_path):
    path = stored(notebook("raise SystemError('no')"))
    before = path.read_text()
    with pytest.raises(Exception, match="no"):
        notebooks.execute(path)
    assert path.read_text() == before and not (tmp_path / "status.json").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["a.ipynb"]


def test_published_copies_set_up_colab(tmp_path):
    written = notebooks.publish("https://example.org/someone/book", tmp_path, "trunk")
    assert {path.parent for path in written} == {tmp_path / "book"}
    for path in written:
        setup = nbformat.read(path, as_version=4).cells[1].source
        assert "git clone" in setup and "--branch trunk https://example.org/someone/book" in setup
        assert "--no-deps d2l==1.0.3 anywidget==" in setup and "torch" not in setup


def test_publish_refuses_what_is_no_repository(tmp_path):
    with pytest.raises(ValueError, match="not the address"):
        notebooks.publish("somewhere", tmp_path)
