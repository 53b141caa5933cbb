"""Every notebook of the built site runs in an empty folder, in a fresh environment, after the line that it prints.

The environment is made by that line alone, from the package index, by the checksums of the lock; only PyTorch, which
weighs gigabytes, is lent to it by the environment of the tests.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path
from urllib.request import urlretrieve

import nbformat
import pytest
from support import REPOSITORY

from resnet_book import packing
from resnet_book.notebooks import default_files

SITE = REPOSITORY / "_build" / "html"
LENT = re.compile(r"torch|torchvision|triton|cuda-(bindings|pathfinder|toolkit)|nvidia-.*")
NOTEBOOKS = [path.relative_to(REPOSITORY).as_posix() for path in default_files()]
RUN = """
import json, sys, nbformat
from pathlib import Path
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

class Here(AsyncKernelManager):
    @property
    def kernel_spec(self):
        command = [sys.argv[1], "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="fresh", language="python")

path = Path(sys.argv[2])
notebook = nbformat.read(path, as_version=4)
client = NotebookClient(notebook, kernel_manager_class=Here, timeout=600, resources={"metadata": {"path": str(path.parent)}})
client.execute()
nbformat.write(notebook, path)
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextmanager
def serve(folder: Path):
    """The address of a plain server of a folder, as long as the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def address():
    if not (SITE / "downloads").is_dir():
        pytest.fail("the site is not built: run `make book` first (`make test` does)")
    with serve(SITE) as url:
        yield url


@pytest.fixture(scope="session")
def wheel():
    (found,) = (SITE / "downloads").glob("*.whl")
    return found


@pytest.fixture(scope="session")
def fresh(tmp_path_factory):
    """The Python of an environment with nothing in it but pip and the torch of the tests."""
    folder = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", str(folder / "venv")], check=True)
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    lent = folder / "lent"
    lent.mkdir()
    for package in metadata.distributions():
        if LENT.fullmatch(package.metadata["Name"].lower()):
            for top in {Path(str(file)).parts[0] for file in package.files if not str(file).startswith("..")}:
                if not (lent / top).exists() and top != "__pycache__":
                    os.symlink(package.locate_file(top), lent / top)
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    Path(site, "lent.pth").write_text(f"{lent}\n")
    return python


def clean() -> dict[str, str]:
    """The environment of a reader: nothing of the repository on the path, and the data that the package carries."""
    kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "RESNET_BOOK_DATA")}
    return {**kept, "RESNET_BOOK_BUDGET": "sample"}


def first_cell(python: Path, notebook: Path) -> str:
    """What the first cell prints. It raises nothing, whatever is missing."""
    source = nbformat.read(notebook, as_version=4).cells[0].source
    done = subprocess.run([python, "-c", source], cwd=notebook.parent, capture_output=True, text=True, env=clean())
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout


def printed_line(text: str) -> list[str]:
    """The arguments of pip in the one line that is to be run."""
    lines = [line.strip() for line in text.splitlines() if "pip install" in line]
    assert len(lines) == 1, text
    return lines[0].removeprefix("%pip ").split()


def pip(python: Path, arguments: list[str], folder: Path) -> None:
    command = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=clean())
    assert done.returncode == 0, done.stdout + done.stderr


def download(address: str, name: str, folder: Path) -> Path:
    target = folder / Path(name).name
    urlretrieve(f"{address}/{name}", target)
    return target


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_page_links_to_a_notebook_with_the_shared_first_cell(name, wheel):
    from bs4 import BeautifulSoup

    page = (SITE / name).with_suffix(".html")
    links = [a["href"] for a in BeautifulSoup(page.read_text("utf-8"), "html.parser").select("a[href$='.ipynb']")]
    served = {(page.parent / link).resolve() for link in links if "://" not in link}
    assert (SITE / "_sources" / name).resolve() in served
    cells = nbformat.read(SITE / "_sources" / name, as_version=4).cells
    stored = nbformat.read(REPOSITORY / name, as_version=4).cells
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    release = packing.Release(wheel.name, digest, packing_site())
    assert cells[0].source == packing.setup_source(release)
    assert cells[1:] == stored, "the rest is the notebook that was executed"


def packing_site() -> str:
    from resnet_book.sphinx_ext.launch import site_address

    return f"{site_address()}downloads/" if site_address() else ""


def test_without_the_wheel_the_first_cell_says_which_to_download(fresh, address, wheel, tmp_path):
    notebook = download(address, f"_sources/{NOTEBOOKS[0]}", tmp_path)
    said = first_cell(fresh, notebook)
    assert wheel.name in said and "download" in said.lower()


def test_a_wheel_of_another_version_or_build_is_told_apart(fresh, address, wheel, tmp_path):
    notebook = download(address, f"_sources/{NOTEBOOKS[0]}", tmp_path)
    other = tmp_path / wheel.name.replace("-0", "-9")
    shutil.copy(wheel, other)
    said = first_cell(fresh, notebook)
    assert f"needs {wheel.name}; in its folder lies {other.name}" in said
    other.rename(tmp_path / wheel.name)
    with zipfile.ZipFile(tmp_path / wheel.name, "a") as archive:
        archive.writestr("resnet_book/more.py", "")
    assert "of another build than this notebook, or damaged" in first_cell(fresh, notebook)


@pytest.fixture(scope="session")
def installed(fresh, address, wheel, tmp_path_factory):
    """The fresh environment, after the line that the first cell of a notebook prints with the wheel beside it."""
    folder = tmp_path_factory.mktemp("reader")
    notebook = download(address, f"_sources/{NOTEBOOKS[0]}", folder)
    download(address, f"downloads/{wheel.name}", folder)
    arguments = printed_line(first_cell(fresh, notebook))
    assert {"--no-deps", "--require-hashes"} <= set(arguments)
    pip(fresh, arguments, folder)
    assert first_cell(fresh, notebook) == "", "all is there"
    return fresh


@pytest.mark.slow
def test_a_site_that_knows_its_address_needs_nothing_beside_the_notebook(installed, wheel, tmp_path):
    served, folder = tmp_path / "downloads", tmp_path / "reader"
    served.mkdir(), folder.mkdir()
    shutil.copy(wheel, served)
    with serve(tmp_path) as url:
        release = packing.Release(wheel.name, hashlib.sha256(wheel.read_bytes()).hexdigest(), f"{url}/downloads/")
        packing.write_requirements(served, release)
        packing.prepare_notebook(REPOSITORY / NOTEBOOKS[0], folder / "a.ipynb", release)
        pip(installed, ["uninstall", "--yes", "resnet-book"], folder)
        arguments = printed_line(first_cell(installed, folder / "a.ipynb"))
        assert arguments[-1] == f"{url}/downloads/requirements.txt"
        pip(installed, arguments, folder)
    assert first_cell(installed, folder / "a.ipynb") == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_downloaded_notebook_runs_to_its_end(installed, address, tmp_path, name):
    notebook = download(address, f"_sources/{name}", tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(installed), str(notebook)], capture_output=True, text=True, env=clean()
    )
    assert done.returncode == 0, done.stderr[-3000:]
    cells = [cell for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
    assert all(cell.execution_count for cell in cells)


@pytest.mark.slow
def test_another_build_of_the_package_is_told_and_replaced(installed, address, wheel, tmp_path):
    notebook = download(address, f"_sources/{NOTEBOOKS[0]}", tmp_path)
    beside = download(address, f"downloads/{wheel.name}", tmp_path)
    with zipfile.ZipFile(beside, "a") as archive:
        archive.comment = b"built again"
    release = packing.Release(beside.name, hashlib.sha256(beside.read_bytes()).hexdigest())
    packing.prepare_notebook(REPOSITORY / NOTEBOOKS[0], notebook, release)
    said = first_cell(installed, notebook)
    assert "Another build" in said
    pip(installed, printed_line(said), tmp_path)
    assert first_cell(installed, notebook) == ""


def test_the_installed_record_is_the_repository_s(wheel):
    with zipfile.ZipFile(wheel) as archive:
        packed = {n.removeprefix("resnet_book/recorded/") for n in archive.namelist() if "/recorded/" in n}
        config = json.loads(archive.read("resnet_book/recorded/runs/book-0/config.json"))
    there = {
        p.relative_to(REPOSITORY / "book").as_posix() for p in (REPOSITORY / "book/runs").rglob("*") if p.is_file()
    }
    assert {name for name in packed if name.startswith("runs/")} == {
        n for n in there if not n.endswith((".pt", ".lock"))
    }
    assert config["recipe"] == "book"
    assert packing.LOCK in packed
