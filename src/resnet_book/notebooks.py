"""Execute the book's notebooks, check what is stored in them, and make the copies that Colab opens.

    python -m resnet_book.notebooks execute [FILES]
    python -m resnet_book.notebooks check [FILES]
    python -m resnet_book.notebooks publish --repository URL OUTDIR

A stored notebook holds its outputs and nothing that differs from one run or one machine to the next: no times, no
model ids, no widget views (a widget is stored as its state and its text), no paths.
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from .files import replace_file

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "book"
VIEW_MIME = "application/vnd.jupyter.widget-view+json"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
CELL_METADATA = ("tags", "mystnb")
OUTPUT_METADATA = ("image/png", "needs_background")  # a figure's size, and that it is ink on nothing
TIMEOUT = 600  # seconds a cell
MACHINE_PATH = re.compile(
    r"(?:/home/|/Users/|/root/|/tmp/|/work/|\b[A-Z]:\\|site-packages|dist-packages|ipykernel_\d+)"
)
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,16}\b")

PROBE = """
import json as _json, sys as _sys
_torch = _sys.modules.get("torch")
_gpu = _torch is not None and _torch.cuda.is_available()
print(_json.dumps({
    "torch": _torch.__version__.split("+")[0] if _torch else None,
    "device": _torch.cuda.get_device_name(0) if _gpu else "CPU",
}))
"""


def execute(path: Path, status: Path | None = None) -> dict:
    """Run a notebook from its first cell to its last, in its own folder, and store it stripped.

    Args:
        path: the notebook; rewritten in place, and left alone when a cell fails.
        status: the file of records to update, by default `status.json` beside the notebook.

    Returns:
        The record: date (UTC), seconds, python, torch (None when it was not imported), platform, device.

    Raises:
        nbclient.exceptions.CellExecutionError: when a cell fails that is not tagged `raises-exception`.
    """
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name=KERNEL["name"],
        resources={"metadata": {"path": str(path.resolve().parent)}},
        record_timing=False,
        store_widget_state=False,
    )
    start = time.perf_counter()
    probe = new_code_cell(PROBE)
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        seconds = time.perf_counter() - start
        notebook.cells.append(probe)
        client.execute_cell(probe, len(notebook.cells) - 1, store_history=False)
    notebook.cells.pop()
    record = {
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "seconds": round(seconds, 1),
        "python": platform.python_version(),
        **json.loads("".join(output.get("text", "") for output in probe.outputs)),
        "platform": f"{platform.system()} {platform.machine()}",
    }
    write(strip(notebook), path)
    _record(status or path.with_name("status.json"), path.name, record)
    return record


def strip(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Take out, in place, what would differ in the next run; number the code cells from 1."""
    language = {"name": "python"}
    kept = {key: notebook.metadata[key] for key in ("mystnb", "title") if key in notebook.metadata}
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": language, **kept})
    count = 0
    for index, cell in enumerate(notebook.cells):
        kept = {key: cell.metadata[key] for key in CELL_METADATA if cell.metadata.get(key)}
        cell.metadata = nbformat.from_dict({**kept, **folding(cell.cell_type, kept.get("tags", ()))})
        cell.id = f"cell-{index + 1:03}"
        if cell.cell_type != "code":
            continue
        if cell.execution_count is not None:
            count += 1
            cell.execution_count = count
        cell.outputs = _merge_streams(cell.outputs)
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = cell.execution_count
            if output.output_type == "error":  # the frames of a traceback are full of paths
                output.traceback = [f"{output.ename}: {output.evalue}"]
            if "data" in output:
                output.data.pop(VIEW_MIME, None)
                kept = {key: output.metadata[key] for key in OUTPUT_METADATA if key in output.metadata}
                output.metadata = nbformat.from_dict(kept)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def folding(cell_type: str, tags: Sequence[str]) -> dict:
    """What folds a cell in JupyterLab as its tags fold it on a page (`sphinx_ext.cells`)."""
    hidden = {}
    if "apparatus" in tags or ("result" in tags and cell_type == "markdown"):
        hidden["source_hidden"] = True
    if cell_type == "code" and ("result" in tags or "answers" in tags):
        hidden["outputs_hidden"] = True
    heading = {"jp-MarkdownHeadingCollapsed": True} if "further" in tags else {}
    return {**({"jupyter": hidden} if hidden else {}), **heading}


