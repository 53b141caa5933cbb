"""What the site gives away: the package as a wheel, each notebook with a first cell that says what to install, and one
zip with everything. All of it comes from the files that git tracks, and is the same for the same files.

`sphinx_ext/downloads.py` calls this while the site is built.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import nbformat
from nbformat.v4 import new_code_cell

from .files import REPOSITORY, replace_file
from .ready import FIRST, LATER, LOCK, THEN, ask_for, install_line, requirements

__all__ = ["Release", "build_wheel", "pack_sources", "prepare_notebook", "setup_source", "write_requirements"]

FOLDER = "residual-networks-traced"
ARCHIVE = f"{FOLDER}.zip"
LEFT_OUT = {"__pycache__", "build", "dist", "node_modules", "_build", ".git", ".cache", ".hypothesis"}
PACKED = ("src", "book/runs", "pyproject.toml", "setup.py", "README.md", "LICENSE", "LICENSE-text", LOCK)
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first day that a zip can name
BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
BEGIN = "# Set-up: looks for the packages of the book, and says how to install them. It installs nothing itself."


@dataclass(frozen=True)
class Release:
    """One build of the package: the wheel's name, its checksum, and the address of the folder that serves it.

    Attributes:
        wheel: the name of the file.
        sha256: its checksum, in hexadecimal digits.
        site: the address, with a slash at its end; "" where it is not known.
    """

    wheel: str
    sha256: str
    site: str = ""


def sources(new: bool = False) -> list[Path]:
    """Every file of the book, relative to the repository: those that git tracks, or without git all but what is made.

    Args:
        new: also those that git does not know yet, and would not ignore. They are no part of what is given away.
    """
    command = ["git", "ls-files", "-z", "--cached", *(("--others", "--exclude-standard") if new else ())]
    try:
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
        if (REPOSITORY / ".git").exists():
            found = [Path(name) for name in done.stdout.split("\0") if name]
            return sorted(path for path in found if (REPOSITORY / path).is_file())
    except (OSError, subprocess.CalledProcessError):
        pass  # no git, or an unpacked zip
    return sorted(
        path.relative_to(REPOSITORY)
        for path in REPOSITORY.rglob("*")
        if path.is_file() and not path.is_symlink() and not _is_made(path.relative_to(REPOSITORY))
    )


def _is_made(path: Path) -> bool:
    return path.suffix in (".pyc", ".whl") or any(
        part in LEFT_OUT or part.startswith(".venv") or part.endswith(("_cache", ".egg-info", ".ipynb_checkpoints"))
        for part in path.parts
    )


def build_wheel(folder: Path, site: str = "") -> Release:
    """Build the package's wheel into a folder, with the recorded runs and the lock in it. Needs no network.

    Args:
        folder: where; wheels that lie there already are removed.
        site: the address of that folder, if it is known.

    Raises:
        RuntimeError: the build failed; the message has what it printed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        copy, made = Path(temporary, "book"), Path(temporary, "made")
        made.mkdir()
        for path in sources(new=True):
            if path.as_posix().startswith(PACKED):
                (copy / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(REPOSITORY / path, copy / path)
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "315532800"}
        done = subprocess.run(
            [sys.executable, "-c", BUILD, str(made)], cwd=copy, capture_output=True, text=True, env=environment
        )
        wheels = list(made.glob("*.whl"))
        if done.returncode or len(wheels) != 1:
            raise RuntimeError(f"the wheel could not be built:\n{done.stdout}{done.stderr}")
        content = wheels[0].read_bytes()
    for old in folder.glob("resnet_book-*.whl"):
        old.unlink()
    replace_file(folder / wheels[0].name, content)
    return Release(wheels[0].name, hashlib.sha256(content).hexdigest(), site)


def write_requirements(folder: Path, release: Release) -> Path:
    """Write requirements.txt: what a notebook needs, the wheel included, each file by its checksum.

    Where the site's address is not known, the wheel is looked for in the folder in which pip runs.
    """
    place = urljoin(release.site, release.wheel) if release.site else f"./{release.wheel}"
    text = requirements((REPOSITORY / LOCK).read_text(encoding="utf-8"), place, release.sha256)
    if not release.site:
        text = text.replace(f"resnet-book @ {place}", place)
    replace_file(folder / "requirements.txt", text.encode())
    return folder / "requirements.txt"


def pack_sources(folder: Path) -> Path:
    """Write one zip with all that the book is made of and needs to run; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / ARCHIVE
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file, zipfile.ZipFile(file, "w") as archive:
        for path in sources():
            entry = zipfile.ZipInfo(f"{FOLDER}/{path.as_posix()}", EPOCH)
            entry.external_attr = (0o755 if os.access(REPOSITORY / path, os.X_OK) else 0o644) << 16
            archive.writestr(entry, (REPOSITORY / path).read_bytes(), zipfile.ZIP_DEFLATED)
    os.chmod(file.name, 0o644)
    os.replace(file.name, target)
    return target


# ---------------------------------------------------------------- notebooks


def setup_source(release: Release) -> str:
    """The first cell of every downloaded notebook: one text, whatever the chapter."""
    known = f"{FIRST}\n\n    {install_line(release.site)}\n\n{THEN}"
    help_ = known if release.site else ask_for(release.wheel)
    return f'''{BEGIN}
import sys
from glob import glob

sys.path += ["../src", *glob("resnet_book-*.whl")]
try:
    from resnet_book.ready import ready
except ImportError:
    print("""The packages of the book are not installed yet.
{help_}""")
    if "get_ipython" in globals():  # a later cell then says a sentence, not a traceback
        later = "{LATER}"
        get_ipython().set_custom_exc((ImportError,), lambda *_, **__: print(later))
else:
    ready(
        "{release.wheel}",
        "{release.sha256}",
        "{release.site}",
    )'''


def prepare_notebook(source: Path, target: Path, release: Release) -> None:
    """Write a copy of a stored notebook with the set-up in front, folded in JupyterLab."""
    from .notebooks import write

    notebook = nbformat.read(source, as_version=4)
    cell = new_code_cell(setup_source(release), metadata={"jupyter": {"source_hidden": True}}, id="setup")
    notebook.cells.insert(0, cell)
    target.parent.mkdir(parents=True, exist_ok=True)
    write(notebook, target)
