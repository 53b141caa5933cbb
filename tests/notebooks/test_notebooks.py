"""The notebooks are complete, and nbval would notice a wrong number. (nbval itself runs on `book/`, beside these tests.)"""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from resnet_book import notebooks

ROOT = Path(__file__).resolve().parents[2]
BOOKS = sorted((ROOT / "book").glob("*.ipynb"))


def test_there_are_notebooks():
    assert {"intro.ipynb", "01_residual_learning.ipynb"} <= {path.name for path in BOOKS}


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_stored_notebook_is_complete(path):
    assert notebooks.check(path) == []


def test_each_cell_whose_output_is_ignored_is_listed_and_asserts_instead():
    listed = (ROOT / "tests" / "SKIPS.md").read_text().split("Ignored outputs")[1]
    for path in BOOKS:
        cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        for cell, after in zip(cells, [*cells[1:], None]):
            if "nbval-ignore-output" in cell.metadata.get("tags", []):
                assert f"`book/{path.name}`" in listed
                assert after is not None and "assert " in after.source


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_notebook_is_thin(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert len(cell.source.splitlines()) <= 40, cell.source


def nbval(path: Path) -> subprocess.CompletedProcess:
    options = ["-p", "no:cacheprovider", "-q", "--rootdir", str(path.parent), "-c", "/dev/null"]
    command = [sys.executable, "-m", "pytest", "--nbval"]
    return subprocess.run([*command, *options, str(path)], capture_output=True, text=True, cwd=path.parent)


@pytest.mark.parametrize("stored, passes", [("25557032", True), ("25557033", False)])
def test_nbval_notices_a_wrong_number(tmp_path, stored, passes):
    source = f"import sys\nsys.path.insert(0, {str(ROOT / 'src')!r})\nfrom resnet_book import *\n"
    source += "trace(architecture('resnet50'), (3, 224, 224)).params"
    output = nbformat.v4.new_output("execute_result", {"text/plain": stored}, execution_count=1)
    cell = nbformat.v4.new_code_cell(source, execution_count=1, outputs=[output])
    notebook = nbformat.v4.new_notebook(cells=[cell])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, tmp_path / "one.ipynb")
    done = nbval(tmp_path / "one.ipynb")
    assert (done.returncode == 0) is passes, done.stdout + done.stderr