def _merge_streams(outputs: list) -> list:
    """One output for neighbouring pieces of one stream: where a stream is cut depends on timing."""
    merged: list = []
    for output in outputs:
        last = merged[-1] if merged else None
        if output.output_type == "stream" and last is not None and last.get("name") == output.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def write(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Write a notebook whole or not at all."""
    nbformat.validate(notebook)
    replace_file(path, (nbformat.writes(notebook).rstrip("\n") + "\n").encode())


def _record(path: Path, name: str, record: dict) -> None:
    records = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    records[name] = record
    replace_file(path, (json.dumps(records, indent=2, sort_keys=True) + "\n").encode())


def problems(path: Path) -> Iterator[str]:
    """What is wrong with a stored notebook, one sentence each; nothing when it is complete."""
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if "widgets" in notebook.metadata:
        yield "it stores widget state"
    if cells and not any(cell.outputs for cell in cells):
        yield "it stores no output at all"
    for number, cell in enumerate(cells, 1):
        where = f"code cell {number}"
        if not cell.source.strip():
            yield f"{where} is empty"
        if cell.execution_count != number:
            yield f"{where} was not executed in order (its count is {cell.execution_count})"
        errors = [output for output in cell.outputs if output.output_type == "error"]
        expected = "raises-exception" in cell.metadata.get("tags", ())
        if errors and not expected:
            yield f"{where} failed: {errors[0].ename}"
        if expected and not errors:
            yield f"{where} is tagged raises-exception and raised nothing"
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                yield f"{where} wrote to stderr: {output.text.strip()[:80]!r}"
            data = output.get("data", {})
            if VIEW_MIME in data:
                yield f"{where} stores a widget view, which means nothing elsewhere"
            readable = {kind: value for kind, value in data.items() if not kind.startswith("image/")}
            text = json.dumps([readable, output.get("text", ""), output.get("traceback", "")], ensure_ascii=False)
            for pattern, what in ((MACHINE_PATH, "a path of this machine"), (ADDRESS, "a memory address")):
                if found := pattern.search(text):
                    yield f"{where} shows {what}: {text[max(0, found.start() - 20) : found.end() + 20]!r}"


def check(path: Path) -> list[str]:
    """The problems of a stored notebook, as a list."""
    return list(problems(path))


def setup_cells(repository: str, branch: str = "main") -> list[nbformat.NotebookNode]:
    """What stands in front of a notebook for Colab: fetch the book, and install what Colab does not have.

    Raises:
        ValueError: for an address that is no https URL of a repository.
    """
    from .sphinx_ext.launch import Repository

    place = Repository.parse(repository, branch)
    pins = _pins(("d2l", "anywidget", "psygnal"))
    text = "**Set-up for Colab.** Run this cell once: it fetches the book and the two packages that Colab lacks."
    folder = f"/content/{place.name}"
    lines = [
        f"!test -d {folder} || git clone -q --depth 1 --branch {place.branch} {place.url} {folder}",
        f"%pip install -q --no-deps {' '.join(pins)}",
        f"%cd {folder}/book",
    ]
    cells = [new_markdown_cell(text), new_code_cell("\n".join(lines))]
    for number, cell in enumerate(cells, 1):
        cell.id = f"setup-{number}"
    return cells


def _pins(names: tuple[str, ...]) -> list[str]:
    """The locked versions of some packages."""
    lock = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    found = dict(re.findall(r"^([\w.-]+)==([\w.!+-]+)", lock, flags=re.M))
    return [f"{name}=={found[name]}" for name in names]


def publish(repository: str, target: Path, branch: str = "main") -> list[Path]:
    """Write copies of all notebooks, with `setup_cells` in front, below target in the folder they have here.

    Returns:
        The files written.
    """
    written = []
    for path in default_files():
        notebook = nbformat.read(path, as_version=4)
        notebook.cells = [*setup_cells(repository, branch), *notebook.cells]
        copy = target / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        write(notebook, copy)
        written.append(copy)
    return written


def default_files() -> list[Path]:
    """Every notebook of the book, in order."""
    return sorted(BOOK.glob("*.ipynb"))


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m resnet_book.notebooks", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("execute", "run and store"), ("check", "look for what a stored notebook must not have")):
        command = commands.add_parser(name, help=text)
        command.add_argument("files", nargs="*", type=Path)
    command = commands.add_parser("publish", help="write the copies that Colab opens")
    command.add_argument("--repository", required=True, metavar="URL")
    command.add_argument("--branch", default="main", help="the branch that the set-up cell clones")
    command.add_argument("target", type=Path, metavar="OUTDIR")
    options = parser.parse_args(arguments)
    if options.command == "publish":
        for path in publish(options.repository, options.target, options.branch):
            print(path)
        return 0
    failed = False
    for path in options.files or default_files():
        if options.command == "execute":
            record = execute(path)
            print(f"{path.name}: {record['seconds']} s")
        for problem in check(path):
            failed = True
            print(f"{path.name}: {problem}", file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
